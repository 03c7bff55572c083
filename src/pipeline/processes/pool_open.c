/* pool_open.c: opens and closes the pool: its memory and its dispatcher thread;
 * see dispatcher.c for what the dispatcher does. */
#include "pipeline/processes/pool_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/processes/policy.h"
#include "pipeline/processes/pool.h"

static enum ml_status pool_open_workers(struct ml_run *run,
                                        struct ml_pool *pool,
                                        struct ml_error *err)
{
    pool->workers = calloc(pool->worker_count, sizeof *pool->workers);
    pool->polls = calloc(1 + 2 * pool->worker_count, sizeof *pool->polls);
    if (!pool->workers || !pool->polls)
        return ml_fail_os(err, ENOMEM, "cannot allocate the table of workers",
                          NULL);
    size_t next = 0;
    for (size_t i = 0; i < pool->stage_count; i++) {
        const size_t stage = pool->stages[i].index;
        for (unsigned k = 0; k < run->settings.plan.stages[stage].width; k++) {
            struct ml_pool_worker *worker = &pool->workers[next++];
            worker->stage = stage;
            worker->state = POOL_NOT_STARTED;
            const enum ml_status status =
                ml_queue_open(&worker->returned, ML_RESULT_BUFFERS, err);
            if (status != ML_OK)
                return status;
            ml_queue_set_waker(&worker->returned, &run->waker, ML_WAKE_BUFFER);
        }
    }
    return ML_OK;
}

static uint32_t pool_chunk_of(const struct ml_run *run, unsigned width)
{
    const struct ml_pool_settings *settings = &run->settings.pool;
    return settings->chunk > 0
               ? settings->chunk
               : ml_pool_chunk(settings->policy, run->settings.inputs, width);
}

enum ml_status ml_pool_open(struct ml_run *run, struct ml_error *err)
{
    struct ml_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return ml_fail_os(err, ENOMEM, "cannot allocate the worker pool", NULL);
    run->pool = pool;
    pool->run = run;
    pool->track =
        ml_trace_track(run->settings.trace, "dispatcher", getpid(), 0);
    for (size_t i = 0; i < run->settings.plan.count; i++) {
        const struct ml_plan_stage *stage = &run->settings.plan.stages[i];
        if (stage->executor != ML_PROCESSES)
            continue;
        struct ml_pool_stage *pool_stage = &pool->stages[pool->stage_count++];
        *pool_stage =
            (struct ml_pool_stage){.index = i, .picture_ns = ML_NS_PER_S};
        pool_stage->template.settings_fd = pool_stage->template.inputs_fd = -1;
        pool_stage->chunk = pool_chunk_of(run, stage->width);
        pool->worker_count += stage->width;
        const enum ml_status status =
            ml_pool_template_open(run, i, &pool_stage->template, err);
        if (status != ML_OK)
            return status;
    }
    return pool_open_workers(run, pool, err);
}

enum ml_status ml_pool_start(struct ml_run *run, struct ml_error *err)
{
    struct ml_pool *pool = run->pool;
    const int rc = pthread_create(&pool->thread, NULL, ml_pool_main, pool);
    if (rc != 0)
        return ml_fail_os(err, rc, "cannot start the dispatcher",
                          ML_MORE_PROCESSES);
    pool->started = true;
    return ML_OK;
}

void ml_pool_join(struct ml_run *run)
{
    if (run->pool->started)
        (void)pthread_join(run->pool->thread, NULL);
    run->pool->started = false;
}

void ml_pool_close(struct ml_run *run)
{
    struct ml_pool *pool = run->pool;
    if (!pool)
        return;
    for (size_t i = 0; pool->workers && i < pool->worker_count; i++)
        ml_queue_destroy(&pool->workers[i].returned);
    for (size_t i = 0; i < pool->stage_count; i++) {
        if (pool->stages[i].template.settings_fd >= 0)
            (void)close(pool->stages[i].template.settings_fd);
        if (pool->stages[i].template.inputs_fd >= 0)
            (void)close(pool->stages[i].template.inputs_fd);
    }
    free(pool->polls);
    free(pool->workers);
    free(pool);
    run->pool = NULL;
}

uint32_t ml_pool_first_chunk(const struct ml_run *run)
{
    return run->pool->stages[0].chunk;
}
