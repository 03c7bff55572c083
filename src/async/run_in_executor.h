/* run_in_executor.h: loop.run_in_executor(): a task awaits a call made by a
 * thread.
 *
 * A thread of a ThreadPoolExecutor (thread_pool.h) makes the call, and then
 * notifies the loop by call_soon_threadsafe().
 *
 * Cancelling: a call that has not begun is not made; of a running one only the
 * wait is cancelled, and the thread finishes the call.
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

/* On success *call is open.  ML_SYNC_SHUT_DOWN, ML_SYNC_BROKEN,
 * ML_SYNC_NO_THREAD: as ml_executor_submit(); *call is not open. */
ML_MUST_CHECK enum ml_sync_status
ml_async_run_in_executor(struct ml_async_loop *loop,
                         struct ml_executor *executor,
                         struct ml_executor_call *call,
                         int (*function)(void *context), void *context);
/* Call it before the loop is closed, and once the executor is closed or, if the
 * call was never cancelled, once its task was resumed.  *call may then be used
 * again. */
void ml_executor_call_close(struct ml_executor_call *call);

#endif
