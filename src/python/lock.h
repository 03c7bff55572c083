/* lock.h: Python's Lock and RLock.
 *
 * A Lock has no owner: any thread may release it, and a thread that acquires it
 * twice deadlocks.  An RLock belongs to the thread that acquired it, which may
 * acquire it again and must release it as often.
 *
 * Neither is fair: a thread that arrives during a release may acquire the lock
 * before sleeping ones.
 *
 * A Lock can be used under a GIL (gil/gil.h), as all of Python's are.  Its
 * callers then hold the GIL, and release it while they sleep: here, and in
 * conditions and queues built on the lock.  A caller that finds the lock free
 * keeps the GIL.
 */
#ifndef ML_PYTHON_LOCK_H
#define ML_PYTHON_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "async/status.h"
#include "gil/gil.h"
#include "python/futex_event.h"

struct ml_lock {
    struct ml_mutex mutex; /* guards all below; innermost */
    struct ml_cond released;
    bool locked;
    struct ml_futex_event *first, *last; /* to set at the release */
    struct ml_gil *gil; /* held by its callers; not owned; NULL: none */
};

struct ml_rlock {
    struct ml_lock block;
    /* pthread_self() of the thread that holds `block`, else 0.  Relaxed: a
     * thread only tests for its own id, which no other thread writes. */
    atomic_ulong owner;
    uint32_t depth; /* the owner's */
};

void ml_lock_open(struct ml_lock *lock);
void ml_lock_open_under(struct ml_lock *lock, struct ml_gil *gil);
void ml_lock_close(struct ml_lock *lock); /* no thread waits */

/* Acquire it, waiting at most `timeout_ns` (ML_FOREVER; 0: try once), or not at
 * all unless `blocking`.  ML_SYNC_TIMEOUT; ML_SYNC_VALUE: a negative timeout,
 * or one without blocking. */
ML_MUST_CHECK enum ml_sync_status
ml_lock_acquire(struct ml_lock *lock, bool blocking, int64_t timeout_ns);
/* Release it, whichever thread acquired it.  ML_SYNC_NOT_OWNER: no thread holds
 * it. */
ML_MUST_CHECK enum ml_sync_status ml_lock_release(struct ml_lock *lock);
/* Is it held?  The answer may be outdated on return. */
bool ml_lock_is_locked(struct ml_lock *lock);

/* Set `event` when the lock is released, or now if no thread holds it: for
 * Condition.notify().  The woken thread acquires this lock next; woken earlier
 * it would only sleep again. */
void ml_lock_wake_at_release(struct ml_lock *lock,
                             struct ml_futex_event *event);

void ml_rlock_open(struct ml_rlock *lock);
void ml_rlock_close(struct ml_rlock *lock);
ML_MUST_CHECK enum ml_sync_status
ml_rlock_acquire(struct ml_rlock *lock, bool blocking, int64_t timeout_ns);
/* ML_SYNC_NOT_OWNER: this thread does not hold it. */
ML_MUST_CHECK enum ml_sync_status ml_rlock_release(struct ml_rlock *lock);
/* Does this thread hold it? */
bool ml_rlock_is_mine(struct ml_rlock *lock);

/* Release all levels at once and return their number; acquire as many again.
 * For Condition.wait(); this thread holds the lock. */
ML_MUST_CHECK uint32_t ml_rlock_release_all(struct ml_rlock *lock);
void ml_rlock_restore(struct ml_rlock *lock, uint32_t depth);

#endif
