/* slots.h: memory that carries jobs between stages, one slot a job.
 *
 * `count` slots of equal address space, whose pages are allocated by use and
 * released after a large job.  Slots that worker processes map are one memfd,
 * sealed against resizing, so that no process that has the descriptor can make
 * a mapping of it fault; a process stage gets a read-only descriptor of its
 * input slots, and a writable one of its result buffers.  Slots that only
 * threads use are private memory, in huge pages if a job is large: filling and
 * freeing 64 MB then takes a fraction of the time.
 */
#ifndef ML_PIPELINE_CORE_SLOTS_H
#define ML_PIPELINE_CORE_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define ML_SLOT_SMALL ((size_t)64 << 10) /* bytes of a small file */

struct ml_slots {
    int fd;            /* the memfd, close-on-exec; -1: private memory */
    uint8_t *memory;   /* all slots, mapped for reading and writing */
    size_t slot_bytes; /* address space of one slot, whole pages */
    uint32_t count;
    /* Bytes of a slot that stay allocated after a job; may be set. */
    size_t resident_max;
    /* Slots from this number on keep ML_SLOT_SMALL at most; may be set. */
    uint32_t large_count;
    size_t *resident; /* [count] bytes that are allocated; owned */
};

ML_MUST_CHECK enum ml_status ml_slots_open(struct ml_slots *slots,
                                           uint32_t count, size_t slot_bytes,
                                           struct ml_error *err);
/* The same, in private memory: for threads of this process only. */
ML_MUST_CHECK enum ml_status ml_slots_open_private(struct ml_slots *slots,
                                                   uint32_t count,
                                                   size_t slot_bytes,
                                                   struct ml_error *err);
void ml_slots_close(struct ml_slots *slots);

static inline uint8_t *ml_slot(const struct ml_slots *slots, uint32_t index)
{
    return slots->memory + (size_t)index * slots->slot_bytes;
}

/* Allocate the first `bytes` of a slot: an error here instead of a SIGBUS
 * later.  ML_ERR_MEMORY, ML_ERR_LIMIT. */
ML_MUST_CHECK enum ml_status ml_slot_reserve(struct ml_slots *slots,
                                             uint32_t index, size_t bytes,
                                             struct ml_error *err);
/* The job has ended that used `used` bytes of the slot: release all pages
 * beyond resident_max.  slot_bytes for a job that failed, since the number of
 * bytes it wrote is not known. */
void ml_slot_release(struct ml_slots *slots, uint32_t index, size_t used);

/* A second descriptor of the shared memory, which can never be mapped for
 * writing; close-on-exec; the caller closes it. */
ML_MUST_CHECK enum ml_status ml_slots_read_only(const struct ml_slots *slots,
                                                int *fd_out,
                                                struct ml_error *err);

#endif
