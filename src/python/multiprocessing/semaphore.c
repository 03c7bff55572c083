/* semaphore.c: see semaphore.h. */
#include "python/multiprocessing/semaphore.h"

#include <errno.h>
#include <time.h>

void ml_mp_semaphore_open(struct ml_mp_semaphore *semaphore, uint32_t value)
{
    const int rc = sem_init(&semaphore->os, 1, value);
    assert(rc == 0);
    (void)rc;
}

enum ml_sync_status ml_mp_semaphore_acquire(struct ml_mp_semaphore *semaphore,
                                            uint64_t deadline_ns)
{
    const struct timespec deadline = {
        .tv_sec = (time_t)(deadline_ns / ML_NS_PER_S),
        .tv_nsec = (long)(deadline_ns % ML_NS_PER_S),
    };
    int rc;
    do {
        if (deadline_ns == ML_NEVER)
            rc = sem_wait(&semaphore->os);
        else if (deadline_ns == 0)
            rc = sem_trywait(&semaphore->os);
        else
            rc = sem_clockwait(&semaphore->os, CLOCK_MONOTONIC, &deadline);
    } while (rc != 0 && errno == EINTR);
    assert(rc == 0 || errno == ETIMEDOUT || errno == EAGAIN);
    return rc == 0 ? ML_SYNC_OK : ML_SYNC_TIMEOUT;
}

void ml_mp_semaphore_release(struct ml_mp_semaphore *semaphore)
{
    const int rc = sem_post(&semaphore->os);
    assert(rc == 0);
    (void)rc;
}

uint32_t ml_mp_semaphore_value(struct ml_mp_semaphore *semaphore)
{
    int value = 0;
    const int rc = sem_getvalue(&semaphore->os, &value);
    assert(rc == 0 && value >= 0);
    (void)rc;
    return (uint32_t)value;
}
