/* waiters.h: serving the first of a line of tasks, for what hands out
 * one thing at a time.  On the loop's thread.
 */
#ifndef ML_PYTHON_ASYNCIO_WAITERS_H
#define ML_PYTHON_ASYNCIO_WAITERS_H

#include "async/wait.h"

/* The first task that is neither served nor cancelled is served, and stays in
 * line until it is called.  False: there is none. */
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
