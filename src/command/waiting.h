/* waiting.h: ended jobs that wait for their turn in the order of the inputs.
 *
 * A list sorted by number: jobs end nearly in order, so adding looks at few.
 * One caller at a time.
 */
#ifndef ML_COMMAND_WAITING_H
#define ML_COMMAND_WAITING_H

#include "files/targets.h"
#include "files/write.h"
#include "pipeline/job.h"

struct ml_waiter {
    struct ml_waiter *next;
    struct ml_job job;
    uint64_t hash; /* of the output */
    size_t temp;   /* slot of its temporary file */
    bool has_temp;
    bool skipped;
    enum ml_target_action action;
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

/* Write a whole temporary file in the root for a name that is not known yet. */
ML_MUST_CHECK enum ml_status
ml_temp_fill(struct ml_temps *temps, const struct ml_root *root,
             const void *data, size_t size, const struct ml_stamp *stamp,
             size_t *slot_out, struct ml_error *err);
/* Give it its name; the slot is free then, whatever happens. */
ML_MUST_CHECK enum ml_status ml_temp_place(struct ml_temps *temps, size_t slot,
                                           const struct ml_root *root,
                                           const char *relative, bool replace,
                                           struct ml_error *err);

#endif
