/* schedule.c: whom to give which job: see dispatcher.c. */
#include "pipeline/processes/pool_internal.h"

#include <assert.h>
#include <string.h>

/* Commands that lie with a worker are to last about so long: long enough that
 * it need not wait for the dispatcher, and no longer, for at the end of a run
 * others may have nothing to do. */
#define POOL_AHEAD_NS (2 * ML_NS_PER_MS)

/* ---- starting ---- */

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

/* ---- who may be given one more ---- */

static uint32_t pool_depth(const struct ml_pool_stage *stage)
{
    const uint32_t most =
        stage->template.result_buffer_count < ML_RESULT_BUFFERS
            ? ML_CHANNEL_LONG
            : ML_CHANNEL_DEPTH;
    const uint64_t ahead = stage->chunk > 0
                               ? stage->chunk
                               : POOL_AHEAD_NS / (stage->picture_ns + 1);
    uint32_t depth = ahead < most ? (uint32_t)ahead : most;
    if (depth < ML_CHANNEL_LONG)
        depth = ML_CHANNEL_LONG;
    return depth < stage->template.transport->depth
               ? depth
               : stage->template.transport->depth;
}

/* The chunk at hand is not all given yet. */
static bool pool_in_chunk(const struct ml_pool_stage *stage,
                          const struct ml_pool_worker *worker)
{
    return worker->chunk_given > 0 && worker->chunk_given < stage->chunk;
}

/* May it be given the next command of its chunk, or begin another? */
static bool pool_has_turn(struct ml_pool *pool,
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

/* A worker that takes long has two outboxes, for the next job and the writer;
 * others have twice as many as commands. */
static bool pool_has_room(struct ml_pool *pool,
                          const struct ml_pool_worker *worker)
{
    const uint32_t depth = pool_depth(ml_pool_stage_of(pool, worker->stage));
    const uint32_t buffers =
        depth > ML_CHANNEL_LONG ? 2 * depth : ML_CHANNEL_LONG;
    if (worker->exclusive_job && ml_pool_outstanding(worker) > 0)
        return false;
    return ml_pool_outstanding(worker) < depth &&
           worker->buffers_in_use < buffers && pool_has_turn(pool, worker);
}

/* How many commands may lie with the worker that is given this job: what takes
 * long is not piled up on one, while another may soon be idle. */
static uint32_t pool_depth_for(const struct ml_job *job)
{
    return job->buffer.used > ML_SLOT_SMALL ? ML_CHANNEL_LONG
                                            : ML_CHANNEL_DEPTH;
}

/* Whom to prefer, the lower the better: a chunk is filled before another is
 * begun; then who has least to do. */
static uint32_t pool_rank(struct ml_pool *pool,
                          const struct ml_pool_worker *worker)
{
    return pool_in_chunk(ml_pool_stage_of(pool, worker->stage), worker)
               ? 0
               : 1 + ml_pool_outstanding(worker);
}

/* The worker of a stage for one more job, or NULL: the living one with least to
 * do; one that is yet to be started when no living one is idle.  A job that
 * wants it gets one that has done nothing yet. */
static struct ml_pool_worker *pool_choose(struct ml_pool *pool, size_t stage,
                                          const struct ml_job *job)
{
    const bool fresh = job->needs_new_worker;
    const uint32_t depth = pool_depth_for(job);
    struct ml_pool_worker *best = NULL, *unborn = NULL;
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct ml_pool_worker *worker = &pool->workers[i];
        if (worker->stage != stage)
            continue;
        if (worker->state == POOL_NOT_STARTED && !unborn)
            unborn = worker;
        if (worker->state == POOL_RUNNING && pool_has_room(pool, worker) &&
            ml_pool_outstanding(worker) < depth &&
            (!fresh || worker->sent == 0) &&
            (!best || pool_rank(pool, worker) < pool_rank(pool, best)))
            best = worker;
    }
    if (unborn && (!best || pool_rank(pool, best) > 1)) {
        ml_pool_start_worker(pool, unborn);
        if (unborn->state == POOL_RUNNING)
            best = unborn;
    }
    return best;
}

/* ---- giving ---- */

/* A job waits for a fresh worker and there is none: replace an idle one, unless
 * one is being replaced already. */
static void pool_refresh(struct ml_pool *pool, size_t stage)
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

/* A result of another process stage lies in an outbox: copy it to an input
 * slot of this stage, unless its bytes travel anyway.  False when no slot is
 * free now. */
static bool pool_move_in(struct ml_pool *pool, size_t stage, struct ml_job *job)
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

/* The pool is broken: an executor's pending jobs fail, others are not done. */
static void pool_give_up(const struct ml_pool *pool, size_t stage,
                         struct ml_job *job)
{
    if (pool->run->settings.pool.policy == ML_POOL_EXECUTOR)
        job->error = pool->error;
    else
        ml_fail(&job->error, ML_ERR_CANCELLED, "not done", NULL,
                "the workers cannot go on");
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

/* Give ready jobs to workers that can take one.  A job that a worker died on
 * goes to a fresh one: what the old one left behind may be to blame; and
 * nothing else lies with it there: who dies then died of that job. */
void ml_pool_assign(struct ml_pool *pool, size_t stage)
{
    struct ml_run *run = pool->run;
    struct ml_link *link = &run->links[stage - 1];
    uint32_t index;
    while (ml_queue_try_peek(&link->ready, &index)) {
        struct ml_job *job = &run->jobs[index];
        struct ml_pool_worker *worker = NULL;
        if (pool->broken && job->error.status == ML_OK)
            pool_give_up(pool, stage, job);
        if (!ml_pipeline_should_skip(run, stage, job)) {
            worker = pool_choose(pool, stage, job);
            if (pool->broken)
                continue;
            if (!worker && job->needs_new_worker)
                pool_refresh(pool, stage);
            if (!worker || !pool_move_in(pool, stage, job))
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
