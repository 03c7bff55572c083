/* timer_heap.c: see timer_heap.h. */
#include "async/timer_heap.h"

#include <assert.h>

/* Merge two trees: the root that is due later becomes a child of the other. */
static struct ml_async_timer *timers_meld(struct ml_async_timer *a,
                                          struct ml_async_timer *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->due_ns < a->due_ns) {
        struct ml_async_timer *later = a;
        a = b;
        b = later;
    }
    b->sibling = a->child;
    if (b->sibling)
        b->sibling->previous = b;
    b->previous = a;
    a->child = b;
    return a;
}

/* Merge a list of siblings into one tree: in pairs from the left, then the
 * pairs from the right, which keeps the trees low. */
static struct ml_async_timer *timers_pair(struct ml_async_timer *first)
{
    struct ml_async_timer *pairs = NULL, *all = NULL;
    while (first) {
        struct ml_async_timer *second = first->sibling;
        struct ml_async_timer *rest = second ? second->sibling : NULL;
        first->sibling = NULL;
        if (second)
            second->sibling = NULL;
        first = timers_meld(first, second);
        first->sibling = pairs;
        pairs = first;
        first = rest;
    }
    while (pairs) {
        struct ml_async_timer *rest = pairs->sibling;
        pairs->sibling = NULL;
        all = timers_meld(all, pairs);
        pairs = rest;
    }
    if (all)
        all->previous = NULL;
    return all;
}

void ml_async_timers_add(struct ml_async_timer **heap,
                         struct ml_async_timer *timer, uint64_t due_ns)
{
    assert(!timer->set);
    timer->set = true;
    timer->due_ns = due_ns;
    timer->child = timer->sibling = timer->previous = NULL;
    *heap = timers_meld(*heap, timer);
}

static void timers_cut(struct ml_async_timer *timer)
{
    if (timer->previous->child == timer)
        timer->previous->child = timer->sibling;
    else
        timer->previous->sibling = timer->sibling;
    if (timer->sibling)
        timer->sibling->previous = timer->previous;
}

void ml_async_timers_remove(struct ml_async_timer **heap,
                            struct ml_async_timer *timer)
{
    assert(timer->set);
    timer->set = false;
    struct ml_async_timer *children = timers_pair(timer->child);
    if (timer == *heap) {
        *heap = children;
        return;
    }
    timers_cut(timer);
    *heap = timers_meld(*heap, children);
}

size_t ml_async_handle_queue_remove(struct ml_async_handle_queue *queue,
                                    struct ml_async_handle *call)
{
    struct ml_async_handle *previous = NULL;
    size_t position = 0;
    for (struct ml_async_handle *at = queue->first; at != call; at = at->next) {
        previous = at;
        position++;
    }
    if (previous)
        previous->next = call->next;
    else
        queue->first = call->next;
    if (queue->last == call)
        queue->last = previous;
    queue->count--;
    call->queued = false;
    return position;
}
