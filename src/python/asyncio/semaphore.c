/* semaphore.c: see semaphore.h. */
#include "python/asyncio/semaphore.h"

#include "python/asyncio/waiters.h"

bool ml_async_semaphore_locked(const struct ml_async_semaphore *semaphore)
{
    if (semaphore->value == 0)
        return true;
    for (const struct ml_async_task *task = semaphore->waiters.first; task;
         task = task->wait.next) {
        if (task->wait.future.status != ML_SYNC_CANCELLED)
            return true;
    }
    return false;
}

static void semaphore_serve(struct ml_async_semaphore *semaphore)
{
    if (semaphore->value > 0 && ml_async_waiters_serve(&semaphore->waiters))
        semaphore->value--;
}

/* Remove the task from the queue; return its permit if it was cancelled. */
static void semaphore_cleanup(struct ml_async_task *task)
{
    struct ml_async_semaphore *semaphore = task->wait.at;
    ml_async_waiters_remove(&semaphore->waiters, task);
    if (task->wait.future.status == ML_SYNC_OK &&
        task->status == ML_SYNC_CANCELLED)
        semaphore->value++;
    semaphore_serve(semaphore);
}

enum ml_async_state
ml_async_semaphore_acquire(struct ml_async_semaphore *semaphore,
                           struct ml_async_task *task, ml_async_step *next)
{
    if (ml_async_semaphore_locked(semaphore))
        return ml_async_waiters_wait(&semaphore->waiters, task, semaphore,
                                     semaphore_cleanup, next);
    semaphore->value--;
    return ml_async_waiters_pass(task, next);
}

void ml_async_semaphore_release(struct ml_async_semaphore *semaphore)
{
    semaphore->value++;
    semaphore_serve(semaphore);
}
