/* async_work.c: see async_work.h. */
#include "sync/async_work.h"

static void work_run(uv_work_t *uv)
{
    const struct ml_async_work *work = uv->data;
    work->call(work->context);
}

static void work_arrives(uv_work_t *uv, int status)
{
    struct ml_async_work *work = uv->data;
    assert(status == 0); /* nobody cancels it */
    (void)status;
    work->future.loop->works--;
    ml_async_settle(&work->future, ML_SYNC_OK, NULL);
}

static bool work_cancel(struct ml_async_future *future)
{
    (void)future;
    return false; /* the pool uses its memory */
}

enum ml_async_then ml_async_await_work(struct ml_async_task *task,
                                       struct ml_async_work *work,
                                       ml_async_step *next)
{
    struct ml_async_loop *loop = task->future.loop;
    ml_async_future_open(&work->future, loop);
    work->future.cancel = work_cancel;
    work->uv.data = work;
    loop->works++;
    const int rc = uv_queue_work(&loop->uv, &work->uv, work_run, work_arrives);
    assert(rc == 0); /* it fails without a function only */
    (void)rc;
    return ml_async_await(task, &work->future, next);
}
