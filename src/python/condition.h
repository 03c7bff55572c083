/* condition.h: Python's Condition: wait until somebody tells of a change.
 *
 * It stands on a Lock or an RLock of the caller's, which must be held to wait
 * and to notify.  wait() gives that lock back, all levels of it, sleeps, and
 * holds it again as before on every way out.  A notification reaches those who
 * wait at that moment, in the order in which they came, and is forgotten: when
 * nobody waits it is lost, so what is waited for must lie in the caller's own
 * variables.  Who was woken still has to take the lock, and another thread may
 * take it first and change things again: wait in a loop.
 *
 * The operating system's condition (mutex.h) wakes in any order.  Here every
 * waiter stands in a line and sleeps alone, so the first in the line can be
 * woken and no other.  It leaves the line when it is notified, and wakes when
 * the lock is given back, without which it could do nothing.
 */
#ifndef ML_PYTHON_CONDITION_H
#define ML_PYTHON_CONDITION_H

#include "python/lock.h"

struct ml_condition {
    struct ml_lock *lock;   /* one of these two; not owned */
    struct ml_rlock *rlock; /* or */
    /* Guards the line; a lock's own mutex is taken inside it.  So even who
     * notifies under a Lock that another thread holds, which Python lets pass,
     * does no harm. */
    struct ml_mutex mutex;
    struct ml_futex_event *first, *last; /* on the stacks of those who wait */
    uint32_t waiting;
};

void ml_condition_open(struct ml_condition *condition, struct ml_lock *lock);
void ml_condition_open_rlock(struct ml_condition *condition,
                             struct ml_rlock *rlock);
void ml_condition_close(struct ml_condition *condition); /* nobody waits */

/* `with condition:` and its end: take and give back the caller's lock. */
void ml_condition_enter(struct ml_condition *condition);
void ml_condition_leave(struct ml_condition *condition);

/* Sleep until notified.  ML_SYNC_TIMEOUT after `timeout_ns` (negative: at
 * once, but the lock was given back for a moment); ML_SYNC_NOT_OWNER: the lock
 * is not held.  As in Python a Lock that anybody holds will do.
 *
 * Who has timed out has left the line, so no notification is spent on it.
 * (Python's leaves the line only when it has its lock back, and one that comes
 * in between wakes nobody.) */
ML_MUST_CHECK enum ml_sync_status
ml_condition_wait(struct ml_condition *condition, int64_t timeout_ns);
/* The same until a moment of ml_now_ns(), for loops. */
ML_MUST_CHECK enum ml_sync_status
ml_condition_wait_until(struct ml_condition *condition, uint64_t deadline_ns);
/* Sleep until `holds(context)`, which is asked with the lock held, before the
 * first sleep and after each; ML_SYNC_TIMEOUT when it does not even at last. */
ML_MUST_CHECK enum ml_sync_status
ml_condition_wait_for(struct ml_condition *condition, bool (*holds)(void *),
                      void *context, int64_t timeout_ns);

/* Wake the first `count` in the line, or as many as there are. */
ML_MUST_CHECK enum ml_sync_status
ml_condition_notify(struct ml_condition *condition, uint32_t count);
ML_MUST_CHECK enum ml_sync_status
ml_condition_notify_all(struct ml_condition *condition);

/* How many stand in the line now. */
uint32_t ml_condition_waiting(struct ml_condition *condition);

#endif
