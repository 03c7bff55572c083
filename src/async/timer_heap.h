/* timer_heap.h: the calls of an event loop: ready ones in a queue, timers in a
 * heap.
 *
 * A handle is asyncio's Handle, a timer its TimerHandle.  Both are memory of
 * the caller, which must stay valid until `run` has returned; nothing is
 * allocated.  A handle is in one queue at a time.
 *
 * Timers form a pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986): a tree
 * in which a timer is due no later than its children.  Adding one takes
 * constant time, removing the first or any other one logarithmic amortized
 * time.
 */
#ifndef ML_ASYNC_TIMER_HEAP_H
#define ML_ASYNC_TIMER_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ml_async_handle {
    void (*run)(void *context);
    void *context;
    uint64_t running_ns; /* the longest time that it ran */
    struct ml_async_handle *next;
    bool queued; /* in a queue */
};

/* First in, first out. */
struct ml_async_handle_queue {
    struct ml_async_handle *first, *last;
    size_t count;
};

static inline void
ml_async_handle_queue_push(struct ml_async_handle_queue *queue,
                           struct ml_async_handle *call)
{
    call->next = NULL;
    call->queued = true;
    if (queue->last)
        queue->last->next = call;
    else
        queue->first = call;
    queue->last = call;
    queue->count++;
}

/* NULL if the queue is empty. */
static inline struct ml_async_handle *
ml_async_handle_queue_pop(struct ml_async_handle_queue *queue)
{
    struct ml_async_handle *call = queue->first;
    if (!call)
        return NULL;
    queue->first = call->next;
    if (!queue->first)
        queue->last = NULL;
    queue->count--;
    call->queued = false;
    return call;
}

/* Remove a handle of this queue.  Returns how many were previous it. */
size_t ml_async_handle_queue_remove(struct ml_async_handle_queue *queue,
                                    struct ml_async_handle *call);

/* Not set: all zeros, but for the handle. */
struct ml_async_timer {
    struct ml_async_handle call;
    uint64_t due_ns;
    bool set;
    struct ml_async_timer *child;    /* its first child */
    struct ml_async_timer *sibling;  /* next child of the same parent */
    struct ml_async_timer *previous; /* previous sibling, or the parent */
};

/* A heap is a pointer to its first timer, or NULL. */

/* The timer must not be set. */
void ml_async_timers_add(struct ml_async_timer **heap,
                         struct ml_async_timer *timer, uint64_t due_ns);
/* Any timer that is set, also the first. */
void ml_async_timers_remove(struct ml_async_timer **heap,
                            struct ml_async_timer *timer);

#endif
