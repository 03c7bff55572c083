/* lock.h: Python's Lock and RLock.
 *
 * A Lock belongs to nobody: any thread may give it back, and who takes it twice
 * waits for itself.  An RLock belongs to the thread that took it, which may
 * take it again and must give it back as often.
 *
 * Neither is fair: a thread that comes while the lock is being given back may
 * take it before those who sleep.
 *
 * A Lock can stand under an interpreter's lock (gil.h), as all of Python's do.
 * Its callers then hold that one, and let it go while they sleep: here, and in
 * whatever is built on the lock, conditions and queues.  Who finds the lock
 * free does not let go.
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
    struct ml_futex_event *first, *last; /* to be woken at the release */
    struct ml_gil *gil; /* that its callers hold; not owned; NULL: none */
};

struct ml_rlock {
    struct ml_lock block;
    /* pthread_self() of who holds `block`, else 0.  Relaxed: a thread asks only
     * whether it stands there itself, and only itself writes its own name. */
    atomic_ulong owner;
    uint32_t depth; /* the owner's */
};

void ml_lock_open(struct ml_lock *lock);
void ml_lock_open_under(struct ml_lock *lock, struct ml_gil *gil);
void ml_lock_close(struct ml_lock *lock); /* nobody waits for it */

/* Take it, waiting at most `timeout_ns` for it (ML_FOREVER; 0: look once), or
 * not at all unless `blocking`.  ML_SYNC_TIMEOUT; ML_SYNC_VALUE: a negative
 * timeout, or one without blocking. */
ML_MUST_CHECK enum ml_sync_status
ml_lock_acquire(struct ml_lock *lock, bool blocking, int64_t timeout_ns);
/* Give it back, whoever took it.  ML_SYNC_NOT_OWNER: nobody holds it. */
ML_MUST_CHECK enum ml_sync_status ml_lock_release(struct ml_lock *lock);
/* Does anybody hold it?  True for this moment only. */
bool ml_lock_is_locked(struct ml_lock *lock);

/* Wake `sleeper` when the lock is given back, or now if nobody holds it: for
 * Condition.notify().  Who is woken there wants this lock next; woken earlier
 * it would only sleep again. */
void ml_lock_wake_at_release(struct ml_lock *lock,
                             struct ml_futex_event *sleeper);

void ml_rlock_open(struct ml_rlock *lock);
void ml_rlock_close(struct ml_rlock *lock);
ML_MUST_CHECK enum ml_sync_status
ml_rlock_acquire(struct ml_rlock *lock, bool blocking, int64_t timeout_ns);
/* ML_SYNC_NOT_OWNER: this thread does not hold it. */
ML_MUST_CHECK enum ml_sync_status ml_rlock_release(struct ml_rlock *lock);
/* Does this thread hold it? */
bool ml_rlock_is_mine(struct ml_rlock *lock);

/* Give back all levels at once and say how many; take them all again.  For
 * Condition.wait(); the lock is this thread's. */
ML_MUST_CHECK uint32_t ml_rlock_release_all(struct ml_rlock *lock);
void ml_rlock_restore(struct ml_rlock *lock, uint32_t depth);

#endif
