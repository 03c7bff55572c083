/* queue.h: asyncio's Queue.
 *
 * A woken task tries again, so that another task may be faster.  A put that
 * finds space, and a get that finds an item, do not switch tasks.  A queue
 * begins zeroed, but for `limit`, and needs no closing.  On the loop's thread.
 */
#ifndef ML_PYTHON_ASYNCIO_QUEUE_H
#define ML_PYTHON_ASYNCIO_QUEUE_H

#include "async/wait.h"

/* Memory of the task that puts it, until the get. */
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
/* An await.  Status CANCELLED: the item is not in the queue. */
enum ml_async_state ml_async_queue_put(struct ml_async_queue *queue,
                                       struct ml_async_task *task,
                                       struct ml_async_item *item,
                                       ml_async_step *next);
/* An await.  Status OK: ml_async_queue_got() is the item. */
enum ml_async_state ml_async_queue_get(struct ml_async_queue *queue,
                                       struct ml_async_task *task,
                                       ml_async_step *next);
static inline struct ml_async_item *
ml_async_queue_got(const struct ml_async_task *task)
{
    return task->wait.item;
}

#endif
