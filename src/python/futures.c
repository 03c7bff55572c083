/* futures.c: see futures.h. */
#include "python/futures.h"

#include <stddef.h>

_Static_assert(offsetof(struct ml_as_completed_waiter, waiter) == 0,
               "a pointer to the future's waiter is one to it");

/* ---- the state of a future ---- */

bool ml_future_is_cancelled(struct ml_future *future)
{
    ml_mutex_lock(&future->lock);
    const bool cancelled = future->state == ML_FUTURE_CANCELLED ||
                           future->state == ML_FUTURE_CANCELLED_AND_NOTIFIED;
    ml_mutex_unlock(&future->lock);
    return cancelled;
}

bool ml_future_is_running(struct ml_future *future)
{
    ml_mutex_lock(&future->lock);
    const bool running = future->state == ML_FUTURE_RUNNING;
    ml_mutex_unlock(&future->lock);
    return running;
}

bool ml_future_is_done(struct ml_future *future)
{
    ml_mutex_lock(&future->lock);
    const bool done = future->state != ML_FUTURE_PENDING &&
                      future->state != ML_FUTURE_RUNNING;
    ml_mutex_unlock(&future->lock);
    return done;
}

/* ---- as_completed ---- */

/* A future is done; its lock is held. */
static void completion_add(struct ml_future_waiter *waiter)
{
    /* its first member */
    struct ml_as_completed_waiter *entry =
        (struct ml_as_completed_waiter *)waiter;
    struct ml_as_completed *completion = entry->completion;
    ml_mutex_lock(&completion->lock);
    entry->next_done = NULL;
    if (completion->last)
        completion->last->next_done = entry;
    else
        completion->first = entry;
    completion->last = entry;
    ml_cond_signal(&completion->arrived);
    ml_mutex_unlock(&completion->lock);
}

void ml_as_completed_open(struct ml_as_completed *completion,
                          struct ml_as_completed_waiter *waiters,
                          struct ml_future *futures, size_t count,
                          int64_t timeout_ns)
{
    *completion = (struct ml_as_completed){
        .waiters = waiters,
        .count = count,
        .deadline_ns = ml_deadline(timeout_ns),
        .left = count,
    };
    ml_mutex_open(&completion->lock);
    ml_cond_open(&completion->arrived);
    for (size_t i = 0; i < count; i++) {
        struct ml_future *future = &futures[i];
        waiters[i] =
            (struct ml_as_completed_waiter){.waiter.notify = completion_add,
                                            .future = future,
                                            .completion = completion};
        ml_mutex_lock(&future->lock);
        if (future->state == ML_FUTURE_FINISHED ||
            future->state == ML_FUTURE_CANCELLED_AND_NOTIFIED) {
            completion_add(&waiters[i].waiter);
        } else {
            waiters[i].waiter.next = future->waiters;
            future->waiters = &waiters[i].waiter;
        }
        ml_mutex_unlock(&future->lock);
    }
}

void ml_as_completed_close(struct ml_as_completed *completion)
{
    for (size_t i = 0; i < completion->count; i++) {
        struct ml_as_completed_waiter *entry = &completion->waiters[i];
        if (!entry->future)
            continue; /* returned: the future may be closed */
        ml_mutex_lock(&entry->future->lock);
        struct ml_future_waiter **at = &entry->future->waiters;
        while (*at && *at != &entry->waiter)
            at = &(*at)->next;
        if (*at)
            *at = entry->waiter.next;
        ml_mutex_unlock(&entry->future->lock);
    }
    ml_cond_close(&completion->arrived);
    ml_mutex_close(&completion->lock);
}

enum ml_sync_status ml_as_completed_next(struct ml_as_completed *completion,
                                         struct ml_future **future_out)
{
    enum ml_sync_status status = ML_SYNC_OK;
    ml_mutex_lock(&completion->lock);
    while (completion->left > 0 && !completion->first &&
           ml_cond_wait_until(&completion->arrived, &completion->lock,
                              completion->deadline_ns))
        continue;
    if (completion->left == 0) {
        status = ML_SYNC_ENDED;
    } else if (!completion->first) {
        status = ML_SYNC_TIMEOUT;
    } else {
        struct ml_as_completed_waiter *entry = completion->first;
        completion->first = entry->next_done;
        if (!completion->first)
            completion->last = NULL;
        completion->left--;
        *future_out = entry->future;
        entry->future = NULL;
    }
    ml_mutex_unlock(&completion->lock);
    return status;
}

/* ---- the threads of an executor ---- */

uint32_t ml_executor_threads(struct ml_executor *executor)
{
    ml_mutex_lock(&executor->lock);
    const uint32_t count = executor->thread_count;
    ml_mutex_unlock(&executor->lock);
    return count;
}

uint32_t ml_executor_idle(struct ml_executor *executor)
{
    ml_mutex_lock(&executor->lock);
    const uint64_t claims = executor->claims;
    const uint32_t alive = executor->alive;
    ml_mutex_unlock(&executor->lock);
    return claims < alive ? alive - (uint32_t)claims : 0;
}

/* ---- map ---- */

enum ml_sync_status ml_executor_map(struct ml_executor *executor,
                                    struct ml_map *map,
                                    struct ml_future *futures, size_t count,
                                    int64_t timeout_ns)
{
    *map = (struct ml_map){.futures = futures,
                           .count = count,
                           .deadline_ns = ml_deadline(timeout_ns)};
    for (size_t i = 0; i < count; i++) {
        const enum ml_sync_status status =
            ml_executor_submit(executor, &futures[i]);
        if (status != ML_SYNC_OK)
            return status;
    }
    return ML_SYNC_OK;
}

static int64_t map_left_ns(const struct ml_map *map)
{
    if (map->deadline_ns == ML_NEVER)
        return ML_FOREVER;
    const uint64_t now = ml_now_ns();
    return now < map->deadline_ns ? (int64_t)(map->deadline_ns - now) : 0;
}

enum ml_sync_status ml_map_next(struct ml_map *map, size_t *index_out,
                                int *raised_out)
{
    if (map->next == map->count)
        return ML_SYNC_ENDED;
    const enum ml_sync_status status = ml_future_result(
        &map->futures[map->next], map_left_ns(map), raised_out);
    if (status == ML_SYNC_OK) {
        *index_out = map->next++;
        return status;
    }
    for (size_t i = map->next; i < map->count; i++)
        (void)ml_future_cancel(&map->futures[i]);
    map->next = map->count;
    return status;
}
