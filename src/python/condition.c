/* condition.c: see condition.h. */
#include "python/condition.h"

#include <string.h>

#include "python/gil_save.h"

void ml_condition_open(struct ml_condition *condition, struct ml_lock *lock)
{
    memset(condition, 0, sizeof *condition);
    condition->lock = lock;
    ml_mutex_open(&condition->mutex);
}

void ml_condition_open_rlock(struct ml_condition *condition,
                             struct ml_rlock *rlock)
{
    ml_condition_open(condition, NULL);
    condition->rlock = rlock;
}

void ml_condition_close(struct ml_condition *condition)
{
    assert(condition->waiting == 0);
    ml_mutex_close(&condition->mutex);
}

/* ---- the caller's lock, of either kind ---- */

void ml_condition_enter(struct ml_condition *condition)
{
    if (condition->rlock)
        ml_sync_must(ml_rlock_acquire(condition->rlock, true, ML_FOREVER));
    else
        ml_sync_must(ml_lock_acquire(condition->lock, true, ML_FOREVER));
}

void ml_condition_leave(struct ml_condition *condition)
{
    if (condition->rlock)
        ml_sync_must(ml_rlock_release(condition->rlock));
    else
        ml_sync_must(ml_lock_release(condition->lock));
}

static bool condition_is_owned(struct ml_condition *condition)
{
    return condition->rlock ? ml_rlock_is_mine(condition->rlock)
                            : ml_lock_is_locked(condition->lock);
}

/* Release all levels of it; ML_SYNC_NOT_OWNER. */
static enum ml_sync_status
condition_release_lock(struct ml_condition *condition, uint32_t *depth_out)
{
    *depth_out = 1;
    if (!condition->rlock)
        return ml_lock_release(condition->lock);
    if (!ml_rlock_is_mine(condition->rlock))
        return ML_SYNC_NOT_OWNER;
    *depth_out = ml_rlock_release_all(condition->rlock);
    return ML_SYNC_OK;
}

static void condition_restore_lock(struct ml_condition *condition,
                                   uint32_t depth)
{
    if (condition->rlock)
        ml_rlock_restore(condition->rlock, depth);
    else
        ml_sync_must(ml_lock_acquire(condition->lock, true, ML_FOREVER));
}

/* The GIL that the caller's lock is used under, or NULL. */
static struct ml_gil *condition_gil(const struct ml_condition *condition)
{
    return condition->rlock ? condition->rlock->block.gil
                            : condition->lock->gil;
}

/* ---- the queue; its mutex is held ---- */

static void condition_enqueue(struct ml_condition *condition,
                              struct ml_futex_event *waiter)
{
    if (condition->last)
        condition->last->next = waiter;
    else
        condition->first = waiter;
    condition->last = waiter;
    condition->waiting++;
}

/* Remove the waiter; false: it was notified and is not in the queue. */
static bool condition_dequeue(struct ml_condition *condition,
                              struct ml_futex_event *waiter)
{
    struct ml_futex_event *previous = NULL, *at = condition->first;
    for (; at && at != waiter; at = at->next)
        previous = at;
    if (!at)
        return false;
    if (previous)
        previous->next = waiter->next;
    else
        condition->first = waiter->next;
    if (condition->last == waiter)
        condition->last = previous;
    condition->waiting--;
    return true;
}

/* ---- waiting ---- */

/* After a timeout, or if the lock was not held: leave the queue.  False if
 * another thread notified it first. */
static bool condition_stop_waiting(struct ml_condition *condition,
                                   struct ml_futex_event *waiter)
{
    ml_mutex_lock(&condition->mutex);
    const bool removed = condition_dequeue(condition, waiter);
    ml_mutex_unlock(&condition->mutex);
    return removed;
}

enum ml_sync_status ml_condition_wait_until(struct ml_condition *condition,
                                            uint64_t deadline_ns)
{
    struct ml_futex_event waiter;
    uint32_t depth;
    bool notified = true;
    if (!condition_is_owned(condition))
        return ML_SYNC_NOT_OWNER;
    ml_futex_event_open(&waiter);
    /* Enter the queue first: a thread that acquires the lock next and notifies
     * finds this waiter. */
    ml_mutex_lock(&condition->mutex);
    condition_enqueue(condition, &waiter);
    ml_mutex_unlock(&condition->mutex);
    const enum ml_sync_status owned = condition_release_lock(condition, &depth);
    struct ml_gil *gil = condition_gil(condition);
    struct ml_gil_thread *self = ml_gil_save_thread(gil);
    if (owned != ML_SYNC_OK || !ml_futex_event_wait(&waiter, deadline_ns))
        notified = !condition_stop_waiting(condition, &waiter);
    /* A notified waiter is woken soon; until then the waker may use
     * `waiter`. */
    while (notified && !ml_futex_event_wait(&waiter, ML_NEVER))
        continue;
    ml_gil_restore_thread(gil, self);
    if (owned != ML_SYNC_OK)
        return owned;
    condition_restore_lock(condition, depth);
    return notified ? ML_SYNC_OK : ML_SYNC_TIMEOUT;
}

enum ml_sync_status ml_condition_wait(struct ml_condition *condition,
                                      int64_t timeout_ns)
{
    return ml_condition_wait_until(condition, ml_deadline(timeout_ns));
}

enum ml_sync_status ml_condition_wait_for(struct ml_condition *condition,
                                          bool (*holds)(void *), void *context,
                                          int64_t timeout_ns)
{
    const uint64_t deadline = ml_deadline(timeout_ns);
    while (!holds(context)) {
        if (deadline != ML_NEVER && ml_now_ns() >= deadline)
            return ML_SYNC_TIMEOUT;
        if (ml_condition_wait_until(condition, deadline) == ML_SYNC_NOT_OWNER)
            return ML_SYNC_NOT_OWNER;
    }
    return ML_SYNC_OK;
}

/* ---- notifying ---- */

enum ml_sync_status ml_condition_notify(struct ml_condition *condition,
                                        uint32_t count)
{
    if (!condition_is_owned(condition))
        return ML_SYNC_NOT_OWNER;
    struct ml_lock *lock =
        condition->rlock ? &condition->rlock->block : condition->lock;
    ml_mutex_lock(&condition->mutex);
    for (uint32_t i = 0; i < count && condition->first; i++) {
        struct ml_futex_event *waiter = condition->first;
        (void)condition_dequeue(condition, waiter);
        ml_lock_wake_at_release(lock, waiter);
    }
    ml_mutex_unlock(&condition->mutex);
    return ML_SYNC_OK;
}

enum ml_sync_status ml_condition_notify_all(struct ml_condition *condition)
{
    return ml_condition_notify(condition, UINT32_MAX);
}

uint32_t ml_condition_waiting(struct ml_condition *condition)
{
    ml_mutex_lock(&condition->mutex);
    const uint32_t waiting = condition->waiting;
    ml_mutex_unlock(&condition->mutex);
    return waiting;
}
