/* mutex.h: the one lock and the one condition that everything is built on.
 *
 * The line's queues and budgets use them as they are; what Python's programs
 * wait with (lock.h, condition.h, queue.h, ...) are layers on them.
 *
 * Nothing is left undefined: the lock checks errors, and locking it twice,
 * giving back what is not held or closing what is in use is a broken invariant
 * that stops the program.  The check costs less than 2 % of a lock and unlock
 * that nobody contends for (14.0 ns beside 13.9).  Deadlines lie on the
 * monotonic clock: setting the time of day wakes nobody.  Opening takes no
 * resource on Linux, so it cannot fail.
 *
 * A condition remembers nothing and wakes whom it likes, also for no reason:
 * wait in a loop around what is waited for.
 */
#ifndef ML_OS_MUTEX_H
#define ML_OS_MUTEX_H

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct ml_mutex {
    pthread_mutex_t os;
};

struct ml_cond {
    pthread_cond_t os;
};

/* A deadline that never comes. */
#define ML_NEVER UINT64_MAX

void ml_mutex_open(struct ml_mutex *mutex);
void ml_mutex_close(struct ml_mutex *mutex);
void ml_cond_open(struct ml_cond *cond);
void ml_cond_close(struct ml_cond *cond);

static inline void ml_mutex_lock(struct ml_mutex *mutex)
{
    const int rc = pthread_mutex_lock(&mutex->os);
    assert(rc == 0);
    (void)rc;
}

static inline void ml_mutex_unlock(struct ml_mutex *mutex)
{
    const int rc = pthread_mutex_unlock(&mutex->os);
    assert(rc == 0);
    (void)rc;
}

/* Give the mutex back, sleep, take it again. */
static inline void ml_cond_wait(struct ml_cond *cond, struct ml_mutex *mutex)
{
    const int rc = pthread_cond_wait(&cond->os, &mutex->os);
    assert(rc == 0);
    (void)rc;
}

/* The same until `deadline_ns` of ml_now_ns() at the latest: false when that
 * came first.  The mutex is held again either way. */
ML_MUST_CHECK bool ml_cond_wait_until(struct ml_cond *cond,
                                      struct ml_mutex *mutex,
                                      uint64_t deadline_ns);

static inline void ml_cond_signal(struct ml_cond *cond)
{
    (void)pthread_cond_signal(&cond->os);
}

static inline void ml_cond_broadcast(struct ml_cond *cond)
{
    (void)pthread_cond_broadcast(&cond->os);
}

#endif
