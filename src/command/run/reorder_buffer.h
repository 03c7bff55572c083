/* reorder_buffer.h: ended jobs that wait for their turn in the order of the
 * inputs.
 *
 * A list sorted by number: jobs end nearly in order, so adding looks at few.
 * One caller at a time.
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
    bool skipped;
    enum ml_output_action action;
};

struct ml_reorder_buffer {
    struct ml_reorder_entry *first, *last;
    uint64_t next_number; /* the number that is next */
};

/* Takes over the waiter (malloc'd). */
void ml_reorder_buffer_add(struct ml_reorder_buffer *waiting,
                           struct ml_reorder_entry *waiter);
/* The waiter whose turn it is, or NULL; with `gaps` the first there is.  The
 * caller frees it. */
struct ml_reorder_entry *
ml_reorder_buffer_next(struct ml_reorder_buffer *waiting, bool gaps);

#endif
