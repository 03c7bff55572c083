/* run.c: opening, executing and closing a run, on top of the executors; see
 * run.h. */
#include "pipeline/run.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "pipeline/core/gauges.h"
#include "pipeline/core/pipeline.h"
#include "pipeline/ipc/channel.h"
#include "pipeline/loop/loop_stage.h"
#include "pipeline/picture/picture.h"
#include "pipeline/processes/pool.h"
#include "pipeline/threads/gil_shared.h"
#include "pipeline/threads/thread_stage.h"

/* Bytes of a frame slot that stay allocated for the next job, at most. */
#define RUN_FRAME_KEEP (UINT64_C(64) << 20)
/* Bytes of a worker's share, used without a memory request, at most. */
#define RUN_SHARE_MAX (UINT64_C(64) << 20)
/* Slots for small files, for each worker of the next stage. */
#define RUN_SMALL_SLOTS 12U

/* ---- sizes ---- */

static bool run_has_executor(const struct ml_plan *plan,
                             enum ml_executor_kind executor)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->stages[i].executor == executor)
            return true;
    }
    return false;
}

/* Large jobs that a stage can hold at one time: each process holds two. */
static uint32_t run_stage_jobs(const struct ml_plan_stage *stage)
{
    return stage->width * (stage->executor == ML_PROCESSES ? 2U : 1U);
}

/* Slots of link i that only small files may use.  None if --queue sets
 * a depth, which they would exceed. */
static uint32_t run_small_count(const struct ml_run *run, size_t link)
{
    const struct ml_plan_stage *from = &run->settings.plan.stages[link];
    const struct ml_plan_stage *to = &run->settings.plan.stages[link + 1];
    if ((from->executor != ML_THREADS && from->executor != ML_GIL) ||
        ml_stage_gives_frame(from) || run->settings.queue_depth > 0)
        return 0;
    return RUN_SMALL_SLOTS * to->width;
}

/* Slots of link i: one for each job that the consumers hold, one for each
 * producer that fills one, and queue_depth waiting between them. */
static uint32_t run_slot_count(const struct ml_run *run, size_t link)
{
    const struct ml_plan *plan = &run->settings.plan;
    const struct ml_plan_stage *from = &plan->stages[link];
    const struct ml_plan_stage *to = &plan->stages[link + 1];
    const uint32_t depth =
        run->settings.queue_depth ? run->settings.queue_depth : to->width;
    if (from->executor == ML_INLINE)
        return 1;
    if (from->executor == ML_PROCESSES) /* results stay in result buffers */
        return to->executor == ML_PROCESSES ? run_stage_jobs(to) + depth : 0;
    return run_stage_jobs(from) + depth + run_stage_jobs(to) +
           run_small_count(run, link);
}

static uint32_t run_job_count(const struct ml_run *run)
{
    const struct ml_plan *plan = &run->settings.plan;
    uint32_t count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        count += plan->stages[i].executor == ML_PROCESSES
                     ? plan->stages[i].width * ML_RESULT_BUFFERS
                     : plan->stages[i].width;
        if (i + 1 < plan->count)
            count += run_slot_count(run, i);
    }
    return count;
}

/* ---- opening and closing ---- */

/* Frames are large: allocating their pages again for each picture would cost
 * more than the copy.  All slots together keep at most an eighth of the memory.
 */
static size_t run_keep_frame(const struct ml_run *run, uint32_t slots)
{
    const uint64_t share = run->settings.memory_bytes / 8 / slots;
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    return (size_t)((share < RUN_FRAME_KEEP ? share : RUN_FRAME_KEEP) / page *
                    page);
}

static enum ml_status run_open_slots(struct ml_run *run, size_t link,
                                     uint32_t count, struct ml_error *err)
{
    const struct ml_plan_stage *stages = run->settings.plan.stages;
    struct ml_slots *slots = &run->links[link].slots;
    const size_t bytes =
        ml_output_capacity(&run->settings.transform, stages[link].last);
    return stages[link + 1].executor == ML_PROCESSES
               ? ml_slots_open(slots, count, bytes, err)
               : ml_slots_open_private(slots, count, bytes, err);
}

static enum ml_status run_open_link(struct ml_run *run, size_t index,
                                    struct ml_error *err)
{
    struct ml_link *link = &run->links[index];
    const struct ml_plan_stage *from = &run->settings.plan.stages[index];
    const uint32_t slots = run_slot_count(run, index);
    link->slots.fd = -1;
    /* The dispatcher, or the loop, is the one producer of its stages. */
    const bool one =
        from->executor == ML_PROCESSES || from->executor == ML_LOOP;
    link->producers = one ? 1 : from->width;
    enum ml_status status = ml_queue_open(&link->ready, run->job_count, err);
    if (status != ML_OK || slots == 0)
        return status;
    link->small_count = run_small_count(run, index);
    status = ml_queue_open(&link->free, slots - link->small_count, err);
    if (status == ML_OK && link->small_count > 0)
        status = ml_queue_open(&link->small_free, link->small_count, err);
    if (status == ML_OK)
        status = run_open_slots(run, index, slots, err);
    if (status != ML_OK)
        return status;
    if (ml_stage_gives_frame(from))
        link->slots.resident_max = run_keep_frame(run, slots);
    link->slots.large_count = slots - link->small_count;
    if (link->small_count > 0)
        ml_queue_set_batch(&link->small_free, link->small_count / 2);
    for (uint32_t i = 0; i < slots; i++) {
        const bool pushed = ml_queue_push(
            i < link->slots.large_count ? &link->free : &link->small_free, i);
        assert(pushed);
        (void)pushed;
    }
    return status;
}

static enum ml_status run_open_jobs(struct ml_run *run, struct ml_error *err)
{
    run->job_count = run_job_count(run);
    run->jobs = calloc(run->job_count, sizeof *run->jobs);
    run->inputs = calloc(run->job_count, ml_run_input_stride(run));
    if (!run->jobs || !run->inputs)
        return ml_fail_os(err, ENOMEM, "table of jobs", NULL);
    enum ml_status status = ml_queue_open(&run->free_jobs, run->job_count, err);
    for (uint32_t i = 0; status == ML_OK && i < run->job_count; i++) {
        const bool pushed = ml_queue_push(&run->free_jobs, i);
        assert(pushed);
        (void)pushed;
    }
    return status;
}

/* Half of the memory is for files that wait, half for pictures in progress; of
 * the latter half each worker has a share that it uses without a request. */
static void run_open_budgets(struct ml_run *run)
{
    const struct ml_plan *plan = &run->settings.plan;
    const uint64_t half = run->settings.memory_bytes / 2;
    uint64_t concurrency = 1;
    for (size_t i = 0; i < plan->count; i++) {
        if (ml_stage_does(&plan->stages[i], ML_STEP_DECODE))
            concurrency =
                ml_stage_concurrency(&plan->stages[i], ML_STEP_DECODE);
    }
    if (run->settings.transform.separate_steps)
        concurrency = 0; /* then every byte needs a request: no share */
    run->share_bytes = concurrency ? half / 2 / concurrency : 0;
    if (run->share_bytes > RUN_SHARE_MAX)
        run->share_bytes = RUN_SHARE_MAX;
    ml_budget_open(&run->input_budget, half);
    ml_budget_open(&run->work_budget, half - concurrency * run->share_bytes);
}

static enum ml_status run_open_wake(struct ml_run *run, struct ml_error *err)
{
    if (ml_waker_open(&run->waker, err) != ML_OK)
        return err->status;
    for (size_t i = 0; i + 1 < run->settings.plan.count; i++) {
        if (run->settings.plan.stages[i + 1].executor != ML_PROCESSES)
            continue;
        ml_queue_set_waker(&run->links[i].ready, &run->waker, ML_WAKE_WORK);
        if (run->links[i].slots.count > 0)
            ml_queue_set_waker(&run->links[i].free, &run->waker, ML_WAKE_WORK);
    }
    return ML_OK;
}

static enum ml_status run_open_parts(struct ml_run *run, struct ml_error *err)
{
    enum ml_status status =
        ml_delay_open(&run->delay, run->settings.io_delay_ns, err);
    if (status == ML_OK)
        status = run_open_jobs(run, err);
    for (size_t i = 0; status == ML_OK && i + 1 < run->settings.plan.count; i++)
        status = run_open_link(run, i, err);
    if (status == ML_OK &&
        run_has_executor(&run->settings.plan, ML_PROCESSES)) {
        status = run_open_wake(run, err);
        if (status == ML_OK)
            status = ml_pool_open(run, err);
    }
    if (status == ML_OK && run_has_executor(&run->settings.plan, ML_GIL))
        status = ml_pipeline_open_gil(run, err);
    if (status == ML_OK && run_has_executor(&run->settings.plan, ML_LOOP))
        status = ml_loop_open(run, err);
    if (status == ML_OK)
        status = ml_stage_threads_open(run, err);
    return status;
}

enum ml_status ml_run_open(struct ml_run **run_out,
                           const struct ml_run_settings *settings,
                           struct ml_error *err)
{
    struct ml_run *run = calloc(1, sizeof *run);
    *run_out = NULL;
    if (!run)
        return ml_fail_os(err, ENOMEM, "cannot allocate the run", NULL);
    run->settings = *settings;
    run->settings.transform.separate_steps = true;
    for (size_t i = 0; i < settings->plan.count; i++) {
        const struct ml_plan_stage *stage = &settings->plan.stages[i];
        if (ml_stage_does(stage, ML_STEP_DECODE) &&
            ml_stage_does(stage, ML_STEP_ENCODE))
            run->settings.transform.separate_steps = false;
    }
    run->waker.fd = -1;
    atomic_init(&run->stopping, false);
    ml_mutex_open(&run->io_lock);
    ml_mutex_open(&run->lock);
    run_open_budgets(run);
    if (settings->trace)
        ml_trace_name_all(settings->trace, &settings->plan,
                          settings->transform.chain);
    const enum ml_status status = run_open_parts(run, err);
    if (status != ML_OK) {
        ml_run_close(run);
        return status;
    }
    ml_gauges_open(run);
    *run_out = run;
    return ML_OK;
}

void ml_run_close(struct ml_run *run)
{
    ml_stage_threads_close(run);
    ml_pool_close(run);
    if (run->loop)
        ml_loop_close(run->loop);
    ml_delay_close(&run->delay);
    for (size_t i = 0; i + 1 < run->settings.plan.count; i++) {
        struct ml_link *link = &run->links[i];
        ml_queue_destroy(&link->ready);
        ml_queue_destroy(&link->free);
        ml_queue_destroy(&link->small_free);
        if (link->slots.memory)
            ml_slots_close(&link->slots);
    }
    if (run->gil)
        ml_gil_close(run->gil);
    free(run->gil);
    ml_queue_destroy(&run->free_jobs);
    ml_waker_close(&run->waker);
    ml_budget_close(&run->work_budget);
    ml_budget_close(&run->input_budget);
    ml_mutex_close(&run->lock);
    ml_mutex_close(&run->io_lock);
    free(run->inputs);
    free(run->jobs);
    free(run);
}

/* ---- running ---- */

enum ml_status ml_run_execute(struct ml_run *run, struct ml_error *err)
{
    if (run->settings.plan.stages[0].executor == ML_INLINE) {
        ml_stage_threads_inline(run);
        return ML_OK;
    }
    enum ml_status status = run->loop ? ml_loop_start(run->loop, err) : ML_OK;
    if (status == ML_OK && run->pool)
        status = ml_pool_start(run, err);
    const bool begun = status == ML_OK;
    if (begun)
        status = ml_stage_threads_start(run, err);
    if (status != ML_OK)
        ml_pipeline_abort(run, err);
    /* Also after a failure: threads that did start need their jobs ended. */
    if (begun && run->loop)
        ml_loop_run(run->loop);
    ml_stage_threads_join(run);
    if (run->pool)
        ml_pool_join(run);
    if (run->broken)
        *err = run->error;
    return run->broken ? err->status : ML_OK;
}

void ml_run_stop(struct ml_run *run)
{
    ml_pipeline_stop(run);
}
