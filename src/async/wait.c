/* wait.c: see wait.h. */
#include "async/wait.h"

/* ---- lines of tasks ---- */

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

/* Nothing happens when it has left already. */
static void waiters_remove(struct ml_async_waiters *waiters,
                           struct ml_async_task *task)
{
    struct ml_async_task *before = NULL, *at = waiters->first;
    while (at && at != task) {
        before = at;
        at = at->wait.next;
    }
    if (!at)
        return;
    if (before)
        before->wait.next = task->wait.next;
    else
        waiters->first = task->wait.next;
    if (waiters->last == task)
        waiters->last = before;
}

/* The first that nobody has served and that was not cancelled is served, and
 * stays in line until it is called; false: there is none. */
static bool waiters_serve(const struct ml_async_waiters *waiters)
{
    for (struct ml_async_task *task = waiters->first; task;
         task = task->wait.next) {
        if (task->wait.future.done)
            continue;
        ml_async_set_result(&task->wait.future, ML_SYNC_OK, NULL);
        return true;
    }
    return false;
}

/* Stand in line at `at` until served. */
static enum ml_async_poll_ waiters_wait(struct ml_async_waiters *waiters,
                                        struct ml_async_task *task, void *at,
                                        void (*tidy)(struct ml_async_task *),
                                        ml_async_step *next)
{
    ml_async_future_open(&task->wait.future, task->future.loop);
    task->wait.at = at;
    waiters_push(waiters, task);
    return ml_async_await_own(task, tidy, next);
}

/* No need to wait. */
static enum ml_async_poll_ waiters_pass(struct ml_async_task *task,
                                        ml_async_step *next)
{
    task->step = next;
    task->status = ML_SYNC_OK;
    return ML_ASYNC_READY;
}

/* ---- Event ---- */

static void event_tidy(struct ml_async_task *task)
{
    struct ml_async_event *event = task->wait.at;
    waiters_remove(&event->waiters, task);
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

enum ml_async_poll_ ml_async_event_wait(struct ml_async_event *event,
                                        struct ml_async_task *task,
                                        ml_async_step *next)
{
    return event->is_set
               ? waiters_pass(task, next)
               : waiters_wait(&event->waiters, task, event, event_tidy, next);
}

/* ---- Semaphore ---- */

bool ml_async_semaphore_locked(const struct ml_async_semaphore *semaphore)
{
    if (semaphore->value == 0)
        return true;
    for (const struct ml_async_task *task = semaphore->waiters.first; task;
         task = task->wait.next) {
        if (task->wait.future.status != ML_SYNC_CANCELLED)
            return true;
    }
    return false;
}

static void semaphore_serve(struct ml_async_semaphore *semaphore)
{
    if (semaphore->value > 0 && waiters_serve(&semaphore->waiters))
        semaphore->value--;
}

/* It leaves the line; a permit that came with a cancelling goes back. */
static void semaphore_tidy(struct ml_async_task *task)
{
    struct ml_async_semaphore *semaphore = task->wait.at;
    waiters_remove(&semaphore->waiters, task);
    if (task->wait.future.status == ML_SYNC_OK &&
        task->status == ML_SYNC_CANCELLED)
        semaphore->value++;
    semaphore_serve(semaphore);
}

enum ml_async_poll_
ml_async_semaphore_acquire(struct ml_async_semaphore *semaphore,
                           struct ml_async_task *task, ml_async_step *next)
{
    if (ml_async_semaphore_locked(semaphore))
        return waiters_wait(&semaphore->waiters, task, semaphore,
                            semaphore_tidy, next);
    semaphore->value--;
    return waiters_pass(task, next);
}

void ml_async_semaphore_release(struct ml_async_semaphore *semaphore)
{
    semaphore->value++;
    semaphore_serve(semaphore);
}

/* ---- Queue ---- */

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
    (void)waiters_serve(&queue->getters);
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
    (void)waiters_serve(&queue->putters);
    return ML_SYNC_OK;
}

/* Who was served and then cancelled serves the next instead. */
static void queue_tidy_putter(struct ml_async_task *task)
{
    struct ml_async_queue *queue = task->wait.at;
    waiters_remove(&queue->putters, task);
    if (task->status == ML_SYNC_CANCELLED &&
        task->wait.future.status == ML_SYNC_OK && !queue_is_full(queue))
        (void)waiters_serve(&queue->putters);
}

static void queue_tidy_getter(struct ml_async_task *task)
{
    struct ml_async_queue *queue = task->wait.at;
    waiters_remove(&queue->getters, task);
    if (task->status == ML_SYNC_CANCELLED &&
        task->wait.future.status == ML_SYNC_OK && queue->first)
        (void)waiters_serve(&queue->getters);
}

/* Woken to try again, or cancelled. */
static enum ml_async_poll_ queue_put_again(struct ml_async_task *task)
{
    struct ml_async_queue *queue = task->wait.at;
    if (task->status == ML_SYNC_CANCELLED ||
        ml_async_queue_put_nowait(queue, task->wait.item) == ML_SYNC_OK) {
        task->step = task->wait.then;
        return ML_ASYNC_READY;
    }
    return waiters_wait(&queue->putters, task, queue, queue_tidy_putter,
                        queue_put_again);
}

enum ml_async_poll_ ml_async_queue_put(struct ml_async_queue *queue,
                                       struct ml_async_task *task,
                                       struct ml_async_item *item,
                                       ml_async_step *next)
{
    task->wait.at = queue;
    task->wait.item = item;
    task->wait.then = next;
    task->status = ML_SYNC_OK;
    return queue_put_again(task);
}

static enum ml_async_poll_ queue_get_again(struct ml_async_task *task)
{
    struct ml_async_queue *queue = task->wait.at;
    struct ml_async_item *item = NULL;
    if (task->status == ML_SYNC_CANCELLED ||
        ml_async_queue_get_nowait(queue, &item) == ML_SYNC_OK) {
        task->wait.item = item;
        task->step = task->wait.then;
        return ML_ASYNC_READY;
    }
    return waiters_wait(&queue->getters, task, queue, queue_tidy_getter,
                        queue_get_again);
}

enum ml_async_poll_ ml_async_queue_get(struct ml_async_queue *queue,
                                       struct ml_async_task *task,
                                       ml_async_step *next)
{
    task->wait.at = queue;
    task->wait.then = next;
    task->status = ML_SYNC_OK;
    return queue_get_again(task);
}
