/* task.c: see task.h. */
#include "async/task.h"

#include <string.h>

_Static_assert(offsetof(struct ml_async_task, future) == 0,
               "a pointer to the future is one to the task");

/* ---- futures ---- */

void ml_async_future_open(struct ml_async_future *future,
                          struct ml_async_loop *loop)
{
    memset(future, 0, sizeof *future);
    future->loop = loop;
}

void ml_async_set_result(struct ml_async_future *future,
                         enum ml_sync_status status, void *result)
{
    assert(!future->done);
    future->done = true;
    future->status = status;
    future->result = result;
    for (struct ml_async_handle *call;
         (call = ml_async_handle_queue_pop(&future->waiters)) != NULL;)
        ml_async_call_soon(future->loop, call);
}

bool ml_async_cancel(struct ml_async_future *future)
{
    if (future->done)
        return false;
    if (future->cancel)
        return future->cancel(future);
    ml_async_set_result(future, ML_SYNC_CANCELLED, NULL);
    return true;
}

/* ---- tasks ---- */

/* Cancel the awaited future, which resumes the task; else its next step gets
 * the status. */
static bool task_cancel(struct ml_async_future *future)
{
    /* its first member */
    struct ml_async_task *task = (struct ml_async_task *)future;
    if (!task->awaits || !ml_async_cancel(task->awaits))
        task->must_cancel = true;
    return true;
}

/* Set the status: the outcome of the awaited future, or CANCELLED. */
static void task_resume(struct ml_async_task *task)
{
    task->status = task->awaits ? task->awaits->status : ML_SYNC_OK;
    if (task->must_cancel)
        task->status = ML_SYNC_CANCELLED;
    task->must_cancel = false;
    task->awaits = NULL;
    if (task->wait.cleanup)
        task->wait.cleanup(task);
    task->wait.cleanup = NULL;
}

/* Run steps until one waits or the task ends. */
static void task_run(void *context)
{
    struct ml_async_task *task = context;
    struct ml_async_loop *loop = task->future.loop;
    enum ml_async_state result = ML_ASYNC_DONE;
    if (loop->before) {
        loop->before(loop->context, task);
        loop->call_start_ns = ml_async_now_ns(loop);
    }
    task_resume(task);
    if (task->begun || task->status != ML_SYNC_CANCELLED) {
        task->begun = true;
        do {
            result = task->step(task);
        } while (result == ML_ASYNC_READY);
    }
    if (result == ML_ASYNC_DONE)
        ml_async_set_result(&task->future, task->status, task->future.result);
}

void ml_async_task_start(struct ml_async_task *task, struct ml_async_loop *loop,
                         ml_async_step *step, void *context)
{
    memset(task, 0, sizeof *task);
    ml_async_future_open(&task->future, loop);
    task->future.cancel = task_cancel;
    task->step = step;
    task->context = context;
    task->wake = (struct ml_async_handle){.run = task_run, .context = task};
    ml_async_call_soon(loop, &task->wake);
}

uint64_t ml_async_task_running_ns(const struct ml_async_task *task)
{
    const uint64_t now_ns = ml_async_running_ns(task->future.loop);
    return now_ns > task->wake.running_ns ? now_ns : task->wake.running_ns;
}

/* ---- awaits ---- */

enum ml_async_state ml_async_await(struct ml_async_task *task,
                                   struct ml_async_future *future,
                                   ml_async_step *next)
{
    task->step = next;
    if (future->done) {
        task->status = future->status;
        return ML_ASYNC_READY;
    }
    task->awaits = future;
    ml_async_handle_queue_push(&future->waiters, &task->wake);
    /* It was cancelled while it ran, perhaps by itself. */
    if (task->must_cancel && ml_async_cancel(future))
        task->must_cancel = false;
    return ML_ASYNC_SUSPEND;
}

enum ml_async_state ml_async_yield(struct ml_async_task *task,
                                   ml_async_step *next)
{
    task->step = next;
    ml_async_call_soon(task->future.loop, &task->wake);
    return ML_ASYNC_SUSPEND;
}

enum ml_async_state ml_async_await_own(struct ml_async_task *task,
                                       void (*cleanup)(struct ml_async_task *),
                                       ml_async_step *next)
{
    task->wait.cleanup = cleanup;
    return ml_async_await(task, &task->wait.future, next);
}

static void sleep_over(void *context)
{
    struct ml_async_task *task = context;
    if (!task->wait.future.done) /* else it was cancelled in this iteration */
        ml_async_set_result(&task->wait.future, ML_SYNC_OK, NULL);
}

static void sleep_cleanup(struct ml_async_task *task)
{
    ml_async_timer_stop(task->future.loop, &task->wait.timer);
}

enum ml_async_state ml_async_sleep(struct ml_async_task *task, uint64_t ns,
                                   ml_async_step *next)
{
    struct ml_async_loop *loop = task->future.loop;
    if (ns == 0)
        return ml_async_yield(task, next);
    ml_async_future_open(&task->wait.future, loop);
    task->wait.timer.call =
        (struct ml_async_handle){.run = sleep_over, .context = task};
    ml_async_call_at(loop, &task->wait.timer, ml_async_now_ns(loop) + ns);
    return ml_async_await_own(task, sleep_cleanup, next);
}
