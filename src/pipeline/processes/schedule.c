/* schedule.c: chooses the worker for each job; see dispatcher.c. */
#include "pipeline/processes/pool_internal.h"

#include <assert.h>
#include <string.h>

/* How long the outstanding commands of a worker should last: long enough that
 * it does not wait for the dispatcher, but no longer, since at the end of a run
 * other workers may be idle. */
#define POOL_AHEAD_NS (2 * ML_NS_PER_MS)

/* ---- starting a worker ---- */

void ml_pool_start_worker(struct ml_pool *pool, struct ml_pool_worker *worker)
{
    struct ml_error err;
    worker->sent = worker->replied = worker->request_seq = 0;
    worker->tasks = worker->chunk_given = 0;
    worker->request_pending = worker->stop_requested = worker->exclusive_job =
        false;
    worker->protocol_error = NULL;
    worker->buffers_in_use = 0;
    for (size_t i = 0; i < ML_RESULT_BUFFERS; i++)
        worker->buffer_is_free[i] = true;
    worker->spawned_ns = ml_now_ns();
    if (ml_process_open(&worker->process,
                        &ml_pool_stage_of(pool, worker->stage)->template,
                        &err) != ML_OK) {
        worker->state = POOL_CLOSED;
        ml_pool_abort(pool, &err);
        return;
    }
    worker->state = POOL_RUNNING;
    ml_pool_attach_trace(pool, worker);
}

/* ---- which workers can take a command ---- */

static uint32_t pool_depth(const struct ml_pool_stage *stage)
{
    const uint32_t max_depth =
        stage->template.result_buffer_count < ML_RESULT_BUFFERS
            ? ML_CHANNEL_LONG
            : ML_CHANNEL_DEPTH;
    const uint64_t ahead = stage->chunk > 0
                               ? stage->chunk
                               : POOL_AHEAD_NS / (stage->picture_ns + 1);
    uint32_t depth = ahead < max_depth ? (uint32_t)ahead : max_depth;
    if (depth < ML_CHANNEL_LONG)
        depth = ML_CHANNEL_LONG;
    return depth < stage->template.transport->depth
               ? depth
               : stage->template.transport->depth;
}

/* The current chunk is not complete. */
static bool pool_in_chunk(const struct ml_pool_stage *stage,
                          const struct ml_pool_worker *worker)
{
    return worker->chunk_given > 0 && worker->chunk_given < stage->chunk;
}

/* May the worker get the next command of its chunk, or start another chunk? */
static bool pool_chunk_allows(struct ml_pool *pool,
                              const struct ml_pool_worker *worker)
{
    const struct ml_pool_stage *stage = ml_pool_stage_of(pool, worker->stage);
    const uint32_t limit = pool->run->settings.pool.tasks_per_child;
    if (pool_in_chunk(stage, worker))
        return true;
    if (stage->chunk > 0 && ml_pool_outstanding(worker) > 0)
        return false;
    return limit == 0 || worker->tasks < limit;
}

static void pool_count_task(const struct ml_pool_stage *stage,
                            struct ml_pool_worker *worker)
{
    if (!pool_in_chunk(stage, worker)) {
        worker->chunk_given = 0;
        worker->tasks++;
    }
    worker->chunk_given++;
}

bool ml_pool_worker_reached_task_limit(struct ml_pool *pool,
                                       const struct ml_pool_worker *worker)
{
    const uint32_t limit = pool->run->settings.pool.tasks_per_child;
    return limit > 0 && worker->tasks == limit &&
           !pool_in_chunk(ml_pool_stage_of(pool, worker->stage), worker) &&
           ml_pool_outstanding(worker) == 0 && ml_pool_buffers_all_free(worker);
}

/* Limit the result buffers in use: two for a worker whose pictures take long,
 * one for the next job and one for the writer; else twice the commands. */
static bool pool_can_accept(struct ml_pool *pool,
                            const struct ml_pool_worker *worker)
{
    const uint32_t depth = pool_depth(ml_pool_stage_of(pool, worker->stage));
    const uint32_t buffers =
        depth > ML_CHANNEL_LONG ? 2 * depth : ML_CHANNEL_LONG;
    if (worker->exclusive_job && ml_pool_outstanding(worker) > 0)
        return false;
    return ml_pool_outstanding(worker) < depth &&
           worker->buffers_in_use < buffers && pool_chunk_allows(pool, worker);
}

/* Limit the outstanding commands of the worker that gets this job: large
 * pictures do not wait at one worker while another may soon be idle. */
static uint32_t pool_depth_for(const struct ml_job *job)
{
    return job->buffer.used > ML_SLOT_SMALL ? ML_CHANNEL_LONG
                                            : ML_CHANNEL_DEPTH;
}

/* The rank of a worker for the next job, lowest first: complete a chunk before
 * another is started; then prefer the fewest outstanding commands. */
static uint32_t pool_rank(struct ml_pool *pool,
                          const struct ml_pool_worker *worker)
{
    return pool_in_chunk(ml_pool_stage_of(pool, worker->stage), worker)
               ? 0
               : 1 + ml_pool_outstanding(worker);
}

/* Choose the worker of a stage for the next job, or NULL: the running one with
 * the lowest rank; if no running one is idle, start another.  A job with
 * needs_new_worker gets a worker that has done nothing yet. */
static struct ml_pool_worker *pool_choose(struct ml_pool *pool, size_t stage,
                                          const struct ml_job *job)
{
    const bool needs_new = job->needs_new_worker;
    const uint32_t depth = pool_depth_for(job);
    struct ml_pool_worker *best = NULL, *not_started = NULL;
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct ml_pool_worker *worker = &pool->workers[i];
        if (worker->stage != stage)
            continue;
        if (worker->state == POOL_NOT_STARTED && !not_started)
            not_started = worker;
        if (worker->state == POOL_RUNNING && pool_can_accept(pool, worker) &&
            ml_pool_outstanding(worker) < depth &&
            (!needs_new || worker->sent == 0) &&
            (!best || pool_rank(pool, worker) < pool_rank(pool, best)))
            best = worker;
    }
    if (not_started && (!best || pool_rank(pool, best) > 1)) {
        ml_pool_start_worker(pool, not_started);
        if (not_started->state == POOL_RUNNING)
            best = not_started;
    }
    return best;
}

/* ---- assigning jobs ---- */

/* A job needs a new worker and there is none: replace an idle one, unless one
 * is being replaced already. */
static void pool_replace_idle(struct ml_pool *pool, size_t stage)
{
    struct ml_pool_worker *idle = NULL;
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct ml_pool_worker *worker = &pool->workers[i];
        if (worker->stage != stage)
            continue;
        if (worker->state == POOL_STOPPING || worker->state == POOL_EXITED)
            return;
        if (worker->state == POOL_RUNNING && ml_pool_buffers_all_free(worker) &&
            ml_pool_outstanding(worker) == 0)
            idle = worker;
    }
    if (idle)
        ml_pool_send_exit(idle);
}

/* If the input is in a result buffer of another process stage, copy it to an
 * input slot of this stage, unless the transport sends the bytes anyway.  False
 * if no slot is free. */
static bool pool_copy_to_slot(struct ml_pool *pool, size_t stage,
                              struct ml_job *job)
{
    struct ml_run *run = pool->run;
    struct ml_link *link = &run->links[stage - 1];
    uint32_t slot;
    if (job->buffer.slots == &link->slots ||
        !ml_pool_stage_of(pool, stage)->template.transport->maps_slots)
        return true;
    if (!ml_queue_try_pop(&link->free, &slot))
        return false;
    const struct ml_buffer_ref buffer = {.slots = &link->slots,
                                         .index = slot,
                                         .used = job->buffer.used,
                                         .free_list = &link->free};
    if (ml_slot_reserve(&link->slots, slot, buffer.used, &job->error) !=
        ML_OK) {
        job->error.step = ML_STEP_FILTER;
        ml_buffer_release(&job->buffer);
        const bool pushed = ml_queue_push(&link->free, slot);
        assert(pushed);
        (void)pushed;
        return true;
    }
    ml_trace_begin(pool->track, ML_TRACE_COPY, (uint32_t)job->number);
    memcpy(ml_slot(&link->slots, slot),
           ml_slot(job->buffer.slots, job->buffer.index), buffer.used);
    ml_trace_end(pool->track);
    ml_buffer_release(&job->buffer);
    job->buffer = buffer;
    ml_mutex_lock(&run->lock);
    run->bytes_copied += buffer.used;
    ml_mutex_unlock(&run->lock);
    return true;
}

/* The pool is broken.  With the policy executor the pending jobs fail with its
 * error; otherwise they are reported as not done. */
static void pool_fail_job(const struct ml_pool *pool, size_t stage,
                          struct ml_job *job)
{
    if (pool->run->settings.pool.policy == ML_POOL_EXECUTOR)
        job->error = pool->error;
    else
        ml_fail(&job->error, ML_ERR_CANCELLED, "not done", NULL,
                "the worker pool is broken");
    job->error.step = pool->run->settings.plan.stages[stage].first;
}

static void pool_send(struct ml_pool *pool, struct ml_pool_worker *worker,
                      uint32_t index)
{
    struct ml_job *job = &pool->run->jobs[index];
    worker->exclusive_job = job->needs_new_worker;
    job->needs_new_worker = false;
    pool_count_task(ml_pool_stage_of(pool, worker->stage), worker);
    ml_pool_send(pool, worker, index);
}

/* A job whose worker died goes to a new worker, since earlier pictures may have
 * left the old one in a bad state; and it is the only job there, so that a
 * second death is due to it. */
void ml_pool_assign(struct ml_pool *pool, size_t stage)
{
    struct ml_run *run = pool->run;
    struct ml_link *link = &run->links[stage - 1];
    uint32_t index;
    while (ml_queue_try_peek(&link->ready, &index)) {
        struct ml_job *job = &run->jobs[index];
        struct ml_pool_worker *worker = NULL;
        if (pool->broken && job->error.status == ML_OK)
            pool_fail_job(pool, stage, job);
        if (!ml_pipeline_should_skip(run, stage, job)) {
            worker = pool_choose(pool, stage, job);
            if (pool->broken)
                continue;
            if (!worker && job->needs_new_worker)
                pool_replace_idle(pool, stage);
            if (!worker || !pool_copy_to_slot(pool, stage, job))
                return;
        }
        const bool taken = ml_queue_try_pop(&link->ready, &index);
        assert(taken);
        (void)taken;
        ml_pipeline_trace_depth(run, stage - 1, pool->track);
        if (job->error.status != ML_OK)
            ml_pipeline_forward(run, stage, job, pool->track);
        else
            pool_send(pool, worker, index);
    }
}
