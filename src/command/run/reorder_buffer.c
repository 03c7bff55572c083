/* reorder_buffer.c: see reorder_buffer.h. */
#include "command/run/reorder_buffer.h"

void ml_waiting_add(struct ml_waiting *waiting, struct ml_waiter *waiter)
{
    const uint64_t number = waiter->job.number;
    if (!waiting->last || waiting->last->job.number < number) {
        waiter->next = NULL;
        if (waiting->last)
            waiting->last->next = waiter;
        else
            waiting->first = waiter;
        waiting->last = waiter;
        return;
    }
    struct ml_waiter **at = &waiting->first;
    while ((*at)->job.number < number)
        at = &(*at)->next;
    waiter->next = *at;
    *at = waiter;
}

struct ml_waiter *ml_waiting_next(struct ml_waiting *waiting, bool gaps)
{
    struct ml_waiter *first = waiting->first;
    if (!first || (!gaps && first->job.number != waiting->turn))
        return NULL;
    waiting->first = first->next;
    if (!waiting->first)
        waiting->last = NULL;
    waiting->turn = first->job.number + 1;
    return first;
}
