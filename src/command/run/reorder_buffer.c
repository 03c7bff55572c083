/* reorder_buffer.c: see reorder_buffer.h. */
#include "command/run/reorder_buffer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum ml_status ml_reorder_buffer_open(struct ml_reorder_buffer *waiting,
                                      size_t capacity, struct ml_error *err)
{
    memset(waiting, 0, sizeof *waiting);
    waiting->entries = calloc(capacity, sizeof *waiting->entries);
    if (!waiting->entries)
        return ml_fail_os(err, ENOMEM, "memory of the reorder buffer", NULL);
    waiting->capacity = capacity;
    return ML_OK;
}

void ml_reorder_buffer_close(struct ml_reorder_buffer *waiting)
{
    free(waiting->entries);
    memset(waiting, 0, sizeof *waiting);
}

static void reorder_insert(struct ml_reorder_buffer *waiting,
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

static struct ml_reorder_entry *
reorder_take_free(struct ml_reorder_buffer *waiting)
{
    struct ml_reorder_entry *waiter = waiting->free;
    if (waiter) {
        waiting->free = waiter->next;
        return waiter;
    }
    assert(waiting->fresh < waiting->capacity);
    return &waiting->entries[waiting->fresh++];
}

struct ml_reorder_entry *
ml_reorder_buffer_add(struct ml_reorder_buffer *waiting,
                      const struct ml_job *job)
{
    struct ml_reorder_entry *waiter = reorder_take_free(waiting);
    *waiter = (struct ml_reorder_entry){.job = *job};
    waiter->job.input = NULL;
    reorder_insert(waiting, waiter);
    return waiter;
}

struct ml_reorder_entry *
ml_reorder_buffer_next(struct ml_reorder_buffer *waiting)
{
    struct ml_reorder_entry *first = waiting->first;
    if (!first || first->job.number != waiting->next_number)
        return NULL;
    waiting->first = first->next;
    if (!waiting->first)
        waiting->last = NULL;
    return first;
}

void ml_reorder_buffer_release(struct ml_reorder_buffer *waiting,
                               struct ml_reorder_entry *waiter)
{
    waiter->next = waiting->free;
    waiting->free = waiter;
}
