/* semaphore.c: see semaphore.h. */
#include "python/semaphore.h"

static enum ml_sync_status semaphore_open(struct ml_semaphore *semaphore,
                                          int64_t value, int64_t bound)
{
    if (value < 0)
        return ML_SYNC_VALUE;
    ml_lock_open(&semaphore->lock);
    ml_condition_open(&semaphore->released, &semaphore->lock);
    semaphore->value = value;
    semaphore->bound = bound;
    return ML_SYNC_OK;
}

enum ml_sync_status ml_semaphore_open(struct ml_semaphore *semaphore,
                                      int64_t value)
{
    return semaphore_open(semaphore, value, INT64_MAX);
}

enum ml_sync_status ml_semaphore_open_bounded(struct ml_semaphore *semaphore,
                                              int64_t value)
{
    return semaphore_open(semaphore, value, value);
}

void ml_semaphore_close(struct ml_semaphore *semaphore)
{
    ml_condition_close(&semaphore->released);
    ml_lock_close(&semaphore->lock);
}

enum ml_sync_status ml_semaphore_acquire(struct ml_semaphore *semaphore,
                                         bool blocking, int64_t timeout_ns)
{
    if (!blocking && timeout_ns != ML_FOREVER)
        return ML_SYNC_VALUE;
    enum ml_sync_status status = ML_SYNC_OK;
    const uint64_t deadline = blocking ? ml_deadline(timeout_ns) : 0;
    ml_condition_enter(&semaphore->released);
    /* A loop: another thread may take the permit before this one wakes. */
    while (semaphore->value == 0 && status == ML_SYNC_OK)
        status = deadline != ML_NEVER && ml_now_ns() >= deadline
                     ? ML_SYNC_TIMEOUT
                     : ml_condition_wait_until(&semaphore->released, deadline);
    /* After the timeout too: take a permit if there is one. */
    const bool taken = semaphore->value > 0;
    if (taken)
        semaphore->value--;
    ml_condition_leave(&semaphore->released);
    return taken ? ML_SYNC_OK : ML_SYNC_TIMEOUT;
}

enum ml_sync_status ml_semaphore_release(struct ml_semaphore *semaphore,
                                         int64_t count)
{
    if (count < 1)
        return ML_SYNC_VALUE;
    ml_condition_enter(&semaphore->released);
    const bool fits = count <= semaphore->bound - semaphore->value;
    if (fits) {
        semaphore->value += count;
        ml_sync_must(ml_condition_notify(&semaphore->released,
                                         count < UINT32_MAX ? (uint32_t)count
                                                            : UINT32_MAX));
    }
    ml_condition_leave(&semaphore->released);
    return fits ? ML_SYNC_OK : ML_SYNC_VALUE;
}

int64_t ml_semaphore_value(struct ml_semaphore *semaphore)
{
    ml_condition_enter(&semaphore->released);
    const int64_t value = semaphore->value;
    ml_condition_leave(&semaphore->released);
    return value;
}
