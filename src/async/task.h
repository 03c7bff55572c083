/* task.h: asyncio's futures and tasks: coroutines as state machines.
 *
 * A task is a sequence of steps.  A step is a function that works without
 * waiting, names the next step, and returns:
 *
 *     static enum ml_async_state begin(struct ml_async_task *task)
 *     {
 *         return ml_async_sleep(task, 10 * ML_NS_PER_MS, slept);
 *     }
 *
 *     static enum ml_async_state slept(struct ml_async_task *task)
 *     {
 *         return ml_async_end(task, task->status, NULL);
 *     }
 *
 * Each `return ml_async_...` is an await.  As in Python it switches to another
 * task only if it must wait: if the awaited future is done, it returns
 * ML_ASYNC_READY, and the next step runs at once.  task->status is then the
 * outcome of the awaited future.
 *
 * A task awaits a future: a sleep, a place in a queue, another task's end.
 * Once it is done, the tasks that await it run in the next iteration.
 *
 * Cancelling a task cancels the future that it awaits, so that its next step
 * soon runs with status ML_SYNC_CANCELLED; a task that awaits nothing has that
 * status at its next step.  It may clean up, await more, and should end with
 * that status.  No step is interrupted.
 *
 * Tasks and futures are memory of the caller, which must stay valid until they
 * are done and the tasks that await them have run.
 */
#ifndef ML_ASYNC_TASK_H
#define ML_ASYNC_TASK_H

#include "async/loop.h"

/* ---- futures ---- */

struct ml_async_future {
    struct ml_async_loop *loop;
    bool done;
    enum ml_sync_status status; /* done: OK, RAISED, CANCELLED, ... */
    void *result;               /* done: the caller's */
    struct ml_async_handle_queue waiters;
    /* Cancel the operation behind it, which sets the result now or later;
     * false: impossible.  NULL: no operation. */
    bool (*cancel)(struct ml_async_future *future);
};

void ml_async_future_open(struct ml_async_future *future,
                          struct ml_async_loop *loop);
/* Set the result, once: the tasks that await it run soon, in the order of
 * arrival. */
void ml_async_set_result(struct ml_async_future *future,
                         enum ml_sync_status status, void *result);
/* False: it is done, or cannot be cancelled. */
bool ml_async_cancel(struct ml_async_future *future);
/* ---- tasks ---- */

/* The state of a task after a step: what the step returns. */
enum ml_async_state {
    ML_ASYNC_READY,   /* run task->step at once */
    ML_ASYNC_SUSPEND, /* the awaited future runs task->step later */
    ML_ASYNC_DONE     /* the task has ended */
};

typedef enum ml_async_state ml_async_step(struct ml_async_task *task);

/* State of an await that has no future of another owner. */
struct ml_async_wait {
    struct ml_async_future future;
    struct ml_async_timer timer;
    /* Runs before the next step: Python's `finally`.  NULL: nothing. */
    void (*cleanup)(struct ml_async_task *task);
    void *at; /* the object waited at, for `cleanup` and for a retry */
    struct ml_async_task *next;
    ml_async_step *then; /* the step after the retry */
    void *item;          /* to put, or the one got */
};

struct ml_async_task {
    struct ml_async_future future; /* its end; cancelling it cancels the task */
    ml_async_step *step;           /* next */
    void *context;
    enum ml_sync_status status; /* outcome of the awaited future */
    struct ml_async_handle wake;
    struct ml_async_future *awaits; /* NULL: nothing, or the next iteration */
    struct ml_async_wait wait;
    bool begun, must_cancel;
};

/* create_task(): the first step runs in the next iteration.  If the task is
 * cancelled before, it ends without it. */
void ml_async_task_start(struct ml_async_task *task, struct ml_async_loop *loop,
                         ml_async_step *step, void *context);

/* ---- what steps return ---- */

static inline enum ml_async_state ml_async_end(struct ml_async_task *task,
                                               enum ml_sync_status status,
                                               void *result)
{
    task->status = status;
    task->future.result = result;
    return ML_ASYNC_DONE;
}

/* Await the future; its result stays there. */
enum ml_async_state ml_async_await(struct ml_async_task *task,
                                   struct ml_async_future *future,
                                   ml_async_step *next);
/* sleep(0): let other tasks run for an iteration. */
enum ml_async_state ml_async_yield(struct ml_async_task *task,
                                   ml_async_step *next);
enum ml_async_state ml_async_sleep(struct ml_async_task *task, uint64_t ns,
                                   ml_async_step *next);
/* For code that builds awaits: await task->wait.future, which the caller opens
 * and whose result it sets.  `cleanup` may be NULL. */
enum ml_async_state ml_async_await_own(struct ml_async_task *task,
                                       void (*cleanup)(struct ml_async_task *),
                                       ml_async_step *next);

/* The longest that one step of the task ran, including the current one. */
uint64_t ml_async_task_running_ns(const struct ml_async_task *task);

#endif
