/* recovery.c: handles the exit of a worker and its outstanding jobs: one
 * function a policy (policy.h).
 *
 * minilab: a worker that dies is replaced once its result buffers are free. The
 * job in progress is retried as the only job of a new worker, up to
 * POOL_TRIES_MAX tries; a kill from outside is no fault of the job and is
 * counted separately.  Its other jobs are given to other workers without
 * counting a try.
 *
 * executor: all its jobs fail; the other workers are killed and their jobs
 * fail.
 *
 * mp: the chunk in progress is lost; a chunk not started is given to other
 * workers.
 */
#include "pipeline/processes/pool_internal.h"

#include <stdio.h>

#define POOL_TRIES_MAX 2 /* of a job whose worker crashed */
/* A kill from outside, or an exit before the job was started, is no fault of
 * the job, but the tries are bounded.  The bound is high: a retried job goes to
 * a new worker, so a killer that acts at a fixed pace may hit the same job
 * again and again while other jobs go on. */
#define POOL_EXTERNAL_KILLS_MAX 16
#define POOL_LOST_STARTS_MAX 16
/* Unexpected exits in a row without a success: the jobs are not the cause. */
#define POOL_DEATHS_IN_ROW_MAX 20

/* ---- minilab ---- */

static void pool_requeue(struct ml_pool *pool,
                         const struct ml_pool_worker *worker,
                         const struct ml_job *job)
{
    struct ml_run *run = pool->run;
    ml_queue_push_front(&run->links[worker->stage - 1].ready,
                        (uint32_t)(job - run->jobs));
}

/* Retry the job in progress of the dead worker, or fail it.  If the worker
 * reports that it had not started the job, more tries are allowed, but not
 * without a bound: the report may be false. */
static void pool_retry_or_fail(struct ml_pool *pool,
                               struct ml_pool_worker *worker,
                               struct ml_job *job, bool started,
                               const struct ml_subprocess_end *end)
{
    struct ml_run *run = pool->run;
    const struct ml_plan_stage *stage =
        &run->settings.plan.stages[worker->stage];
    bool again;
    if (!started) {
        again = ++job->lost_starts < POOL_LOST_STARTS_MAX;
    } else {
        job->crashes++;
        job->external_kills += end->from_outside;
        again = end->from_outside
                    ? job->external_kills < POOL_EXTERNAL_KILLS_MAX
                    : job->crashes - job->external_kills < POOL_TRIES_MAX;
    }
    if (job->charged_work && stage->first == ML_STEP_DECODE) {
        ml_budget_release(&run->work_budget, job->charged_work);
        job->charged_work = 0; /* the next try requests it again */
    }
    if (again && !pool->broken) {
        job->needs_new_worker = true;
        pool_requeue(pool, worker, job);
        return;
    }
    const char *remedy = "leave the file out and report it as a bug";
    if (end->from_outside)
        remedy = "find what kills minilab's workers";
    else if (!started)
        remedy = "run minilab doctor; try --mode threads";
    ml_fail(&job->error, ML_ERR_CRASH,
            "the worker process died on this picture", remedy, "%s, %u times",
            end->text, job->crashes + job->lost_starts);
    job->error.step = stage->first;
    ml_pipeline_forward(run, worker->stage, job, pool->track);
}

/* Had the worker started an outstanding command?  As it reports. */
static bool pool_had_started(const struct ml_pool_worker *worker)
{
    /* Acquire: the worker is reaped, so this is its last store. */
    return atomic_load_explicit(&worker->process.channel->started_seq,
                                memory_order_acquire) != worker->replied;
}

/* A worker starts its commands in order, so only the oldest can be the cause.
 * There are two exceptions: after a protocol error it is suspect_seq; and with
 * a feeder, a worker may die of the next picture while its last reply is still
 * in the pipe.  If the oldest is not the cause, its retry succeeds, since it is
 * then the only job of its worker. */
static void pool_retry(struct ml_pool *pool, struct ml_pool_worker *worker,
                       const struct ml_subprocess_end *end)
{
    struct ml_run *run = pool->run;
    const bool started = pool_had_started(worker);
    const uint32_t suspect_seq =
        worker->protocol_error ? worker->suspect_seq : worker->replied + 1;
    /* Newest first: each is pushed to the front, so the oldest is popped first.
     */
    for (uint32_t seq = worker->sent; seq != worker->replied; seq--) {
        const uint32_t entry = seq % ML_CHANNEL_DEPTH;
        struct ml_job *job = &run->jobs[worker->jobs[entry]];
        ml_pool_buffer_returned(worker, worker->buffers[entry]);
        if (seq == suspect_seq)
            pool_retry_or_fail(pool, worker, job, started, end);
        else
            pool_requeue(pool, worker, job);
    }
    worker->replied = worker->sent;
}

/* ---- executor ---- */

static void pool_break_executor(struct ml_pool *pool,
                                const struct ml_subprocess_end *end)
{
    struct ml_error err;
    ml_fail(&err, ML_ERR_CRASH, "the pool of workers is broken",
            "use --pool minilab, which replaces the worker and retries",
            "BrokenProcessPool: a worker died: %s; all pending jobs fail",
            end->text);
    ml_mutex_lock(&pool->run->lock);
    pool->run->pool_broke = true;
    ml_mutex_unlock(&pool->run->lock);
    ml_pool_abort(pool, &err);
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct ml_pool_worker *other = &pool->workers[i];
        if (other->state != POOL_RUNNING)
            continue;
        ml_pool_kill_worker(other, other->replied + 1,
                            "belonging to a broken pool");
        other->stop_requested = true;
    }
}

static void pool_fail_all(struct ml_pool *pool, struct ml_pool_worker *worker,
                          const struct ml_subprocess_end *end)
{
    struct ml_run *run = pool->run;
    if (!pool->broken) {
        worker->state = POOL_EXITED;
        pool_break_executor(pool, end);
    }
    while (worker->replied != worker->sent) {
        const uint32_t entry = ++worker->replied % ML_CHANNEL_DEPTH;
        struct ml_job *job = &run->jobs[worker->jobs[entry]];
        ml_pool_buffer_returned(worker, worker->buffers[entry]);
        job->error = pool->error;
        job->error.step = run->settings.plan.stages[worker->stage].first;
        ml_pipeline_forward(run, worker->stage, job, pool->track);
    }
}

/* ---- mp ---- */

static void pool_end_lost(struct ml_pool *pool, struct ml_pool_stage *stage)
{
    struct ml_run *run = pool->run;
    ml_mutex_lock(&run->lock);
    run->lost += stage->lost_count;
    ml_mutex_unlock(&run->lock);
    for (uint32_t i = 0; i < stage->lost_count; i++)
        ml_pipeline_forward(run, stage->index, &run->jobs[stage->lost[i]],
                            pool->track);
    stage->lost_count = 0;
}

/* A lost job releases its buffer and its memory, so no other job waits for
 * them. */
static void pool_mark_lost(struct ml_pool *pool, struct ml_pool_stage *stage,
                           struct ml_job *job,
                           const struct ml_subprocess_end *end)
{
    struct ml_run *run = pool->run;
    ml_fail(&job->error, ML_ERR_CRASH, "the worker died and the task is lost",
            "use --pool minilab, which retries",
            "CPython would hang here: a worker of the Pool %s; its replacement "
            "never gets the task",
            end->text);
    job->error.step = run->settings.plan.stages[stage->index].first;
    ml_buffer_release(&job->buffer);
    ml_budget_release(&run->input_budget, job->charged_input);
    ml_budget_release(&run->work_budget, job->charged_work);
    job->charged_input = job->charged_work = 0;
    if (stage->lost_count == ML_POOL_LOST_MAX)
        pool_end_lost(pool, stage);
    stage->lost[stage->lost_count++] = (uint32_t)(job - run->jobs);
}

static void pool_mark_chunk_lost(struct ml_pool *pool,
                                 struct ml_pool_worker *worker,
                                 const struct ml_subprocess_end *end)
{
    struct ml_run *run = pool->run;
    struct ml_pool_stage *stage = ml_pool_stage_of(pool, worker->stage);
    if (!pool_had_started(worker)) {
        pool_retry(pool, worker, end);
        return;
    }
    while (worker->replied != worker->sent) {
        const uint32_t entry = ++worker->replied % ML_CHANNEL_DEPTH;
        ml_pool_buffer_returned(worker, worker->buffers[entry]);
        pool_mark_lost(pool, stage, &run->jobs[worker->jobs[entry]], end);
    }
}

void ml_pool_check_stalled(struct ml_pool *pool)
{
    for (size_t i = 0; i < pool->stage_count; i++) {
        struct ml_pool_stage *stage = &pool->stages[i];
        struct ml_queue *ready = &pool->run->links[stage->index - 1].ready;
        if (stage->lost_count > 0 && ml_pool_is_idle(pool, stage) &&
            (pool->poll_timed_out || ml_queue_drained(ready)))
            pool_end_lost(pool, stage);
    }
}

/* ---- all policies ---- */

static void pool_add_transport(struct ml_transport_counts *sum,
                               const struct ml_transport_counts *one)
{
    sum->messages += one->messages;
    sum->bytes_copied += one->bytes_copied;
    sum->pipe_full_waits += one->pipe_full_waits;
    sum->put_ns += one->put_ns;
    sum->transfer_ns += one->transfer_ns;
    sum->switches += one->switches;
    sum->worker_switches += one->worker_switches;
}

/* Count a worker that has exited.  The worker itself reports when it was ready;
 * an impossible time counts as 0. */
static void pool_count_worker(struct ml_run *run,
                              const struct ml_pool_worker *worker)
{
    const uint64_t ready_ns = atomic_load_explicit(
        &worker->process.channel->ready_ns, memory_order_relaxed);
    const bool sane = ready_ns > worker->spawned_ns && ready_ns < ml_now_ns();
    const uint64_t start_ns = sane ? ready_ns - worker->spawned_ns : 0;
    ml_mutex_lock(&run->lock);
    run->starts.workers++;
    run->starts.sum_ns += start_ns;
    if (start_ns > run->starts.most_ns)
        run->starts.most_ns = start_ns;
    pool_add_transport(&run->transport, &worker->process.counts);
    ml_mutex_unlock(&run->lock);
}

void ml_pool_worker_exited(struct ml_pool *pool, struct ml_pool_worker *worker)
{
    static void (*const policies[ML_POOL_POLICY_COUNT])(
        struct ml_pool *, struct ml_pool_worker *,
        const struct ml_subprocess_end *) = {
        [ML_POOL_RETRY] = pool_retry,
        [ML_POOL_EXECUTOR] = pool_fail_all,
        [ML_POOL_MP] = pool_mark_chunk_lost,
    };
    struct ml_subprocess_end end;
    struct ml_error err;
    ml_process_reap(&worker->process,
                    &end); /* from here on it writes nothing */
    ml_pool_take_replies(pool, worker);
    pool_count_worker(pool->run, worker);
    ml_pool_cancel_memory_request(pool, worker);
    if (worker->protocol_error) {
        end.clean = end.from_outside = false;
        (void)snprintf(end.text, sizeof end.text, "killed for %s",
                       worker->protocol_error);
    }
    const bool expected = worker->stop_requested && (end.clean || pool->broken);
    if (worker->state == POOL_STOPPING)
        worker->replied = worker->sent; /* the exit command has no reply */
    else
        policies[pool->run->settings.pool.policy](pool, worker, &end);
    worker->state = POOL_EXITED;
    ml_pool_detach_trace(pool, worker, expected);
    if (expected)
        return;
    ml_mutex_lock(&pool->run->lock);
    pool->run->worker_deaths++;
    ml_mutex_unlock(&pool->run->lock);
    if (++pool->deaths_in_row < POOL_DEATHS_IN_ROW_MAX || pool->broken)
        return;
    ml_fail(&err, ML_ERR_CRASH, "workers keep dying",
            "run minilab doctor; try --mode threads",
            "%u in a row without a success; the last one: %s",
            pool->deaths_in_row, end.text);
    ml_pool_abort(pool, &err);
}
