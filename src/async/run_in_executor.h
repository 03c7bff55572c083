/* run_in_executor.h: what a task has done by threads: loop.run_in_executor().
 *
 * The call is made by a ThreadPoolExecutor (thread_pool.h); the thread that has
 * made it tells the loop, as call_soon_threadsafe() does.
 *
 * Cancelling: a job that has not begun will not be done; of one that runs only
 * the waiting is cancelled, and the thread goes on.
 */
#ifndef ML_ASYNC_RUN_IN_EXECUTOR_H
#define ML_ASYNC_RUN_IN_EXECUTOR_H

#include "async/task.h"
#include "async/thread_pool.h"

/* The caller's memory, until it is closed. */
struct ml_executor_call {
    /* OK; RAISED, CANCELLED or BROKEN as the executor's.  Await this. */
    struct ml_async_future future;
    struct ml_future inner; /* the executor's */
    struct ml_async_handle arrival;
};

/* On success the job is open.  ML_SYNC_SHUT_DOWN, ML_SYNC_BROKEN,
 * ML_SYNC_NO_THREAD: the executor's, and it is not. */
ML_MUST_CHECK enum ml_sync_status ml_async_run_in_executor(
    struct ml_async_loop *loop, struct ml_executor *executor,
    struct ml_executor_call *job, int (*call)(void *context), void *context);
/* Before the loop is; once the executor is closed, or, if it was never
 * cancelled, once whoever awaited it was told: it may then be used again. */
void ml_executor_call_close(struct ml_executor_call *job);

#endif
