/* wait.h: queues of waiting tasks, and asyncio's Event.
 *
 * No lock is needed: between two awaits no other task runs.  Waiting tasks are
 * served in the order of arrival.  Setting an event resumes all tasks that wait
 * for it, even if it is cleared at once.
 *
 * An event begins zeroed, and needs no closing.
 */
#ifndef ML_ASYNC_WAIT_H
#define ML_ASYNC_WAIT_H

#include "async/task.h"

/* Waiting tasks, in the order of arrival. */
struct ml_async_waiters {
    struct ml_async_task *first, *last;
};

/* An await: wait in the queue until task->wait.future has a result.  `cleanup`
 * runs before the next step, and finds `at` in task->wait. */
enum ml_async_state ml_async_waiters_wait(
    struct ml_async_waiters *waiters, struct ml_async_task *task, void *at,
    void (*cleanup)(struct ml_async_task *), ml_async_step *next);
/* An await that need not wait. */
enum ml_async_state ml_async_waiters_pass(struct ml_async_task *task,
                                          ml_async_step *next);
/* Remove the task; no effect if it is not in the queue. */
void ml_async_waiters_remove(struct ml_async_waiters *waiters,
                             struct ml_async_task *task);

/* ---- Event ---- */

struct ml_async_event {
    bool is_set;
    struct ml_async_waiters waiters;
};

void ml_async_event_set(struct ml_async_event *event);
static inline void ml_async_event_clear(struct ml_async_event *event)
{
    event->is_set = false;
}
/* An await. */
enum ml_async_state ml_async_event_wait(struct ml_async_event *event,
                                        struct ml_async_task *task,
                                        ml_async_step *next);

#endif
