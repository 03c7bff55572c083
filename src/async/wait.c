/* wait.c: see wait.h. */
#include "async/wait.h"

/* ---- queues of tasks ---- */

static void waiters_push(struct ml_async_waiters *waiters,
                         struct ml_async_task *task)
{
    task->wait.next = NULL;
    if (waiters->last)
        waiters->last->wait.next = task;
    else
        waiters->first = task;
    waiters->last = task;
}

void ml_async_waiters_remove(struct ml_async_waiters *waiters,
                             struct ml_async_task *task)
{
    struct ml_async_task *previous = NULL, *at = waiters->first;
    while (at && at != task) {
        previous = at;
        at = at->wait.next;
    }
    if (!at)
        return;
    if (previous)
        previous->wait.next = task->wait.next;
    else
        waiters->first = task->wait.next;
    if (waiters->last == task)
        waiters->last = previous;
}

enum ml_async_state ml_async_waiters_wait(
    struct ml_async_waiters *waiters, struct ml_async_task *task, void *at,
    void (*cleanup)(struct ml_async_task *), ml_async_step *next)
{
    ml_async_future_open(&task->wait.future, task->future.loop);
    task->wait.at = at;
    waiters_push(waiters, task);
    return ml_async_await_own(task, cleanup, next);
}

enum ml_async_state ml_async_waiters_pass(struct ml_async_task *task,
                                          ml_async_step *next)
{
    task->step = next;
    task->status = ML_SYNC_OK;
    return ML_ASYNC_READY;
}

/* ---- Event ---- */

static void event_cleanup(struct ml_async_task *task)
{
    struct ml_async_event *event = task->wait.at;
    ml_async_waiters_remove(&event->waiters, task);
}

void ml_async_event_set(struct ml_async_event *event)
{
    event->is_set = true;
    for (struct ml_async_task *task = event->waiters.first; task;
         task = task->wait.next) {
        if (!task->wait.future.done)
            ml_async_set_result(&task->wait.future, ML_SYNC_OK, NULL);
    }
}

enum ml_async_state ml_async_event_wait(struct ml_async_event *event,
                                        struct ml_async_task *task,
                                        ml_async_step *next)
{
    return event->is_set ? ml_async_waiters_pass(task, next)
                         : ml_async_waiters_wait(&event->waiters, task, event,
                                                 event_cleanup, next);
}
