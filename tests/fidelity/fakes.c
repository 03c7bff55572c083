/* fakes.c: see fakes.h. */
#include "fakes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* ---- the real lock ---- */

static void real_acquire(struct fake_lock *lock, struct ml_gil_thread *thread)
{
    ml_gil_acquire(&lock->gil, thread);
}

static void real_release(struct fake_lock *lock, struct ml_gil_thread *thread)
{
    ml_gil_release(&lock->gil, thread);
}

static void real_checkpoint(struct fake_lock *lock,
                            struct ml_gil_thread *thread)
{
    ml_gil_checkpoint(&lock->gil, thread);
}

/* ---- requests as in the real lock, but the holder may continue ---- */

static void noforce_acquire(struct fake_lock *lock,
                            struct ml_gil_thread *thread)
{
    struct ml_gil *gil = &lock->gil;
    ml_mutex_lock(&gil->lock);
    while (gil->locked) {
        const uint64_t seen = gil->switch_number;
        if (!ml_cond_wait_until(&gil->freed, &gil->lock,
                                ml_now_ns() + gil->interval_ns) &&
            gil->locked && gil->switch_number == seen)
            atomic_store(&gil->drop, true);
    }
    gil->locked = true;
    gil->switch_number += gil->holder != thread;
    gil->holder = thread;
    atomic_store(&gil->drop, false);
    ml_mutex_unlock(&gil->lock);
}

static void noforce_release(struct fake_lock *lock,
                            struct ml_gil_thread *thread)
{
    (void)thread;
    ml_mutex_lock(&lock->gil.lock);
    lock->gil.locked = false;
    ml_cond_signal(&lock->gil.freed);
    ml_mutex_unlock(&lock->gil.lock);
}

static void noforce_checkpoint(struct fake_lock *lock,
                               struct ml_gil_thread *thread)
{
    if (!atomic_load_explicit(&lock->gil.drop, memory_order_relaxed))
        return;
    noforce_release(lock, thread);
    noforce_acquire(lock, thread);
}

/* ---- a mutex, released and acquired again at every checkpoint ---- */

static void mutex_acquire(struct fake_lock *lock, struct ml_gil_thread *thread)
{
    (void)thread;
    ml_mutex_lock(&lock->plain);
}

static void mutex_release(struct fake_lock *lock, struct ml_gil_thread *thread)
{
    (void)thread;
    ml_mutex_unlock(&lock->plain);
}

static void mutex_checkpoint(struct fake_lock *lock,
                             struct ml_gil_thread *thread)
{
    mutex_release(lock, thread);
    mutex_acquire(lock, thread);
}

/* ---- first come, first served ---- */

static void ticket_acquire(struct fake_lock *lock, struct ml_gil_thread *thread)
{
    (void)thread;
    ml_mutex_lock(&lock->gil.lock);
    const uint64_t mine = lock->next++;
    atomic_fetch_add(&lock->queued, 1);
    while (lock->serving != mine)
        ml_cond_wait(&lock->gil.freed, &lock->gil.lock);
    ml_mutex_unlock(&lock->gil.lock);
}

static void ticket_release(struct fake_lock *lock, struct ml_gil_thread *thread)
{
    (void)thread;
    ml_mutex_lock(&lock->gil.lock);
    lock->serving++;
    atomic_fetch_sub(&lock->queued, 1);
    ml_cond_broadcast(&lock->gil.freed);
    ml_mutex_unlock(&lock->gil.lock);
}

static void ticket_checkpoint(struct fake_lock *lock,
                              struct ml_gil_thread *thread)
{
    if (atomic_load_explicit(&lock->queued, memory_order_relaxed) < 2)
        return;
    ticket_release(lock, thread);
    ticket_acquire(lock, thread);
}

/* ---- no lock ---- */

static void none(struct fake_lock *lock, struct ml_gil_thread *thread)
{
    (void)lock;
    (void)thread;
}

static const struct fake_kind kinds[] = {
    {"gil", ML_GIL_311, real_acquire, real_release, real_checkpoint},
    {"gil-3.13", ML_GIL_313, real_acquire, real_release, real_checkpoint},
    {"noforce", ML_GIL_311, noforce_acquire, noforce_release,
     noforce_checkpoint},
    {"mutex", ML_GIL_311, mutex_acquire, mutex_release, mutex_checkpoint},
    {"ticket", ML_GIL_311, ticket_acquire, ticket_release, ticket_checkpoint},
    {"none", ML_GIL_311, none, none, none},
};

const struct fake_kind *fake_find(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}

void fake_open(struct fake_lock *lock, const struct fake_kind *kind,
               uint64_t interval_ns)
{
    struct ml_error err;
    memset(lock, 0, sizeof *lock);
    lock->kind = kind;
    ml_mutex_open(&lock->plain);
    if (ml_gil_open(&lock->gil, kind->flavour, interval_ns, &err) != ML_OK) {
        (void)fprintf(stderr, "%s: %s\n", err.what, err.why);
        exit(2);
    }
}
