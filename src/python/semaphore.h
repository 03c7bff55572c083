/* semaphore.h: Python's Semaphore and BoundedSemaphore: a number of permits.
 *
 * acquire() takes one and waits while there is none; release() puts some in
 * and wakes as many.  Who releases need not have acquired.  A plain semaphore
 * may come to hold more than it began with; a bounded one refuses that, which
 * finds the release that was one too many.
 *
 * Not fair: a permit may go to a thread that comes just then, and not to the
 * one that was woken for it, which then waits on, at the end of the line.
 */
#ifndef ML_PYTHON_SEMAPHORE_H
#define ML_PYTHON_SEMAPHORE_H

#include "python/condition.h"

struct ml_semaphore {
    struct ml_lock lock; /* guards `value` */
    struct ml_condition released;
    int64_t value; /* never negative */
    int64_t bound; /* never exceeded */
};

/* ML_SYNC_VALUE: `value` is negative; nothing is left to close. */
ML_MUST_CHECK enum ml_sync_status
ml_semaphore_open(struct ml_semaphore *semaphore, int64_t value);
ML_MUST_CHECK enum ml_sync_status
ml_semaphore_open_bounded(struct ml_semaphore *semaphore, int64_t value);
void ml_semaphore_close(struct ml_semaphore *semaphore); /* nobody waits */

/* ML_SYNC_TIMEOUT: no permit in that time, or at once unless `blocking`.  A
 * timeout without blocking is ML_SYNC_VALUE; a negative one has passed. */
ML_MUST_CHECK enum ml_sync_status
ml_semaphore_acquire(struct ml_semaphore *semaphore, bool blocking,
                     int64_t timeout_ns);
/* ML_SYNC_VALUE: `count` below 1, or more than the bound allows; the value
 * stays. */
ML_MUST_CHECK enum ml_sync_status
ml_semaphore_release(struct ml_semaphore *semaphore, int64_t count);
int64_t ml_semaphore_value(struct ml_semaphore *semaphore);

#endif
