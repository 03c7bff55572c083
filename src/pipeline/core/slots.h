/* slots.h: memory that carries jobs between stages, by the slot.
 *
 * `count` slots of equal address space, pages taken by use and given back after
 * a large job.  What worker processes see lies in one memfd, sealed against
 * resizing, so nobody who holds the descriptor can make a mapping of it fault;
 * a process stage gets a descriptor that is read-only for its inputs, and one
 * it may write for its outboxes.  What threads alone use is private memory, in
 * huge pages where a job is large: to fill and free 64 MB takes a fraction of
 * the time.
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
    size_t slot_bytes; /* address space of one, whole pages */
    uint32_t count;
    size_t
        resident_max; /* of a slot that stay when a job is done; may be set */
    uint32_t large_count; /* slots from here on keep ML_SLOT_SMALL at most; may
                           * be set
                           */
    size_t *resident;     /* [count] bytes that hold pages; owned */
};

ML_MUST_CHECK enum ml_status ml_slots_open(struct ml_slots *slots,
                                           uint32_t count, size_t slot_bytes,
                                           struct ml_error *err);
/* Likewise, for threads of this process alone. */
ML_MUST_CHECK enum ml_status ml_slots_open_private(struct ml_slots *slots,
                                                   uint32_t count,
                                                   size_t slot_bytes,
                                                   struct ml_error *err);
void ml_slots_close(struct ml_slots *slots);

static inline uint8_t *ml_slot(const struct ml_slots *slots, uint32_t index)
{
    return slots->memory + (size_t)index * slots->slot_bytes;
}

/* Make sure that the first `bytes` of a slot have memory behind them: an error
 * here instead of a SIGBUS later.  ML_ERR_MEMORY, ML_ERR_LIMIT. */
ML_MUST_CHECK enum ml_status ml_slot_reserve(struct ml_slots *slots,
                                             uint32_t index, size_t bytes,
                                             struct ml_error *err);
/* The job that used `used` bytes of it is done: pages beyond what is worth
 * keeping go back to the system.  slot_bytes for a job that failed: how far it
 * came is not known. */
void ml_slot_release(struct ml_slots *slots, uint32_t index, size_t used);

/* A second descriptor of the same shared memory that can never be mapped for
 * writing; close-on-exec; the caller closes it. */
ML_MUST_CHECK enum ml_status ml_slots_read_only(const struct ml_slots *slots,
                                                int *fd_out,
                                                struct ml_error *err);

#endif
