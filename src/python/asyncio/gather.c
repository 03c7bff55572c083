/* gather.c: see gather.h. */
#include "python/asyncio/gather.h"

#include <stddef.h>

_Static_assert(offsetof(struct ml_async_gather, future) == 0,
               "a pointer to the future is one to the gather");

void ml_async_run_until(struct ml_async_loop *loop,
                        struct ml_async_future *future)
{
    while (!future->done) {
        ml_async_poll(loop, ml_async_timeout_ms(loop));
        ml_async_process_events(loop);
        ml_async_run_ready(loop);
    }
}

/* Call `call` soon after the future is done, also if it is done. */
static void gather_when_done(struct ml_async_future *future,
                             struct ml_async_handle *call)
{
    if (future->done)
        ml_async_call_soon(future->loop, call);
    else
        ml_async_handle_queue_push(&future->waiters, call);
}

static void gather_count(void *context)
{
    struct ml_async_gathered *one = context;
    struct ml_async_gather *gather = one->gather;
    gather->left--;
    if (gather->future.done)
        return;
    if (one->future->status != ML_SYNC_OK)
        ml_async_set_result(&gather->future, one->future->status,
                            one->future->result);
    else if (gather->left == 0)
        ml_async_set_result(&gather->future, ML_SYNC_OK, NULL);
}

static bool gather_cancel(struct ml_async_future *future)
{
    /* its first member */
    struct ml_async_gather *gather = (struct ml_async_gather *)future;
    bool any = false;
    for (size_t i = 0; i < gather->count; i++)
        any = ml_async_cancel(gather->gathered[i].future) || any;
    return any;
}

void ml_async_gather_open(struct ml_async_gather *gather,
                          struct ml_async_loop *loop,
                          struct ml_async_gathered *gathered, size_t count)
{
    ml_async_future_open(&gather->future, loop);
    gather->future.cancel = gather_cancel;
    gather->gathered = gathered;
    gather->count = gather->left = count;
    for (size_t i = 0; i < count; i++) {
        gathered[i].gather = gather;
        gathered[i].call = (struct ml_async_handle){.run = gather_count,
                                                    .context = &gathered[i]};
        gather_when_done(gathered[i].future, &gathered[i].call);
    }
    if (count == 0)
        ml_async_set_result(&gather->future, ML_SYNC_OK, NULL);
}
