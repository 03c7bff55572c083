/* queue.c: see queue.h. */
#include "python/queue.h"

#include <string.h>

void ml_task_queue_open_under(struct ml_task_queue *queue, int64_t limit,
                              struct ml_gil *gil)
{
    memset(queue, 0, sizeof *queue);
    queue->limit = limit;
    ml_lock_open_under(&queue->mutex, gil);
    ml_condition_open(&queue->not_empty, &queue->mutex);
    ml_condition_open(&queue->not_full, &queue->mutex);
    ml_condition_open(&queue->all_done, &queue->mutex);
}

void ml_task_queue_open(struct ml_task_queue *queue, int64_t limit)
{
    ml_task_queue_open_under(queue, limit, NULL);
}

void ml_task_queue_close(struct ml_task_queue *queue)
{
    ml_condition_close(&queue->all_done);
    ml_condition_close(&queue->not_full);
    ml_condition_close(&queue->not_empty);
    ml_lock_close(&queue->mutex);
}

/* All three conditions use the one lock. */
static void task_queue_enter(struct ml_task_queue *queue)
{
    ml_condition_enter(&queue->not_empty);
}

static void task_queue_leave(struct ml_task_queue *queue)
{
    ml_condition_leave(&queue->not_empty);
}

/* ---- under the lock ---- */

static bool task_queue_has_space(const struct ml_task_queue *queue)
{
    return queue->limit <= 0 || queue->size < queue->limit;
}

static bool task_queue_has_item(const struct ml_task_queue *queue)
{
    return queue->size > 0;
}

static void task_queue_append(struct ml_task_queue *queue, struct ml_task *task)
{
    task->next = NULL;
    if (queue->last)
        queue->last->next = task;
    else
        queue->first = task;
    queue->last = task;
    queue->size++;
    queue->unfinished++;
}

static struct ml_task *task_queue_take_first(struct ml_task_queue *queue)
{
    struct ml_task *task = queue->first;
    queue->first = task->next;
    if (!queue->first)
        queue->last = NULL;
    queue->size--;
    return task;
}

/* Sleep until `ready`, the deadline, or the shutdown; false at the deadline.  A
 * loop: another thread may be faster than the woken one. */
static bool task_queue_sleep(struct ml_task_queue *queue,
                             struct ml_condition *condition,
                             bool (*ready)(const struct ml_task_queue *),
                             uint64_t deadline_ns)
{
    while (!ready(queue) && !queue->shut_down) {
        if (deadline_ns != ML_NEVER && ml_now_ns() >= deadline_ns)
            return false;
        if (ml_condition_wait_until(condition, deadline_ns) == ML_SYNC_TIMEOUT)
            return ready(queue) || queue->shut_down;
    }
    return true;
}

static enum ml_sync_status task_queue_await_space(struct ml_task_queue *queue,
                                                  bool blocking,
                                                  int64_t timeout_ns)
{
    if (queue->shut_down)
        return ML_SYNC_SHUT_DOWN;
    if (queue->limit <= 0)
        return ML_SYNC_OK;
    if (blocking && timeout_ns < 0)
        return ML_SYNC_VALUE;
    if (!task_queue_sleep(queue, &queue->not_full, task_queue_has_space,
                          blocking ? ml_deadline(timeout_ns) : 0))
        return ML_SYNC_FULL;
    return queue->shut_down ? ML_SYNC_SHUT_DOWN : ML_SYNC_OK;
}

static enum ml_sync_status task_queue_await_item(struct ml_task_queue *queue,
                                                 bool blocking,
                                                 int64_t timeout_ns)
{
    if (queue->shut_down && queue->size == 0)
        return ML_SYNC_SHUT_DOWN;
    if (blocking && timeout_ns < 0)
        return ML_SYNC_VALUE;
    if (!task_queue_sleep(queue, &queue->not_empty, task_queue_has_item,
                          blocking ? ml_deadline(timeout_ns) : 0))
        return ML_SYNC_EMPTY;
    return queue->size == 0 ? ML_SYNC_SHUT_DOWN : ML_SYNC_OK;
}

/* ---- for callers ---- */

enum ml_sync_status ml_task_queue_put(struct ml_task_queue *queue,
                                      struct ml_task *task, bool blocking,
                                      int64_t timeout_ns)
{
    task_queue_enter(queue);
    const enum ml_sync_status status =
        task_queue_await_space(queue, blocking, timeout_ns);
    if (status == ML_SYNC_OK) {
        task_queue_append(queue, task);
        ml_sync_must(ml_condition_notify(&queue->not_empty, 1));
    }
    task_queue_leave(queue);
    return status;
}

enum ml_sync_status ml_task_queue_get(struct ml_task_queue *queue,
                                      bool blocking, int64_t timeout_ns,
                                      struct ml_task **task_out)
{
    task_queue_enter(queue);
    const enum ml_sync_status status =
        task_queue_await_item(queue, blocking, timeout_ns);
    if (status == ML_SYNC_OK) {
        *task_out = task_queue_take_first(queue);
        ml_sync_must(ml_condition_notify(&queue->not_full, 1));
    }
    task_queue_leave(queue);
    return status;
}

enum ml_sync_status ml_task_queue_done(struct ml_task_queue *queue)
{
    task_queue_enter(queue);
    const bool fits = queue->unfinished > 0;
    if (fits && --queue->unfinished == 0)
        ml_sync_must(ml_condition_notify_all(&queue->all_done));
    task_queue_leave(queue);
    return fits ? ML_SYNC_OK : ML_SYNC_VALUE;
}

void ml_task_queue_join(struct ml_task_queue *queue)
{
    task_queue_enter(queue);
    while (queue->unfinished > 0)
        ml_sync_must(ml_condition_wait(&queue->all_done, ML_FOREVER));
    task_queue_leave(queue);
}

struct ml_task *ml_task_queue_shut_down(struct ml_task_queue *queue,
                                        bool immediate)
{
    struct ml_task *dropped = NULL;
    task_queue_enter(queue);
    queue->shut_down = true;
    if (immediate) {
        dropped = queue->first;
        queue->first = queue->last = NULL;
        /* Some may have been counted as done before they were fetched. */
        queue->unfinished -=
            queue->size < queue->unfinished ? queue->size : queue->unfinished;
        queue->size = 0;
        if (queue->unfinished == 0)
            ml_sync_must(ml_condition_notify_all(&queue->all_done));
    }
    ml_sync_must(ml_condition_notify_all(&queue->not_empty));
    ml_sync_must(ml_condition_notify_all(&queue->not_full));
    task_queue_leave(queue);
    return dropped;
}

/* ---- state ---- */

int64_t ml_task_queue_size(struct ml_task_queue *queue)
{
    task_queue_enter(queue);
    const int64_t size = queue->size;
    task_queue_leave(queue);
    return size;
}

int64_t ml_task_queue_unfinished(struct ml_task_queue *queue)
{
    task_queue_enter(queue);
    const int64_t unfinished = queue->unfinished;
    task_queue_leave(queue);
    return unfinished;
}

bool ml_task_queue_is_full(struct ml_task_queue *queue)
{
    task_queue_enter(queue);
    const bool full = !task_queue_has_space(queue);
    task_queue_leave(queue);
    return full;
}
