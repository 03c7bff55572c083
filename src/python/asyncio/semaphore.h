/* semaphore.h: asyncio's Semaphore (3.11).
 *
 * Permits go to tasks strictly in the order of arrival: while any task waits,
 * one too that was given a permit and was not called yet, a new one waits as
 * well.  Zeroed memory, but for `value`, is an open one; nothing needs closing.
 * On the loop's thread.
 */
#ifndef ML_PYTHON_ASYNCIO_SEMAPHORE_H
#define ML_PYTHON_ASYNCIO_SEMAPHORE_H

#include "async/wait.h"

struct ml_async_semaphore {
    int64_t value; /* the owner's, at the beginning */
    struct ml_async_waiters waiters;
};

/* It would have to wait. */
bool ml_async_semaphore_locked(const struct ml_async_semaphore *semaphore);
/* An await.  Status CANCELLED: without a permit. */
enum ml_async_poll_
ml_async_semaphore_acquire(struct ml_async_semaphore *semaphore,
                           struct ml_async_task *task, ml_async_step *next);
void ml_async_semaphore_release(struct ml_async_semaphore *semaphore);

#endif
