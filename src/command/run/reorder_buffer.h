/* reorder_buffer.h: jobs that have ended, held until all earlier ones are
 * reported.
 *
 * A fixed number of entries, allocated at the start, in a list sorted by
 * number: jobs end nearly in order, so an insertion compares few.  One thread
 * at a time may use it.
 */
#ifndef ML_COMMAND_RUN_REORDER_BUFFER_H
#define ML_COMMAND_RUN_REORDER_BUFFER_H

#include "files/output/atomic_write.h"
#include "files/output/output_plan.h"
#include "pipeline/core/job.h"

struct ml_reorder_entry {
    struct ml_reorder_entry *next;
    struct ml_job job;
    uint64_t hash; /* of the output */
    size_t temp;   /* slot of its temporary file */
    bool has_temp;
};

struct ml_reorder_buffer {
    struct ml_reorder_entry *entries; /* owned */
    size_t capacity, fresh; /* entries from `fresh` on were never used, so
                               that their pages take no memory */
    struct ml_reorder_entry *free; /* entries that were released */
    struct ml_reorder_entry *first, *last;
    uint64_t next_number; /* of the job to report next */
};

/* Room for `capacity` entries.  ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status
ml_reorder_buffer_open(struct ml_reorder_buffer *buffer, size_t capacity,
                       struct ml_error *err);
void ml_reorder_buffer_close(struct ml_reorder_buffer *buffer);

/* Insert a copy of the job, without its input; the other fields are zero, and
 * the caller fills them.  At most `capacity` entries at one time: asserted. */
struct ml_reorder_entry *ml_reorder_buffer_add(struct ml_reorder_buffer *buffer,
                                               const struct ml_job *job);
/* Remove and return the entry numbered next_number, or NULL; the caller
 * releases it. */
struct ml_reorder_entry *
ml_reorder_buffer_next(struct ml_reorder_buffer *buffer);
void ml_reorder_buffer_release(struct ml_reorder_buffer *buffer,
                               struct ml_reorder_entry *entry);

#endif
