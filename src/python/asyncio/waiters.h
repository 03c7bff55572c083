/* waiters.h: serving the first waiting task, for objects that grant one unit at
 * a time.  On the loop's thread.
 */
#ifndef ML_PYTHON_ASYNCIO_WAITERS_H
#define ML_PYTHON_ASYNCIO_WAITERS_H

#include "async/wait.h"

/* Serve the first task that is neither served nor cancelled; it stays in the
 * queue until it runs.  False: no such task. */
static inline bool
ml_async_waiters_serve(const struct ml_async_waiters *waiters)
{
    for (struct ml_async_task *task = waiters->first; task;
         task = task->wait.next) {
        if (task->wait.future.done)
            continue;
        ml_async_set_result(&task->wait.future, ML_SYNC_OK, NULL);
        return true;
    }
    return false;
}

#endif
