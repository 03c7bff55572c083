/* semaphore.h: asyncio's Semaphore (3.11).
 *
 * Permits go to tasks strictly in the order of arrival: while a task waits, or
 * has been granted a permit and has not run yet, a new one waits too.  A
 * semaphore begins zeroed, but for `value`, and needs no closing.  On the
 * loop's thread.
 */
#ifndef ML_PYTHON_ASYNCIO_SEMAPHORE_H
#define ML_PYTHON_ASYNCIO_SEMAPHORE_H

#include "async/wait.h"

struct ml_async_semaphore {
    int64_t value; /* set by the owner at first */
    struct ml_async_waiters waiters;
};

/* Would a task have to wait? */
bool ml_async_semaphore_locked(const struct ml_async_semaphore *semaphore);
/* An await.  Status CANCELLED: no permit was acquired. */
enum ml_async_state
ml_async_semaphore_acquire(struct ml_async_semaphore *semaphore,
                           struct ml_async_task *task, ml_async_step *next);
void ml_async_semaphore_release(struct ml_async_semaphore *semaphore);

#endif
