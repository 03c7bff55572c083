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

struct ml_waiter {
    struct ml_waiter *next;
    struct ml_job job;
    uint64_t hash; /* of the output */
    size_t temp;   /* slot of its temporary file */
    bool has_temp;
    bool skipped;
    enum ml_output_action action;
};

struct ml_waiting {
    struct ml_waiter *first, *last;
    uint64_t turn; /* the number that is next */
};

/* Takes over the waiter (malloc'd). */
void ml_waiting_add(struct ml_waiting *waiting, struct ml_waiter *waiter);
/* The waiter whose turn it is, or NULL; with `gaps` the first there is.  The
 * caller frees it. */
struct ml_waiter *ml_waiting_next(struct ml_waiting *waiting, bool gaps);

#endif
