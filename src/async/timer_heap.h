/* timer_heap.h: what an event loop is to call, now or at a time.
 *
 * A call is asyncio's Handle, a timer its TimerHandle.  Both are the memory of
 * whoever wants to be called, and must stay until `run` has returned; they
 * allocate nothing.  A call stands in one line at a time.
 *
 * Timers form a pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986): a tree
 * in which nobody is due after those under it.  Adding one is constant time,
 * taking the first or any other out logarithmic in the long run.
 */
#ifndef ML_ASYNC_TIMER_HEAP_H
#define ML_ASYNC_TIMER_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ml_async_handle {
    void (*run)(void *context);
    void *context;
    uint64_t running_ns; /* the longest that it held the loop */
    struct ml_async_handle *next;
    bool lined; /* in a line */
};

/* First in, first out. */
struct ml_async_handle_queue {
    struct ml_async_handle *first, *last;
    size_t count;
};

static inline void
ml_async_handle_queue_push(struct ml_async_handle_queue *line,
                           struct ml_async_handle *call)
{
    call->next = NULL;
    call->lined = true;
    if (line->last)
        line->last->next = call;
    else
        line->first = call;
    line->last = call;
    line->count++;
}

/* NULL of an empty line. */
static inline struct ml_async_handle *
ml_async_handle_queue_pop(struct ml_async_handle_queue *line)
{
    struct ml_async_handle *call = line->first;
    if (!call)
        return NULL;
    line->first = call->next;
    if (!line->first)
        line->last = NULL;
    line->count--;
    call->lined = false;
    return call;
}

/* A call that is in this line.  How many stood before it. */
size_t ml_async_handle_queue_remove(struct ml_async_handle_queue *line,
                                    struct ml_async_handle *call);

/* Zeroed but for the call: not set. */
struct ml_async_timer {
    struct ml_async_handle call;
    uint64_t due_ns;
    bool set;
    struct ml_async_timer *child;   /* the first of those under it */
    struct ml_async_timer *sibling; /* under the same one */
    struct ml_async_timer *before;  /* the sibling before, or who it is under */
};

/* The heap is its first timer, or NULL. */

/* The timer must not be set. */
void ml_async_timers_add(struct ml_async_timer **heap,
                         struct ml_async_timer *timer, uint64_t due_ns);
/* Any that is set, the first one too. */
void ml_async_timers_remove(struct ml_async_timer **heap,
                            struct ml_async_timer *timer);

#endif
