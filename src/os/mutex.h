/* mutex.h: the mutex and the condition that every other lock is built on.
 *
 * The pipeline's queues and budgets use them directly; Python's primitives
 * (python/lock.h, condition.h, queue.h, ...) are layers on them.
 *
 * The mutex is of the error-checking kind: locking it twice, unlocking it
 * without holding it or closing it while it is in use is a broken invariant
 * that stops the program.  The check costs less than 2 % of an uncontended lock
 * and unlock (14.0 ns against 13.9).  Deadlines are on the monotonic clock:
 * setting the time of day wakes no thread.  Opening takes no resource on Linux,
 * so it cannot fail.
 *
 * A condition stores no signal and may wake any waiter, also spuriously: wait
 * in a loop that tests the predicate.
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

/* Release the mutex, sleep, acquire it again. */
static inline void ml_cond_wait(struct ml_cond *cond, struct ml_mutex *mutex)
{
    const int rc = pthread_cond_wait(&cond->os, &mutex->os);
    assert(rc == 0);
    (void)rc;
}

/* The same until `deadline_ns` of ml_now_ns() at the latest; false at the
 * deadline.  The mutex is held again in both cases. */
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
