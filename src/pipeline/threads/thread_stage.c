/* thread_stage.c: see thread_stage.h; stage_thread.h for a single thread. */
#include "pipeline/threads/thread_stage.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "pipeline/picture/picture.h"
#include "pipeline/threads/stage_thread.h"

static bool thread_stage_has_threads(const struct ml_plan_stage *stage)
{
    return stage->executor != ML_PROCESSES && stage->executor != ML_LOOP;
}

void ml_stage_threads_inline(struct ml_run *run)
{
    struct ml_job *job;
    while ((job = ml_pipeline_next_job(run, run->stage_threads[0].track)) !=
           NULL) {
        for (size_t s = 0; s < run->stage_thread_count; s++) {
            uint32_t index;
            if (job->error.status == ML_OK)
                ml_stage_thread_do(&run->stage_threads[s], job);
            ml_pipeline_forward(run, s, job, run->stage_threads[s].track);
            if (s + 1 < run->stage_thread_count) {
                const bool popped =
                    ml_queue_try_pop(&run->links[s].ready, &index);
                assert(popped);
                (void)popped;
                ml_pipeline_trace_depth(run, s, run->stage_threads[s].track);
            }
        }
    }
}

/* Track `which` of this thread; NULL without one.  All inline stages share the
 * track of the first; only computing threads have tracks for decode and encode
 * threads. */
static struct ml_trace_track *
thread_stage_track(const struct ml_stage_thread *self, unsigned number,
                   unsigned which)
{
    const struct ml_run *run = self->run;
    char name[ML_TRACE_NAME];
    if (ml_stage_thread_stage(self)->executor == ML_INLINE && which == 0 &&
        self->stage > 0)
        return run->stage_threads[0].track;
    if (which >= ml_trace_tracks_per_worker(&run->settings.transform))
        return NULL;
    ml_trace_name_worker(name, ml_stage_thread_stage(self), number, which);
    return ml_trace_track(
        run->settings.trace, name, getpid(),
        (int)((self - run->stage_threads) * ML_TRACKS_PER_WORKER + which + 1));
}

static enum ml_status thread_stage_open_context(struct ml_stage_thread *self,
                                                unsigned number,
                                                struct ml_error *err)
{
    struct ml_run *run = self->run;
    struct ml_worker_context *worker_context =
        calloc(1, sizeof *worker_context);
    if (!worker_context)
        return ml_fail_os(err, ENOMEM, "cannot allocate a worker", NULL);
    self->worker_context = worker_context;
    worker_context->transform = &run->settings.transform;
    worker_context->filter_track = self->track;
    worker_context->decode_track = thread_stage_track(self, number, 1);
    worker_context->encode_track = thread_stage_track(self, number, 2);
    worker_context->admission = (struct ml_admission){
        .context = self,
        .share_bytes = run->share_bytes,
        .request_memory = ml_stage_thread_request_memory,
    };
    return ml_worker_context_open(worker_context, err);
}

static enum ml_status thread_stage_open_guard(struct ml_stage_thread *self,
                                              struct ml_error *err)
{
    struct ml_gil_guard *guard = calloc(1, sizeof *guard);
    if (!guard)
        return ml_fail_os(err, ENOMEM, "cannot allocate a worker", NULL);
    self->guard = guard;
    const enum ml_status status =
        ml_gil_guard_open(guard, &self->run->settings.gil, self->run->gil, err);
    guard->track = self->track;
    return status;
}

static enum ml_status thread_stage_open(struct ml_stage_thread *self,
                                        struct ml_run *run, size_t stage_index,
                                        unsigned number, struct ml_error *err)
{
    const struct ml_plan_stage *stage = &run->settings.plan.stages[stage_index];
    const struct ml_transform_settings *transform = &run->settings.transform;
    enum ml_status status = ML_OK;
    self->run = run;
    self->stage = stage_index;
    self->track = thread_stage_track(self, number, 0);
    if (stage->executor == ML_GIL)
        status = thread_stage_open_guard(self, err);
    if (status == ML_OK && ml_stage_computes(stage))
        status = thread_stage_open_context(self, number, err);
    if (status == ML_OK && ml_stage_does(stage, ML_STEP_READ) &&
        ml_stage_does(stage, ML_STEP_DECODE))
        status = ml_slots_open_private(
            &self->input_buffer, 1, ml_output_capacity(transform, ML_STEP_READ),
            err);
    if (status == ML_OK && ml_stage_does(stage, ML_STEP_ENCODE) &&
        ml_stage_does(stage, ML_STEP_WRITE))
        status = ml_slots_open_private(
            &self->result_buffer, 1,
            ml_output_capacity(transform, ML_STEP_ENCODE), err);
    return status;
}

enum ml_status ml_stage_threads_open(struct ml_run *run, struct ml_error *err)
{
    const struct ml_plan *plan = &run->settings.plan;
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        if (thread_stage_has_threads(&plan->stages[i]))
            count += plan->stages[i].width;
    }
    if (count == 0) /* the loop and processes do all stages */
        return ML_OK;
    run->stage_threads = calloc(count, sizeof *run->stage_threads);
    if (!run->stage_threads)
        return ml_fail_os(err, ENOMEM, "table of workers", NULL);
    for (size_t i = 0; i < plan->count; i++) {
        const struct ml_plan_stage *stage = &plan->stages[i];
        for (unsigned k = 0;
             thread_stage_has_threads(stage) && k < stage->width; k++) {
            struct ml_stage_thread *self =
                &run->stage_threads[run->stage_thread_count++];
            const enum ml_status status =
                thread_stage_open(self, run, i, k, err);
            if (status != ML_OK)
                return status;
        }
    }
    return ML_OK;
}

enum ml_status ml_stage_threads_start(struct ml_run *run, struct ml_error *err)
{
    enum ml_status status = ML_OK;
    /* The last stage first: if a thread fails to start, the stages after it see
     * their input end. */
    for (size_t i = run->stage_thread_count; i-- > 0;) {
        struct ml_stage_thread *self = &run->stage_threads[i];
        int rc = EAGAIN;
        self->start_requested_ns = ml_now_ns();
        if (status == ML_OK)
            rc =
                pthread_create(&self->thread, NULL, ml_stage_thread_main, self);
        self->started = rc == 0;
        if (rc != 0) {
            if (status == ML_OK)
                status = ml_fail_os(err, rc, "cannot start a thread",
                                    "lower --jobs, or " ML_MORE_PROCESSES);
            ml_pipeline_producer_done(run, self->stage);
        }
    }
    return status;
}

void ml_stage_threads_join(struct ml_run *run)
{
    for (size_t i = 0; i < run->stage_thread_count; i++) {
        if (run->stage_threads[i].started)
            (void)pthread_join(run->stage_threads[i].thread, NULL);
    }
}

void ml_stage_threads_count_gil(const struct ml_run *run,
                                struct ml_gil_stats *counts)
{
    for (size_t i = 0; i < run->stage_thread_count; i++) {
        if (run->stage_threads[i].guard)
            ml_gil_stats_add(counts, run->stage_threads[i].guard);
    }
}

void ml_stage_threads_close(struct ml_run *run)
{
    for (size_t i = 0; i < run->stage_thread_count; i++) {
        struct ml_stage_thread *self = &run->stage_threads[i];
        if (self->worker_context)
            ml_worker_context_close(self->worker_context);
        free(self->worker_context);
        ml_gil_guard_close(self->guard);
        free(self->guard);
        if (self->input_buffer.memory)
            ml_slots_close(&self->input_buffer);
        if (self->result_buffer.memory)
            ml_slots_close(&self->result_buffer);
    }
    free(run->stage_threads);
    run->stage_threads = NULL;
    run->stage_thread_count = 0;
}
