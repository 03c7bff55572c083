/* queue.c: see queue.h. */
#include "python/multiprocessing/queue.h"

/* ---- beginning and end ---- */

static void queue_prepare(struct ml_mp_queue *queue, int64_t limit)
{
    const bool limited = limit > 0 && limit < ML_MP_PERMITS_MAX;
    queue->limit = limited ? (uint32_t)limit : (uint32_t)ML_MP_PERMITS_MAX;
    queue->first = queue->last = NULL;
    queue->dropped = 0;
    queue->feeding = queue->closing = false;
    ml_mutex_open(&queue->lock);
    ml_cond_open(&queue->not_empty);
}

enum ml_status ml_mp_queue_open(struct ml_mp_queue *queue, int64_t limit,
                                const struct ml_mp_pickler *pickler,
                                struct ml_error *err)
{
    const enum ml_status status =
        ml_mp_simple_queue_open(&queue->pipe, pickler, err);
    if (status != ML_OK)
        return status;
    queue_prepare(queue, limit);
    ml_mp_semaphore_open(&queue->pipe.shared->space, queue->limit);
    return ML_OK;
}

enum ml_status ml_mp_queue_attach(struct ml_mp_queue *queue, int64_t limit,
                                  const struct ml_mp_pickler *pickler,
                                  const struct ml_mp_ends *ends,
                                  struct ml_error *err)
{
    const enum ml_status status =
        ml_mp_simple_queue_attach(&queue->pipe, pickler, ends, err);
    if (status == ML_OK)
        queue_prepare(queue, limit);
    return status;
}

void ml_mp_queue_close(struct ml_mp_queue *queue)
{
    ml_mutex_lock(&queue->lock);
    queue->closing = true;
    ml_cond_signal(&queue->not_empty);
    ml_mutex_unlock(&queue->lock);
    if (queue->feeding)
        (void)pthread_join(queue->feeder, NULL);
    ml_cond_close(&queue->not_empty);
    ml_mutex_close(&queue->lock);
    ml_mp_simple_queue_close(&queue->pipe);
}

/* ---- the feeder ---- */

/* Wait for the next object; false: the queue is closing and empty. */
static bool queue_await(struct ml_mp_queue *queue, const void **object_out)
{
    ml_mutex_lock(&queue->lock);
    while (!queue->first && !queue->closing)
        ml_cond_wait(&queue->not_empty, &queue->lock);
    const struct ml_mp_item *item = queue->first;
    if (item) {
        *object_out = item->object;
        queue->first = item->next;
        if (!queue->first)
            queue->last = NULL;
    }
    ml_mutex_unlock(&queue->lock);
    return item != NULL;
}

static void queue_drop(struct ml_mp_queue *queue)
{
    ml_mutex_lock(&queue->lock);
    queue->dropped++;
    ml_mutex_unlock(&queue->lock);
    ml_mp_semaphore_release(&queue->pipe.shared->space);
}

/* Without a reader it still takes all objects, because ml_mp_queue_close()
 * waits until it has. */
static void *queue_feed(void *context)
{
    struct ml_mp_queue *queue = context;
    for (const void *object; queue_await(queue, &object);) {
        if (ml_mp_simple_queue_put(&queue->pipe, object) == ML_SYNC_RAISED)
            queue_drop(queue);
    }
    return NULL;
}

/* ---- put, get ---- */

static uint64_t queue_deadline(bool blocking, int64_t timeout_ns)
{
    return blocking ? ml_deadline(timeout_ns) : 0;
}

enum ml_sync_status ml_mp_queue_put(struct ml_mp_queue *queue,
                                    struct ml_mp_item *item, bool blocking,
                                    int64_t timeout_ns)
{
    struct ml_mp_semaphore *space = &queue->pipe.shared->space;
    if (ml_mp_semaphore_acquire(space, queue_deadline(blocking, timeout_ns)) !=
        ML_SYNC_OK)
        return ML_SYNC_FULL;
    ml_mutex_lock(&queue->lock);
    if (!queue->feeding)
        queue->feeding =
            pthread_create(&queue->feeder, NULL, queue_feed, queue) == 0;
    const bool fed = queue->feeding;
    if (fed) {
        item->next = NULL;
        if (queue->last)
            queue->last->next = item;
        else
            queue->first = item;
        queue->last = item;
        ml_cond_signal(&queue->not_empty);
    }
    ml_mutex_unlock(&queue->lock);
    if (!fed)
        ml_mp_semaphore_release(space);
    return fed ? ML_SYNC_OK : ML_SYNC_NO_THREAD;
}

enum ml_sync_status ml_mp_queue_get(struct ml_mp_queue *queue, bool blocking,
                                    int64_t timeout_ns, void *buffer,
                                    size_t *size_out)
{
    const enum ml_sync_status status = ml_mp_simple_queue_get_until(
        &queue->pipe, queue_deadline(blocking, timeout_ns), buffer, size_out);
    if (status == ML_SYNC_OK)
        ml_mp_semaphore_release(&queue->pipe.shared->space);
    return status == ML_SYNC_TIMEOUT ? ML_SYNC_EMPTY : status;
}

uint32_t ml_mp_queue_size(struct ml_mp_queue *queue)
{
    return queue->limit - ml_mp_semaphore_value(&queue->pipe.shared->space);
}

bool ml_mp_queue_is_full(struct ml_mp_queue *queue)
{
    return ml_mp_semaphore_value(&queue->pipe.shared->space) == 0;
}

uint64_t ml_mp_queue_dropped(struct ml_mp_queue *queue)
{
    ml_mutex_lock(&queue->lock);
    const uint64_t dropped = queue->dropped;
    ml_mutex_unlock(&queue->lock);
    return dropped;
}
