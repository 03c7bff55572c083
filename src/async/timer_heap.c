/* timer_heap.c: see timer_heap.h. */
#include "async/timer_heap.h"

#include <assert.h>

/* Two trees in one: who is due later comes under the other. */
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
        b->sibling->before = b;
    b->before = a;
    a->child = b;
    return a;
}

/* A line of siblings as one tree: in pairs from the left, then these from the
 * right, which is what keeps the trees from growing tall. */
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
        all->before = NULL;
    return all;
}

void ml_async_timers_add(struct ml_async_timer **heap,
                         struct ml_async_timer *timer, uint64_t due_ns)
{
    assert(!timer->set);
    timer->set = true;
    timer->due_ns = due_ns;
    timer->child = timer->sibling = timer->before = NULL;
    *heap = timers_meld(*heap, timer);
}

static void timers_cut(struct ml_async_timer *timer)
{
    if (timer->before->child == timer)
        timer->before->child = timer->sibling;
    else
        timer->before->sibling = timer->sibling;
    if (timer->sibling)
        timer->sibling->before = timer->before;
}

void ml_async_timers_remove(struct ml_async_timer **heap,
                            struct ml_async_timer *timer)
{
    assert(timer->set);
    timer->set = false;
    struct ml_async_timer *under = timers_pair(timer->child);
    if (timer == *heap) {
        *heap = under;
        return;
    }
    timers_cut(timer);
    *heap = timers_meld(*heap, under);
}

size_t ml_async_handle_queue_remove(struct ml_async_handle_queue *line,
                                    struct ml_async_handle *call)
{
    struct ml_async_handle *before = NULL;
    size_t place = 0;
    for (struct ml_async_handle *at = line->first; at != call; at = at->next) {
        before = at;
        place++;
    }
    if (before)
        before->next = call->next;
    else
        line->first = call->next;
    if (line->last == call)
        line->last = before;
    line->count--;
    call->lined = false;
    return place;
}
