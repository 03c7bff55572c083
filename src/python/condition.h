/* condition.h: Python's Condition: wait until another thread notifies.
 *
 * It uses a Lock or an RLock of the caller, which must be held to wait and to
 * notify.  wait() releases that lock, all levels of it, sleeps, and has
 * acquired it again, to the same level, whenever it returns.  A notification
 * wakes threads that wait at that moment, in the order of arrival, and is not
 * stored: without a waiter it is lost, so the predicate must be in the caller's
 * own variables.  A woken thread still has to acquire the lock, and another
 * thread may acquire it first and change the predicate: wait in a loop.
 *
 * The operating system's condition (os/mutex.h) wakes in any order.  Here each
 * waiter is in a queue and sleeps on its own futex, so the first one alone can
 * be woken.  It leaves the queue when it is notified, and wakes when the lock
 * is released, since it needs the lock to continue.
 */
#ifndef ML_PYTHON_CONDITION_H
#define ML_PYTHON_CONDITION_H

#include "python/lock.h"

struct ml_condition {
    struct ml_lock *lock;   /* one of these two; not owned */
    struct ml_rlock *rlock; /* or */
    /* Guards the queue; a lock's own mutex is taken inside it.  So a thread
     * that notifies under a Lock that another one holds, which Python allows,
     * does no harm. */
    struct ml_mutex mutex;
    struct ml_futex_event *first, *last; /* on the waiters' stacks */
    uint32_t waiting;
};

void ml_condition_open(struct ml_condition *condition, struct ml_lock *lock);
void ml_condition_open_rlock(struct ml_condition *condition,
                             struct ml_rlock *rlock);
void ml_condition_close(struct ml_condition *condition); /* no thread waits */

/* `with condition:` and its end: acquire and release the caller's lock. */
void ml_condition_enter(struct ml_condition *condition);
void ml_condition_leave(struct ml_condition *condition);

/* Sleep until notified.  ML_SYNC_TIMEOUT after `timeout_ns` (negative: at once,
 * but the lock was released for a moment); ML_SYNC_NOT_OWNER: the lock is not
 * held.  As in Python, for a Lock it suffices that some thread holds it.
 *
 * A waiter that has timed out has left the queue, so it consumes no
 * notification.  (Python's leaves the queue only once it holds its lock again,
 * and a notification in between wakes no thread.) */
ML_MUST_CHECK enum ml_sync_status
ml_condition_wait(struct ml_condition *condition, int64_t timeout_ns);
/* The same until `deadline_ns` of ml_now_ns(), for loops. */
ML_MUST_CHECK enum ml_sync_status
ml_condition_wait_until(struct ml_condition *condition, uint64_t deadline_ns);
/* Sleep until `holds(context)`, which is tested with the lock held, before the
 * first sleep and after each; ML_SYNC_TIMEOUT if it is still false at the
 * deadline. */
ML_MUST_CHECK enum ml_sync_status
ml_condition_wait_for(struct ml_condition *condition, bool (*holds)(void *),
                      void *context, int64_t timeout_ns);

/* Wake the first `count` waiters, or all if fewer wait. */
ML_MUST_CHECK enum ml_sync_status
ml_condition_notify(struct ml_condition *condition, uint32_t count);
ML_MUST_CHECK enum ml_sync_status
ml_condition_notify_all(struct ml_condition *condition);

/* How many threads wait now. */
uint32_t ml_condition_waiting(struct ml_condition *condition);

#endif
