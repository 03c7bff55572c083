/* queue.c: see queue.h. */
#include "python/asyncio/queue.h"

#include "python/asyncio/waiters.h"

static bool queue_is_full(const struct ml_async_queue *queue)
{
    return queue->limit > 0 && queue->size >= queue->limit;
}

enum ml_sync_status ml_async_queue_put_nowait(struct ml_async_queue *queue,
                                              struct ml_async_item *item)
{
    if (queue_is_full(queue))
        return ML_SYNC_FULL;
    item->next = NULL;
    if (queue->last)
        queue->last->next = item;
    else
        queue->first = item;
    queue->last = item;
    queue->size++;
    (void)ml_async_waiters_serve(&queue->getters);
    return ML_SYNC_OK;
}

enum ml_sync_status ml_async_queue_get_nowait(struct ml_async_queue *queue,
                                              struct ml_async_item **item_out)
{
    struct ml_async_item *item = queue->first;
    if (!item)
        return ML_SYNC_EMPTY;
    queue->first = item->next;
    if (!queue->first)
        queue->last = NULL;
    queue->size--;
    *item_out = item;
    (void)ml_async_waiters_serve(&queue->putters);
    return ML_SYNC_OK;
}

/* If the task was served and then cancelled, serve the next one instead. */
static void queue_cleanup_putter(struct ml_async_task *task)
{
    struct ml_async_queue *queue = task->wait.at;
    ml_async_waiters_remove(&queue->putters, task);
    if (task->status == ML_SYNC_CANCELLED &&
        task->wait.future.status == ML_SYNC_OK && !queue_is_full(queue))
        (void)ml_async_waiters_serve(&queue->putters);
}

static void queue_cleanup_getter(struct ml_async_task *task)
{
    struct ml_async_queue *queue = task->wait.at;
    ml_async_waiters_remove(&queue->getters, task);
    if (task->status == ML_SYNC_CANCELLED &&
        task->wait.future.status == ML_SYNC_OK && queue->first)
        (void)ml_async_waiters_serve(&queue->getters);
}

/* Woken for another try, or cancelled. */
static enum ml_async_state queue_try_put(struct ml_async_task *task)
{
    struct ml_async_queue *queue = task->wait.at;
    if (task->status == ML_SYNC_CANCELLED ||
        ml_async_queue_put_nowait(queue, task->wait.item) == ML_SYNC_OK) {
        task->step = task->wait.then;
        return ML_ASYNC_READY;
    }
    return ml_async_waiters_wait(&queue->putters, task, queue,
                                 queue_cleanup_putter, queue_try_put);
}

enum ml_async_state ml_async_queue_put(struct ml_async_queue *queue,
                                       struct ml_async_task *task,
                                       struct ml_async_item *item,
                                       ml_async_step *next)
{
    task->wait.at = queue;
    task->wait.item = item;
    task->wait.then = next;
    task->status = ML_SYNC_OK;
    return queue_try_put(task);
}

static enum ml_async_state queue_try_get(struct ml_async_task *task)
{
    struct ml_async_queue *queue = task->wait.at;
    struct ml_async_item *item = NULL;
    if (task->status == ML_SYNC_CANCELLED ||
        ml_async_queue_get_nowait(queue, &item) == ML_SYNC_OK) {
        task->wait.item = item;
        task->step = task->wait.then;
        return ML_ASYNC_READY;
    }
    return ml_async_waiters_wait(&queue->getters, task, queue,
                                 queue_cleanup_getter, queue_try_get);
}

enum ml_async_state ml_async_queue_get(struct ml_async_queue *queue,
                                       struct ml_async_task *task,
                                       ml_async_step *next)
{
    task->wait.at = queue;
    task->wait.then = next;
    task->status = ML_SYNC_OK;
    return queue_try_get(task);
}
