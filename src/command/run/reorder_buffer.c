/* reorder_buffer.c: see reorder_buffer.h. */
#include "command/run/reorder_buffer.h"

void ml_reorder_buffer_add(struct ml_reorder_buffer *waiting,
                           struct ml_reorder_entry *waiter)
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
    struct ml_reorder_entry **at = &waiting->first;
    while ((*at)->job.number < number)
        at = &(*at)->next;
    waiter->next = *at;
    *at = waiter;
}

struct ml_reorder_entry *
ml_reorder_buffer_next(struct ml_reorder_buffer *waiting, bool gaps)
{
    struct ml_reorder_entry *first = waiting->first;
    if (!first || (!gaps && first->job.number != waiting->next_number))
        return NULL;
    waiting->first = first->next;
    if (!waiting->first)
        waiting->last = NULL;
    waiting->next_number = first->job.number + 1;
    return first;
}
