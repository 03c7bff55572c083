/* async_executor.h: what a task has done elsewhere: loop.run_in_executor().
 *
 *   ml_async_job    a call by a ThreadPoolExecutor (executor.h), as asyncio has
 *                   it: the thread that has made the call tells the loop, as
 *                   call_soon_threadsafe does.
 *   ml_async_work   a call by libuv's pool, for what blocks in the kernel:
 *                   opening, reading, writing files.  The pool is one for the
 *                   whole process.
 *
 * Cancelling: a job that has not begun will not be done; of one that runs only
 * the waiting is cancelled, and the thread goes on.  A work cannot be
 * cancelled: who awaits it is told once it is done.
 */
#ifndef ML_SYNC_ASYNC_EXECUTOR_H
#define ML_SYNC_ASYNC_EXECUTOR_H

#include "sync/async_task.h"
#include "sync/executor.h"

/* The caller's memory, until the executor and the loop are closed. */
struct ml_async_job {
    /* OK; RAISED, CANCELLED or BROKEN as the executor's.  Await this. */
    struct ml_async_future future;
    struct ml_future inner; /* the executor's */
    struct ml_async_call arrival;
};

/* On success the job is open.  ML_SYNC_SHUT_DOWN, ML_SYNC_BROKEN,
 * ML_SYNC_NO_THREAD: the executor's, and it is not. */
ML_MUST_CHECK enum ml_sync_status
ml_async_run_in_executor(struct ml_async_loop *loop,
                         struct ml_executor *executor, struct ml_async_job *job,
                         int (*call)(void *context), void *context);
/* After the executor is. */
void ml_async_job_close(struct ml_async_job *job);

/* The caller's memory, until it is done. */
struct ml_async_work {
    struct ml_async_future future;
    void (*call)(void *context); /* the owner's to set */
    void *context;
    uv_work_t uv;
};

/* An await: have work->call made. */
enum ml_async_then ml_async_await_work(struct ml_async_task *task,
                                       struct ml_async_work *work,
                                       ml_async_step *next);

#endif
