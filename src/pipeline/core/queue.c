/* queue.c: see queue.h. */
#include "pipeline/core/queue.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "pipeline/core/waker.h"

enum ml_status ml_queue_open(struct ml_queue *queue, uint32_t capacity,
                             struct ml_error *err)
{
    assert(capacity > 0);
    memset(queue, 0, sizeof *queue);
    queue->capacity = capacity;
    queue->batch = 1;
    queue->opened_ns = queue->empty_since_ns = ml_now_ns();
    queue->items = calloc(capacity, sizeof *queue->items);
    if (!queue->items)
        return ml_fail_os(err, ENOMEM, "queue memory", NULL);
    ml_mutex_open(&queue->lock);
    ml_cond_open(&queue->not_empty);
    ml_cond_open(&queue->not_full);
    return ML_OK;
}

void ml_queue_destroy(struct ml_queue *queue)
{
    if (!queue->items)
        return;
    ml_cond_close(&queue->not_full);
    ml_cond_close(&queue->not_empty);
    ml_mutex_close(&queue->lock);
    free(queue->items);
    queue->items = NULL;
}

void ml_queue_set_waker(struct ml_queue *queue, struct ml_waker *waker,
                        unsigned kind)
{
    queue->waker = waker;
    queue->wake_kind = kind;
}

void ml_queue_set_batch(struct ml_queue *queue, uint32_t items)
{
    assert(items >= 1 && items <= queue->capacity);
    queue->batch = items;
}

static void queue_wake(const struct ml_queue *queue, unsigned kind)
{
    if (queue->waker)
        ml_waker_wake(queue->waker, kind);
}

/* `fresh` items were pushed: wake the consumers that wait for them.  The lock
 * is held. */
static void queue_wake_consumers(struct ml_queue *queue, uint32_t fresh)
{
    if (queue->waiting == 0 || queue->count < queue->batch)
        return;
    if (fresh == 1 && queue->batch == 1)
        ml_cond_signal(&queue->not_empty);
    else
        ml_cond_broadcast(&queue->not_empty);
}

/* Add the time of being empty up to now: before a push, and when the counts are
 * read.  The lock is held. */
static void queue_count_empty(struct ml_queue *queue)
{
    if (queue->count > 0)
        return;
    const uint64_t now = ml_now_ns();
    queue->counts.empty_ns += now - queue->empty_since_ns;
    queue->empty_since_ns = now;
}

/* Bring the times up to now; they end with the close.  The lock is held. */
static void queue_count_time(struct ml_queue *queue)
{
    if (queue->closed)
        return;
    queue_count_empty(queue);
    queue->counts.open_ns = ml_now_ns() - queue->opened_ns;
}

static bool queue_push(struct ml_queue *queue, uint32_t item, bool deferred)
{
    ml_mutex_lock(&queue->lock);
    if (queue->count == queue->capacity && !queue->closed) {
        const uint64_t start = ml_now_ns();
        while (queue->count == queue->capacity && !queue->closed)
            ml_cond_wait(&queue->not_full, &queue->lock);
        queue->counts.push_wait_ns += ml_now_ns() - start;
    }
    const bool taken = !queue->closed;
    if (taken) {
        queue_count_empty(queue);
        queue->counts.fill_sum += queue->count;
        queue->items[(queue->head + queue->count) % queue->capacity] = item;
        queue->count++;
        queue->counts.pushed++;
        if (queue->count > queue->counts.fill_peak)
            queue->counts.fill_peak = queue->count;
        queue->deferred += deferred;
        if (!deferred)
            queue_wake_consumers(queue, 1);
    }
    ml_mutex_unlock(&queue->lock);
    if (taken && !deferred)
        queue_wake(queue, queue->wake_kind);
    return taken;
}

bool ml_queue_push(struct ml_queue *queue, uint32_t item)
{
    return queue_push(queue, item, false);
}

bool ml_queue_push_deferred(struct ml_queue *queue, uint32_t item)
{
    return queue_push(queue, item, true);
}

void ml_queue_flush(struct ml_queue *queue)
{
    ml_mutex_lock(&queue->lock);
    const uint32_t deferred = queue->deferred;
    queue->deferred = 0;
    if (deferred > 0)
        queue_wake_consumers(queue, deferred);
    ml_mutex_unlock(&queue->lock);
    if (deferred > 0)
        queue_wake(queue, queue->wake_kind);
}

void ml_queue_push_front(struct ml_queue *queue, uint32_t item)
{
    ml_mutex_lock(&queue->lock);
    assert(queue->count < queue->capacity);
    if (!queue->closed)
        queue_count_empty(queue);
    queue->head = (queue->head + queue->capacity - 1) % queue->capacity;
    queue->items[queue->head] = item;
    queue->count++;
    queue_wake_consumers(queue, 1);
    ml_mutex_unlock(&queue->lock);
    queue_wake(queue, queue->wake_kind);
}

/* The queue is not empty.  The lock is held. */
static uint32_t queue_take(struct ml_queue *queue)
{
    const uint32_t item = queue->items[queue->head];
    queue->head = (queue->head + 1) % queue->capacity;
    queue->count--;
    if (queue->count == 0)
        queue->empty_since_ns = ml_now_ns();
    queue->counts.popped++;
    ml_cond_signal(&queue->not_full);
    return item;
}

/* Sleep until the queue holds a batch, or is closed.  The lock is held. */
static void queue_wait(struct ml_queue *queue)
{
    const uint64_t start = ml_now_ns();
    queue->waiting++;
    while (queue->count < queue->batch && !queue->closed)
        ml_cond_wait(&queue->not_empty, &queue->lock);
    queue->waiting--;
    queue->counts.pop_wait_ns += ml_now_ns() - start;
}

bool ml_queue_pop(struct ml_queue *queue, uint32_t *item_out)
{
    ml_mutex_lock(&queue->lock);
    if (queue->count == 0 && !queue->closed)
        queue_wait(queue);
    const bool taken = queue->count > 0;
    if (taken)
        *item_out = queue_take(queue);
    ml_mutex_unlock(&queue->lock);
    return taken;
}

bool ml_queue_try_pop(struct ml_queue *queue, uint32_t *item_out)
{
    ml_mutex_lock(&queue->lock);
    const bool taken = queue->count > 0;
    if (taken)
        *item_out = queue_take(queue);
    ml_mutex_unlock(&queue->lock);
    return taken;
}

bool ml_queue_try_peek(struct ml_queue *queue, uint32_t *item_out)
{
    ml_mutex_lock(&queue->lock);
    const bool there = queue->count > 0;
    if (there)
        *item_out = queue->items[queue->head];
    ml_mutex_unlock(&queue->lock);
    return there;
}

void ml_queue_close(struct ml_queue *queue)
{
    ml_mutex_lock(&queue->lock);
    queue_count_time(queue);
    queue->closed = true;
    ml_cond_broadcast(&queue->not_empty);
    ml_cond_broadcast(&queue->not_full);
    ml_mutex_unlock(&queue->lock);
    queue_wake(queue, ML_WAKE_ALWAYS);
}

uint32_t ml_queue_count(struct ml_queue *queue)
{
    ml_mutex_lock(&queue->lock);
    const uint32_t count = queue->count;
    ml_mutex_unlock(&queue->lock);
    return count;
}

bool ml_queue_drained(struct ml_queue *queue)
{
    ml_mutex_lock(&queue->lock);
    const bool ended = queue->closed && queue->count == 0;
    ml_mutex_unlock(&queue->lock);
    return ended;
}

struct ml_queue_counts ml_queue_counts(struct ml_queue *queue)
{
    ml_mutex_lock(&queue->lock);
    queue_count_time(queue);
    const struct ml_queue_counts counts = queue->counts;
    ml_mutex_unlock(&queue->lock);
    return counts;
}
