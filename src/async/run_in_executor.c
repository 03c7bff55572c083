/* run_in_executor.c: see run_in_executor.h. */
#include "async/run_in_executor.h"

_Static_assert(offsetof(struct ml_executor_call, future) == 0,
               "who is handed the future finds the job");

/* Under the inner future's lock, by whichever thread ended it. */
static void job_is_done(void *context)
{
    struct ml_executor_call *job = context;
    ml_async_call_soon_threadsafe(job->future.loop, &job->arrival);
}

/* On the loop again; its waiting may have been cancelled meanwhile. */
static void job_arrives(void *context)
{
    struct ml_executor_call *job = context;
    if (!job->future.done)
        ml_async_set_result(&job->future,
                            ml_future_result(&job->inner, 0, NULL), NULL);
}

static bool job_cancel(struct ml_async_future *future)
{
    struct ml_executor_call *job =
        (struct ml_executor_call *)future; /* its first */
    ml_async_set_result(future, ML_SYNC_CANCELLED, NULL);
    (void)ml_future_cancel(&job->inner); /* false: it runs, and goes on */
    return true;
}

enum ml_sync_status ml_async_run_in_executor(struct ml_async_loop *loop,
                                             struct ml_executor *executor,
                                             struct ml_executor_call *job,
                                             int (*call)(void *context),
                                             void *context)
{
    ml_async_future_open(&job->future, loop);
    job->future.cancel = job_cancel;
    job->arrival = (struct ml_async_handle){.run = job_arrives, .context = job};
    ml_future_open(&job->inner, call, context);
    ml_future_set_done_callback(&job->inner, job_is_done, job);
    const enum ml_sync_status status =
        ml_executor_submit(executor, &job->inner);
    if (status != ML_SYNC_OK)
        ml_future_close(&job->inner);
    return status;
}

void ml_executor_call_close(struct ml_executor_call *job)
{
    /* Cancelled while it ran, it may arrive after all. */
    ml_async_call_forget(job->future.loop, &job->arrival);
    ml_future_close(&job->inner);
}
