/* reorder_buffer.c: see reorder_buffer.h. */
#include "command/run/reorder_buffer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum ml_status ml_reorder_buffer_open(struct ml_reorder_buffer *buffer,
                                      size_t capacity, struct ml_error *err)
{
    memset(buffer, 0, sizeof *buffer);
    buffer->entries = calloc(capacity, sizeof *buffer->entries);
    if (!buffer->entries)
        return ml_fail_os(err, ENOMEM, "cannot allocate the reorder buffer",
                          NULL);
    buffer->capacity = capacity;
    return ML_OK;
}

void ml_reorder_buffer_close(struct ml_reorder_buffer *buffer)
{
    free(buffer->entries);
    memset(buffer, 0, sizeof *buffer);
}

static void reorder_insert(struct ml_reorder_buffer *buffer,
                           struct ml_reorder_entry *entry)
{
    const uint64_t number = entry->job.number;
    if (!buffer->last || buffer->last->job.number < number) {
        entry->next = NULL;
        if (buffer->last)
            buffer->last->next = entry;
        else
            buffer->first = entry;
        buffer->last = entry;
        return;
    }
    struct ml_reorder_entry **at = &buffer->first;
    while ((*at)->job.number < number)
        at = &(*at)->next;
    entry->next = *at;
    *at = entry;
}

static struct ml_reorder_entry *
reorder_take_free(struct ml_reorder_buffer *buffer)
{
    struct ml_reorder_entry *entry = buffer->free;
    if (entry) {
        buffer->free = entry->next;
        return entry;
    }
    assert(buffer->fresh < buffer->capacity);
    return &buffer->entries[buffer->fresh++];
}

struct ml_reorder_entry *ml_reorder_buffer_add(struct ml_reorder_buffer *buffer,
                                               const struct ml_job *job)
{
    struct ml_reorder_entry *entry = reorder_take_free(buffer);
    *entry = (struct ml_reorder_entry){.job = *job};
    entry->job.input = NULL;
    reorder_insert(buffer, entry);
    return entry;
}

struct ml_reorder_entry *
ml_reorder_buffer_next(struct ml_reorder_buffer *buffer)
{
    struct ml_reorder_entry *first = buffer->first;
    if (!first || first->job.number != buffer->next_number)
        return NULL;
    buffer->first = first->next;
    if (!buffer->first)
        buffer->last = NULL;
    return first;
}

void ml_reorder_buffer_release(struct ml_reorder_buffer *buffer,
                               struct ml_reorder_entry *entry)
{
    entry->next = buffer->free;
    buffer->free = entry;
}
