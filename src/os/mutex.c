/* mutex.c: see mutex.h. */
#include "os/mutex.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"

/* These calls fail only for invalid arguments. */
static void mutex_must(int rc)
{
    assert(rc == 0);
    (void)rc;
}

void ml_mutex_open(struct ml_mutex *mutex)
{
    pthread_mutexattr_t kind;
    mutex_must(pthread_mutexattr_init(&kind));
    mutex_must(pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK));
    mutex_must(pthread_mutex_init(&mutex->os, &kind));
    mutex_must(pthread_mutexattr_destroy(&kind));
}

void ml_mutex_close(struct ml_mutex *mutex)
{
    mutex_must(pthread_mutex_destroy(&mutex->os));
}

void ml_cond_open(struct ml_cond *cond)
{
    pthread_condattr_t kind;
    mutex_must(pthread_condattr_init(&kind));
    mutex_must(pthread_condattr_setclock(&kind, CLOCK_MONOTONIC));
    mutex_must(pthread_cond_init(&cond->os, &kind));
    mutex_must(pthread_condattr_destroy(&kind));
}

void ml_cond_close(struct ml_cond *cond)
{
    mutex_must(pthread_cond_destroy(&cond->os));
}

bool ml_cond_wait_until(struct ml_cond *cond, struct ml_mutex *mutex,
                        uint64_t deadline_ns)
{
    if (deadline_ns == ML_NEVER) {
        ml_cond_wait(cond, mutex);
        return true;
    }
    const struct timespec deadline = {
        .tv_sec = (time_t)(deadline_ns / ML_NS_PER_S),
        .tv_nsec = (long)(deadline_ns % ML_NS_PER_S),
    };
    const int rc = pthread_cond_timedwait(&cond->os, &mutex->os, &deadline);
    assert(rc == 0 || rc == ETIMEDOUT);
    return rc == 0;
}
