/* wait.h: what asyncio's tasks wait at: Event, Semaphore, Queue.
 *
 * They need no lock: between two awaits nobody else runs.  Those who wait stand
 * in line and are served in the order of arrival.
 *
 *   Event: all who wait when it is set go on, though it be cleared at once.
 *   Semaphore (3.11): strictly so.  While anybody waits, also one that has been
 *   given a permit and was not called yet, whoever comes waits too.
 *   Queue: who is woken looks again, so somebody who comes just then may be
 *   first.  A put that finds room, and a get that finds an item, do not switch.
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

/* ---- Semaphore ---- */

struct ml_async_semaphore {
    int64_t value; /* the owner's, at the beginning */
    struct ml_async_waiters waiters;
};

/* It would have to wait. */
bool ml_async_semaphore_locked(const struct ml_async_semaphore *semaphore);
/* An await.  Status CANCELLED: without a permit. */
enum ml_async_poll_
ml_async_semaphore_acquire(struct ml_async_semaphore *semaphore,
                           struct ml_async_task *task, ml_async_step *next);
void ml_async_semaphore_release(struct ml_async_semaphore *semaphore);

/* ---- Queue ---- */

/* It lies with whoever puts it, until it was got. */
struct ml_async_item {
    struct ml_async_item *next; /* the queue's */
    void *value;                /* the caller's */
};

struct ml_async_queue {
    int64_t limit; /* the owner's; 0 or negative: none */
    int64_t size;
    struct ml_async_item *first, *last;
    struct ml_async_waiters getters, putters;
};

/* ML_SYNC_FULL. */
ML_MUST_CHECK enum ml_sync_status
ml_async_queue_put_nowait(struct ml_async_queue *queue,
                          struct ml_async_item *item);
/* ML_SYNC_EMPTY. */
ML_MUST_CHECK enum ml_sync_status
ml_async_queue_get_nowait(struct ml_async_queue *queue,
                          struct ml_async_item **item_out);
/* Awaits.  Status CANCELLED: it is not in the queue. */
enum ml_async_poll_ ml_async_queue_put(struct ml_async_queue *queue,
                                       struct ml_async_task *task,
                                       struct ml_async_item *item,
                                       ml_async_step *next);
/* Status OK: ml_async_queue_got() is the item. */
enum ml_async_poll_ ml_async_queue_get(struct ml_async_queue *queue,
                                       struct ml_async_task *task,
                                       ml_async_step *next);
static inline struct ml_async_item *
ml_async_queue_got(const struct ml_async_task *task)
{
    return task->wait.item;
}

#endif
