/* wait.h: what asyncio's tasks wait at: lines of waiting tasks, and
 * Event.
 *
 * They need no lock: between two awaits no other task runs.  Waiting tasks are
 * served in the order of arrival.  All that wait for an event when it is set go
 * on, even if it is cleared at once.
 *
 * Zeroed memory, but for what is the owner's to set, is an open one; nothing
 * needs closing.
 */
#ifndef ML_ASYNC_WAIT_H
#define ML_ASYNC_WAIT_H

#include "async/task.h"

/* Tasks in line, first come first. */
struct ml_async_waiters {
    struct ml_async_task *first, *last;
};

/* An await: wait in the line until task->wait.future is settled.  `tidy` runs
 * before the next step, and finds `at` in task->wait. */
enum ml_async_poll_ ml_async_waiters_wait(struct ml_async_waiters *waiters,
                                          struct ml_async_task *task, void *at,
                                          void (*tidy)(struct ml_async_task *),
                                          ml_async_step *next);
/* An await that has nothing to wait for. */
enum ml_async_poll_ ml_async_waiters_pass(struct ml_async_task *task,
                                          ml_async_step *next);
/* Take it out of the line; nothing happens when it has left. */
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
enum ml_async_poll_ ml_async_event_wait(struct ml_async_event *event,
                                        struct ml_async_task *task,
                                        ml_async_step *next);

#endif
