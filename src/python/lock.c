/* lock.c: see lock.h. */
#include "python/lock.h"

#include "python/gil_save.h"

/* ---- Lock: a flag, and a condition for waiting threads ---- */

void ml_lock_open_under(struct ml_lock *lock, struct ml_gil *gil)
{
    ml_mutex_open(&lock->mutex);
    ml_cond_open(&lock->released);
    lock->locked = false;
    lock->first = lock->last = NULL;
    lock->gil = gil;
}

void ml_lock_open(struct ml_lock *lock)
{
    ml_lock_open_under(lock, NULL);
}

void ml_lock_close(struct ml_lock *lock)
{
    ml_cond_close(&lock->released);
    ml_mutex_close(&lock->mutex);
}

static bool lock_arguments_fit(bool blocking, int64_t timeout_ns)
{
    return blocking ? timeout_ns >= 0 : timeout_ns == ML_FOREVER;
}

/* Acquire it now, or once it is free, before the deadline (0: try once). */
static bool lock_take(struct ml_lock *lock, uint64_t deadline_ns)
{
    ml_mutex_lock(&lock->mutex);
    while (lock->locked && deadline_ns > 0 &&
           ml_cond_wait_until(&lock->released, &lock->mutex, deadline_ns))
        continue;
    const bool taken = !lock->locked;
    lock->locked = true;
    ml_mutex_unlock(&lock->mutex);
    return taken;
}

enum ml_sync_status ml_lock_acquire(struct ml_lock *lock, bool blocking,
                                    int64_t timeout_ns)
{
    if (!lock_arguments_fit(blocking, timeout_ns))
        return ML_SYNC_VALUE;
    const bool waits = blocking && timeout_ns > 0;
    bool taken =
        lock_take(lock, waits && !lock->gil ? ml_deadline(timeout_ns) : 0);
    if (!taken && waits && lock->gil) {
        const uint64_t deadline = ml_deadline(timeout_ns);
        struct ml_gil_thread *self = ml_gil_save_thread(lock->gil);
        taken = lock_take(lock, deadline);
        ml_gil_restore_thread(lock->gil, self);
    }
    return taken ? ML_SYNC_OK : ML_SYNC_TIMEOUT;
}

enum ml_sync_status ml_lock_release(struct ml_lock *lock)
{
    ml_mutex_lock(&lock->mutex);
    const bool held = lock->locked;
    struct ml_futex_event *event = lock->first;
    lock->first = lock->last = NULL;
    lock->locked = false;
    if (held)
        ml_cond_signal(&lock->released);
    ml_mutex_unlock(&lock->mutex);
    while (event) { /* in order; each may be freed once it is set */
        struct ml_futex_event *next = event->next;
        ml_futex_event_set(event);
        event = next;
    }
    return held ? ML_SYNC_OK : ML_SYNC_NOT_OWNER;
}

void ml_lock_wake_at_release(struct ml_lock *lock, struct ml_futex_event *event)
{
    ml_mutex_lock(&lock->mutex);
    const bool held = lock->locked;
    event->next = NULL;
    if (held && lock->last)
        lock->last->next = event;
    else if (held)
        lock->first = event;
    if (held)
        lock->last = event;
    ml_mutex_unlock(&lock->mutex);
    if (!held)
        ml_futex_event_set(event);
}

bool ml_lock_is_locked(struct ml_lock *lock)
{
    ml_mutex_lock(&lock->mutex);
    const bool locked = lock->locked;
    ml_mutex_unlock(&lock->mutex);
    return locked;
}

/* ---- RLock: a Lock with an owner and a depth ---- */

void ml_rlock_open(struct ml_rlock *lock)
{
    ml_lock_open(&lock->block);
    atomic_init(&lock->owner, 0);
    lock->depth = 0;
}

void ml_rlock_close(struct ml_rlock *lock)
{
    ml_lock_close(&lock->block);
}

bool ml_rlock_is_mine(struct ml_rlock *lock)
{
    return atomic_load_explicit(&lock->owner, memory_order_relaxed) ==
           (unsigned long)pthread_self();
}

/* Set or clear the owner; `block` is held. */
static void rlock_set(struct ml_rlock *lock, bool mine, uint32_t depth)
{
    lock->depth = depth;
    atomic_store_explicit(&lock->owner,
                          mine ? (unsigned long)pthread_self() : 0,
                          memory_order_relaxed);
}

enum ml_sync_status ml_rlock_acquire(struct ml_rlock *lock, bool blocking,
                                     int64_t timeout_ns)
{
    if (!lock_arguments_fit(blocking, timeout_ns))
        return ML_SYNC_VALUE;
    if (ml_rlock_is_mine(lock)) {
        assert(lock->depth < UINT32_MAX);
        lock->depth++;
        return ML_SYNC_OK;
    }
    const enum ml_sync_status status =
        ml_lock_acquire(&lock->block, blocking, timeout_ns);
    if (status == ML_SYNC_OK)
        rlock_set(lock, true, 1);
    return status;
}

enum ml_sync_status ml_rlock_release(struct ml_rlock *lock)
{
    if (!ml_rlock_is_mine(lock))
        return ML_SYNC_NOT_OWNER;
    if (--lock->depth > 0)
        return ML_SYNC_OK;
    rlock_set(lock, false, 0);
    return ml_lock_release(&lock->block);
}

uint32_t ml_rlock_release_all(struct ml_rlock *lock)
{
    assert(ml_rlock_is_mine(lock));
    const uint32_t depth = lock->depth;
    rlock_set(lock, false, 0);
    ml_sync_must(ml_lock_release(&lock->block));
    return depth;
}

void ml_rlock_restore(struct ml_rlock *lock, uint32_t depth)
{
    ml_sync_must(ml_lock_acquire(&lock->block, true, ML_FOREVER));
    rlock_set(lock, true, depth);
}
