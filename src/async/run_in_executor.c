/* run_in_executor.c: see run_in_executor.h. */
#include "async/run_in_executor.h"

_Static_assert(offsetof(struct ml_executor_call, future) == 0,
               "a pointer to the future is one to the call");

/* Called under the inner future's lock, in the thread that ended it. */
static void call_is_done(void *context)
{
    struct ml_executor_call *call = context;
    ml_async_call_soon_threadsafe(call->future.loop, &call->arrival);
}

/* On the loop; the wait may have been cancelled meanwhile. */
static void call_arrives(void *context)
{
    struct ml_executor_call *call = context;
    if (!call->future.done)
        ml_async_set_result(&call->future,
                            ml_future_result(&call->inner, 0, NULL), NULL);
}

static bool call_cancel(struct ml_async_future *future)
{
    struct ml_executor_call *call =
        (struct ml_executor_call *)future; /* its first */
    ml_async_set_result(future, ML_SYNC_CANCELLED, NULL);
    (void)ml_future_cancel(&call->inner); /* false: it runs to its end */
    return true;
}

enum ml_sync_status ml_async_run_in_executor(struct ml_async_loop *loop,
                                             struct ml_executor *executor,
                                             struct ml_executor_call *call,
                                             int (*function)(void *context),
                                             void *context)
{
    ml_async_future_open(&call->future, loop);
    call->future.cancel = call_cancel;
    call->arrival =
        (struct ml_async_handle){.run = call_arrives, .context = call};
    ml_future_open(&call->inner, function, context);
    ml_future_set_done_callback(&call->inner, call_is_done, call);
    const enum ml_sync_status status =
        ml_executor_submit(executor, &call->inner);
    if (status != ML_SYNC_OK)
        ml_future_close(&call->inner);
    return status;
}

void ml_executor_call_close(struct ml_executor_call *call)
{
    /* If it was cancelled while it ran, its arrival may be queued. */
    ml_async_call_forget(call->future.loop, &call->arrival);
    ml_future_close(&call->inner);
}
