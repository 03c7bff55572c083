/* semaphore.h: Python's Semaphore and BoundedSemaphore: a number of permits.
 *
 * acquire() takes one and waits while there is none; release() adds some and
 * wakes as many threads.  A thread may release without having acquired.  A
 * plain semaphore may exceed its initial value; a bounded one refuses that,
 * which detects a superfluous release.
 *
 * Not fair: an arriving thread may take a permit before the thread that was
 * woken for it, which then waits again at the end of the queue.
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
void ml_semaphore_close(struct ml_semaphore *semaphore); /* no thread waits */

/* ML_SYNC_TIMEOUT: no permit within the timeout, or now unless `blocking`.  A
 * timeout without blocking is ML_SYNC_VALUE; a negative one has passed. */
ML_MUST_CHECK enum ml_sync_status
ml_semaphore_acquire(struct ml_semaphore *semaphore, bool blocking,
                     int64_t timeout_ns);
/* ML_SYNC_VALUE: `count` below 1, or more than the bound allows; the value is
 * unchanged. */
ML_MUST_CHECK enum ml_sync_status
ml_semaphore_release(struct ml_semaphore *semaphore, int64_t count);
int64_t ml_semaphore_value(struct ml_semaphore *semaphore);

#endif
