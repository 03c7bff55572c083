/* thread_pool.c: see thread_pool.h. */
#include "async/thread_pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum ml_status ml_executor_open(struct ml_executor *executor, uint32_t threads,
                                int (*initializer)(void *), void *context,
                                struct ml_error *err)
{
    assert(threads > 0);
    memset(executor, 0, sizeof *executor);
    executor->threads = calloc(threads, sizeof *executor->threads);
    if (!executor->threads)
        return ml_fail_os(err, ENOMEM, "cannot allocate the executor", NULL);
    executor->initializer = initializer;
    executor->context = context;
    executor->limit = threads;
    ml_mutex_open(&executor->lock);
    ml_cond_open(&executor->work);
    ml_cond_open(&executor->ended);
    return ML_OK;
}

/* ---- the queue; the lock is held ---- */

static void executor_append(struct ml_executor *executor,
                            struct ml_future *future)
{
    future->next = NULL;
    if (executor->last)
        executor->last->next = future;
    else
        executor->first = future;
    executor->last = future;
    executor->claims++;
}

static struct ml_future *executor_take_first(struct ml_executor *executor)
{
    struct ml_future *future = executor->first;
    if (!future)
        return NULL;
    executor->first = future->next;
    if (!executor->first)
        executor->last = NULL;
    return future;
}

static void executor_drain(struct ml_executor *executor,
                           void (*end)(struct ml_future *))
{
    for (struct ml_future *future;
         (future = executor_take_first(executor)) != NULL;) {
        executor->claims--;
        end(future);
    }
}

/* ---- the threads ---- */

static bool executor_begin(struct ml_executor *executor)
{
    if (!executor->initializer || executor->initializer(executor->context) == 0)
        return true;
    ml_mutex_lock(&executor->lock);
    executor->broken = true;
    executor_drain(executor, ml_future_set_broken);
    ml_mutex_unlock(&executor->lock);
    return false;
}

/* The next call, or NULL after the shutdown; the lock is held. */
static struct ml_future *executor_await(struct ml_executor *executor)
{
    while (!executor->first && !executor->shut_down)
        ml_cond_wait(&executor->work, &executor->lock);
    return executor_take_first(executor);
}

static void *executor_main(void *context)
{
    struct ml_executor *executor = context;
    const bool ready = executor_begin(executor);
    ml_mutex_lock(&executor->lock);
    for (struct ml_future *future;
         ready && (future = executor_await(executor)) != NULL;) {
        ml_mutex_unlock(&executor->lock);
        ml_future_run(future);
        ml_mutex_lock(&executor->lock);
        executor->claims--;
    }
    executor->alive--;
    ml_cond_broadcast(&executor->ended);
    ml_mutex_unlock(&executor->lock);
    return NULL;
}

/* Start one more thread if all are busy; the lock is held.  False if the pool
 * has none. */
static bool executor_add_thread(struct ml_executor *executor)
{
    if (executor->claims > executor->thread_count &&
        executor->thread_count < executor->limit &&
        pthread_create(&executor->threads[executor->thread_count], NULL,
                       executor_main, executor) == 0) {
        executor->thread_count++;
        executor->alive++;
    }
    return executor->thread_count > 0;
}

/* ---- for callers ---- */

/* Remove the last future; the lock is held. */
static void executor_take_back(struct ml_executor *executor)
{
    assert(executor->first ==
           executor->last); /* without threads the queue was empty */
    executor->first = executor->last = NULL;
    executor->claims--;
}

enum ml_sync_status ml_executor_submit(struct ml_executor *executor,
                                       struct ml_future *future)
{
    enum ml_sync_status status = ML_SYNC_OK;
    ml_mutex_lock(&executor->lock);
    if (executor->broken) {
        status = ML_SYNC_BROKEN;
    } else if (executor->shut_down) {
        status = ML_SYNC_SHUT_DOWN;
    } else {
        executor_append(executor, future);
        if (executor_add_thread(executor)) {
            ml_cond_signal(&executor->work);
        } else {
            executor_take_back(executor);
            status = ML_SYNC_NO_THREAD;
        }
    }
    ml_mutex_unlock(&executor->lock);
    return status;
}

void ml_executor_shut_down(struct ml_executor *executor, bool wait,
                           bool cancel_futures)
{
    ml_mutex_lock(&executor->lock);
    executor->shut_down = true;
    if (cancel_futures)
        executor_drain(executor, ml_future_cancel_and_notify);
    ml_cond_broadcast(&executor->work);
    while (wait && executor->alive > 0)
        ml_cond_wait(&executor->ended, &executor->lock);
    ml_mutex_unlock(&executor->lock);
}

void ml_executor_close(struct ml_executor *executor)
{
    ml_executor_shut_down(executor, true, false);
    for (uint32_t i = 0; i < executor->thread_count; i++)
        (void)pthread_join(executor->threads[i], NULL);
    ml_cond_close(&executor->ended);
    ml_cond_close(&executor->work);
    ml_mutex_close(&executor->lock);
    free(executor->threads);
}
