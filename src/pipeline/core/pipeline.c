/* pipeline.c: see pipeline.h. */
#include "pipeline/core/pipeline.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "pipeline/core/gauges.h"

/* ---- stopping ---- */

void ml_pipeline_stop(struct ml_run *run)
{
    atomic_store(&run->stopping, true);
    ml_budget_cancel_all(&run->input_budget);
    ml_budget_cancel_all(&run->work_budget);
    if (run->waker.fd >= 0)
        ml_waker_wake(&run->waker, ML_WAKE_ALWAYS);
    if (run->loop_waker)
        ml_waker_wake(run->loop_waker, ML_WAKE_ALWAYS);
    ml_delay_stop(&run->delay);
}

void ml_pipeline_abort(struct ml_run *run, const struct ml_error *err)
{
    ml_mutex_lock(&run->lock);
    if (!run->broken) {
        run->broken = true;
        run->error = *err;
    }
    ml_mutex_unlock(&run->lock);
    ml_pipeline_stop(run);
}

/* ---- jobs ---- */

static void pipeline_lock_io(struct ml_run *run, struct ml_trace_track *track,
                             uint32_t job)
{
    const uint64_t start = ml_trace_wait_begin(track);
    ml_mutex_lock(&run->io_lock);
    ml_trace_wait_end(track, ML_TRACE_LOCK, job, ML_WAIT_JOB_IO_LOCK, start);
}

static bool pipeline_take_job(struct ml_run *run, struct ml_trace_track *track,
                              uint32_t *index_out)
{
    const uint64_t start = ml_trace_wait_begin(track);
    const bool taken = ml_queue_pop(&run->free_jobs, index_out);
    ml_trace_wait_end(track, ML_TRACE_QUEUE, ML_TRACE_NO_JOB, ML_WAIT_JOB,
                      start);
    return taken;
}

/* Have io.next fill a free entry; NULL when there are no more jobs. */
static struct ml_job *pipeline_begin_job(struct ml_run *run,
                                         struct ml_trace_track *track,
                                         uint32_t index)
{
    struct ml_job *job = &run->jobs[index];
    const size_t stride = ml_run_input_stride(run);
    memset(job, 0, sizeof *job);
    job->input = run->inputs + index * stride;
    memset(job->input, 0, stride);
    job->start_ns = ml_now_ns();
    pipeline_lock_io(run, track, ML_TRACE_NO_JOB);
    const bool more = !atomic_load(&run->stopping) &&
                      run->settings.io.next(run->settings.io.context, job);
    ml_mutex_unlock(&run->io_lock);
    if (more)
        return job;
    const bool pushed = ml_queue_push(&run->free_jobs, index);
    assert(pushed);
    (void)pushed;
    return NULL;
}

struct ml_job *ml_pipeline_next_job(struct ml_run *run,
                                    struct ml_trace_track *track)
{
    uint32_t index;
    if (atomic_load(&run->stopping) || !pipeline_take_job(run, track, &index))
        return NULL;
    return pipeline_begin_job(run, track, index);
}

enum ml_next ml_pipeline_try_next_job(struct ml_run *run,
                                      struct ml_trace_track *track,
                                      struct ml_job **job_out)
{
    uint32_t index;
    if (atomic_load(&run->stopping))
        return ML_NEXT_NONE;
    if (!ml_queue_try_pop(&run->free_jobs, &index))
        return ML_NEXT_AGAIN;
    *job_out = pipeline_begin_job(run, track, index);
    return *job_out ? ML_NEXT_JOB : ML_NEXT_NONE;
}

void ml_buffer_release(struct ml_buffer_ref *buffer)
{
    if (buffer->slots) {
        ml_slot_release(buffer->slots, buffer->index, buffer->used);
        /* To the head of the list: the slot used last is in the cache, and
         * slots that were never needed stay unallocated. */
        if (buffer->free_list)
            ml_queue_push_front(buffer->free_list, buffer->index);
    }
    memset(buffer, 0, sizeof *buffer);
}

static void pipeline_end_job(struct ml_run *run, struct ml_job *job,
                             struct ml_trace_track *track)
{
    struct ml_gauges before, after;
    ml_gauges_sample(run, &before);
    ml_buffer_release(&job->buffer);
    if (job->charged_input)
        ml_budget_release(&run->input_budget, job->charged_input);
    if (job->charged_work)
        ml_budget_release(&run->work_budget, job->charged_work);
    job->end_ns = ml_now_ns();
    ml_gauges_sample(run, &after);
    pipeline_lock_io(run, track, (uint32_t)job->number);
    ml_gauges_trace(run, &before);
    ml_gauges_trace(run, &after);
    run->settings.io.completed(run->settings.io.context, job);
    ml_mutex_unlock(&run->io_lock);
    const bool pushed =
        ml_queue_push(&run->free_jobs, (uint32_t)(job - run->jobs));
    assert(pushed);
    (void)pushed;
}

static void pipeline_forward(struct ml_run *run, size_t stage,
                             struct ml_job *job, bool deferred,
                             struct ml_trace_track *track)
{
    if (stage + 1 == run->settings.plan.count) {
        pipeline_end_job(run, job, track);
        return;
    }
    if (job->error.status != ML_OK)
        ml_buffer_release(&job->buffer);
    struct ml_queue *ready = &run->links[stage].ready;
    const uint32_t index = (uint32_t)(job - run->jobs);
    const bool pushed = deferred ? ml_queue_push_deferred(ready, index)
                                 : ml_queue_push(ready, index);
    assert(pushed); /* it has room for all jobs, and only producers close it */
    (void)pushed;
    ml_pipeline_trace_depth(run, stage, track);
}

void ml_pipeline_forward(struct ml_run *run, size_t stage, struct ml_job *job,
                         struct ml_trace_track *track)
{
    pipeline_forward(run, stage, job, false, track);
}

void ml_pipeline_forward_deferred(struct ml_run *run, size_t stage,
                                  struct ml_job *job,
                                  struct ml_trace_track *track)
{
    pipeline_forward(run, stage, job, true, track);
}

void ml_pipeline_flush_wakeups(struct ml_run *run, size_t stage)
{
    if (stage + 1 < run->settings.plan.count)
        ml_queue_flush(&run->links[stage].ready);
}

void ml_pipeline_producer_done(struct ml_run *run, size_t stage)
{
    if (stage + 1 == run->settings.plan.count)
        return;
    struct ml_link *link = &run->links[stage];
    ml_mutex_lock(&run->lock);
    assert(link->producers > 0);
    const bool last = --link->producers == 0;
    ml_mutex_unlock(&run->lock);
    if (last)
        ml_queue_close(&link->ready);
}

bool ml_pipeline_should_skip(struct ml_run *run, size_t stage,
                             struct ml_job *job)
{
    if (job->error.status != ML_OK)
        return true;
    if (run->settings.plan.stages[stage].first != ML_STEP_DECODE ||
        !atomic_load(&run->stopping))
        return false;
    ml_fail(&job->error, ML_ERR_CANCELLED, "not done", NULL,
            "the run was stopped");
    job->error.step = ML_STEP_DECODE;
    return true;
}
