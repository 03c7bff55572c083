/* threads.h: start and join a thread; poll until threads wait on a condition.
 */
#ifndef ML_TESTS_SUPPORT_THREADS_H
#define ML_TESTS_SUPPORT_THREADS_H

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>

#include "python/condition.h"

static inline pthread_t start(void *(*thread)(void *), void *context)
{
    pthread_t id;
    const int rc = pthread_create(&id, NULL, thread, context);
    assert(rc == 0);
    (void)rc;
    return id;
}

static inline void finish(pthread_t thread)
{
    const int rc = pthread_join(thread, NULL);
    assert(rc == 0);
    (void)rc;
}

static inline void until_waiting(struct ml_condition *condition, uint32_t count)
{
    while (ml_condition_waiting(condition) != count)
        (void)sched_yield();
}

#define MS(count) ((count) * (int64_t)ML_NS_PER_MS)

#endif
