/* task.h: asyncio's futures and tasks: coroutines as state machines.
 *
 * A task is a function that is called again and again, a step at a time.  A
 * step does what can be done without waiting, says what comes next, and
 * returns:
 *
 *     static enum ml_async_poll_ begin(struct ml_async_task *task)
 *     {
 *         return ml_async_sleep(task, 10 * ML_NS_PER_MS, slept);
 *     }
 *
 *     static enum ml_async_poll_ slept(struct ml_async_task *task)
 *     {
 *         return ml_async_end(task, task->status, NULL);
 *     }
 *
 * Each `return ml_async_...` is an await.  As in Python it switches to others
 * only if it really waits: what is done already returns ML_ASYNC_READY, and the
 * next step runs at once.  task->status then tells how what was awaited ended.
 *
 * Whatever is awaited is a future: a sleep, a place in a line, another task's
 * end.  When it is done, those who await it are called in the next iteration.
 *
 * Cancelling a task cancels what it awaits, so that it is called soon with
 * status ML_SYNC_CANCELLED; one that awaits nothing is told at its next step.
 * It may clean up, await more, and should end with that status.  Nothing is
 * interrupted.
 *
 * Everything lies in the caller's memory and must stay until it is done and
 * those who await it were called.
 */
#ifndef ML_ASYNC_TASK_H
#define ML_ASYNC_TASK_H

#include "async/loop.h"

/* ---- futures ---- */

struct ml_async_future {
    struct ml_async_loop *loop;
    bool done;
    enum ml_sync_status status; /* done: OK, RAISED, CANCELLED, ... */
    void *result;               /* done: whatever it was settled with */
    struct ml_async_handle_queue waiters;
    /* Cancel what stands behind it, which settles it now or later; false: that
     * cannot be done.  NULL: nothing does. */
    bool (*cancel)(struct ml_async_future *future);
};

void ml_async_future_open(struct ml_async_future *future,
                          struct ml_async_loop *loop);
/* Done, once: who awaits it is called soon, in the order of arrival. */
void ml_async_set_result(struct ml_async_future *future,
                         enum ml_sync_status status, void *result);
/* False: it is done already, or cannot be cancelled. */
bool ml_async_cancel(struct ml_async_future *future);
/* ---- tasks ---- */

/* What a step says of its task. */
enum ml_async_poll_ {
    ML_ASYNC_READY,   /* task->step is next, at once */
    ML_ASYNC_SUSPEND, /* what it awaits will call task->step */
    ML_ASYNC_DONE     /* it has ended */
};

typedef enum ml_async_poll_ ml_async_step(struct ml_async_task *task);

/* What a task awaits when that is no other's future; the awaits' own. */
struct ml_async_wait {
    struct ml_async_future future;
    struct ml_async_timer timer;
    /* Puts in order what the await has left, before the next step: Python's
     * `finally`.  NULL: nothing. */
    void (*tidy)(struct ml_async_task *task);
    void *at; /* what it waits at, for `tidy` and for trying again */
    struct ml_async_task *next;
    ml_async_step *then; /* the step after trying again */
    void *item;          /* to be put, or that was got */
};

struct ml_async_task {
    struct ml_async_future future; /* its end; cancelling it cancels the task */
    ml_async_step *step;           /* next */
    void *context;
    enum ml_sync_status status; /* how what was awaited ended */
    struct ml_async_handle wake;
    struct ml_async_future *awaits; /* NULL: nothing, or only its turn */
    struct ml_async_wait wait;
    bool begun, must_cancel;
};

/* create_task(): the first step is taken in the next iteration.  One that is
 * cancelled before ends without it. */
void ml_async_task_start(struct ml_async_task *task, struct ml_async_loop *loop,
                         ml_async_step *step, void *context);

/* ---- what steps return ---- */

static inline enum ml_async_poll_ ml_async_end(struct ml_async_task *task,
                                               enum ml_sync_status status,
                                               void *result)
{
    task->status = status;
    task->future.result = result;
    return ML_ASYNC_DONE;
}

/* Until the future is done; its result stays there. */
enum ml_async_poll_ ml_async_await(struct ml_async_task *task,
                                   struct ml_async_future *future,
                                   ml_async_step *next);
/* Others first: sleep(0), an iteration. */
enum ml_async_poll_ ml_async_yield(struct ml_async_task *task,
                                   ml_async_step *next);
enum ml_async_poll_ ml_async_sleep(struct ml_async_task *task, uint64_t ns,
                                   ml_async_step *next);
/* task->wait.future, opened by the caller, which will settle it; for those that
 * build awaits.  `tidy` may be NULL. */
enum ml_async_poll_ ml_async_await_own(struct ml_async_task *task,
                                       void (*tidy)(struct ml_async_task *),
                                       ml_async_step *next);

/* The longest that the task held the loop since its start, or has until now. */
uint64_t ml_async_task_running_ns(const struct ml_async_task *task);

#endif
