/* stage_thread.c: see stage_thread.h.
 *
 * A thread takes a job from the link before its stage, does the stage's steps,
 * and forwards the job.  It takes the slot for the result before it starts to
 * compute: so a computing thread never waits for a slot, and the memory that it
 * was granted is released in bounded time.
 */
#include "pipeline/threads/stage_thread.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "pipeline/picture/picture.h"

/* ---- the steps ---- */

static enum ml_status stage_thread_fail_stopped(struct ml_error *err)
{
    return ml_fail(err, ML_ERR_CANCELLED, "not done", NULL,
                   "the run was stopped");
}

/* Wake the next stage for jobs that were forwarded with a deferred wake-up. */
static void stage_thread_flush(struct ml_stage_thread *self)
{
    if (!self->wake_pending)
        return;
    ml_pipeline_flush_wakeups(self->run, self->stage);
    self->wake_pending = false;
    self->last_wake_ns = ml_now_ns();
}

/* Pop, with the interpreter lock released, since this may wait. */
static bool stage_thread_wait_pop(struct ml_stage_thread *self,
                                  struct ml_queue *queue, size_t cause,
                                  uint32_t *item_out)
{
    ml_gil_guard_save_thread(self->guard);
    const uint64_t start = ml_trace_wait_begin(self->track);
    const bool taken = ml_queue_pop(queue, item_out);
    ml_trace_wait_end(self->track, ML_TRACE_QUEUE, ML_TRACE_NO_JOB,
                      (unsigned)cause, start);
    ml_gil_guard_restore_thread(self->guard);
    return taken;
}

static enum ml_status stage_thread_acquire_memory(
    struct ml_stage_thread *self, struct ml_budget *budget, uint64_t bytes,
    const struct ml_job *job, enum ml_wait_reason cause, struct ml_error *err)
{
    const uint64_t start = ml_trace_wait_begin(self->track);
    const enum ml_status status = ml_budget_acquire(budget, bytes, err);
    ml_trace_wait_end(self->track, ML_TRACE_LOCK, (uint32_t)job->number, cause,
                      start);
    return status;
}

/* Count and record the time of a step since `start_ns`. */
static void stage_thread_trace_step(const struct ml_stage_thread *self,
                                    enum ml_trace_kind kind,
                                    const struct ml_job *job, uint64_t start_ns,
                                    uint64_t *sum_ns)
{
    const uint64_t end_ns = ml_now_ns();
    *sum_ns += end_ns - start_ns;
    ml_trace_add(self->track, kind, (uint32_t)job->number, 0, start_ns, end_ns);
}

/* A buffer for a result: the thread's `own` if the stage itself uses the
 * result, else a slot of the link to the next stage; the size of the file,
 * `bytes`, decides whether it is a small slot. */
static enum ml_status stage_thread_take_buffer(struct ml_stage_thread *self,
                                               struct ml_slots *own,
                                               uint64_t bytes,
                                               struct ml_buffer_ref *buffer,
                                               struct ml_error *err)
{
    memset(buffer, 0, sizeof *buffer);
    if (own->memory) {
        buffer->slots = own;
        return ML_OK;
    }
    struct ml_link *link = &self->run->links[self->stage];
    const bool small = bytes <= ML_SLOT_SMALL && link->small_count > 0;
    struct ml_queue *slots = small ? &link->small_free : &link->free;
    if (!ml_queue_try_pop(slots, &buffer->index)) {
        stage_thread_flush(self);
        if (!stage_thread_wait_pop(self, slots, ML_WAIT_SLOT + self->stage,
                                   &buffer->index))
            return stage_thread_fail_stopped(err);
    }
    buffer->slots = &link->slots;
    buffer->free_list = slots;
    return ML_OK;
}

/* Read the opened input into the buffer. */
static enum ml_status stage_thread_fill(struct ml_stage_thread *self,
                                        struct ml_job *job,
                                        struct ml_buffer_ref *buffer,
                                        uint64_t size)
{
    struct ml_run *run = self->run;
    const struct ml_job_io *io = &run->settings.io;
    const bool known = size != ML_SIZE_UNKNOWN;
    enum ml_status status = ML_OK;
    if (known) {
        status =
            stage_thread_acquire_memory(self, &run->input_budget, size, job,
                                        ML_WAIT_INPUT_MEMORY, &job->error);
        if (status == ML_OK) {
            job->charged_input = size;
            status = ml_slot_reserve(buffer->slots, buffer->index, (size_t)size,
                                     &job->error);
        }
    }
    if (status != ML_OK) {
        io->abandon(io->context, job);
        return status;
    }
    return io->read(io->context, job, ml_slot(buffer->slots, buffer->index),
                    known ? (size_t)size : buffer->slots->slot_bytes,
                    &buffer->used, &job->error);
}

static enum ml_status stage_thread_read(struct ml_stage_thread *self,
                                        struct ml_job *job)
{
    const struct ml_job_io *io = &self->run->settings.io;
    struct ml_buffer_ref buffer;
    uint64_t size;
    uint64_t start = ml_now_ns();
    ml_gil_guard_save_thread(self->guard);
    enum ml_status status = ml_delay_wait(&self->run->delay)
                                ? io->open(io->context, job, &size, &job->error)
                                : stage_thread_fail_stopped(&job->error);
    stage_thread_trace_step(self, ML_TRACE_READ, job, start, &job->read_ns);
    ml_gil_guard_restore_thread(self->guard);
    if (status != ML_OK)
        return status;
    status = stage_thread_take_buffer(self, &self->input_buffer, size, &buffer,
                                      &job->error);
    if (status != ML_OK) {
        io->abandon(io->context, job);
        return status;
    }
    start = ml_now_ns();
    ml_gil_guard_save_thread(self->guard);
    status = stage_thread_fill(self, job, &buffer, size);
    stage_thread_trace_step(self, ML_TRACE_READ, job, start, &job->read_ns);
    ml_gil_guard_restore_thread(self->guard);
    if (status != ML_OK) {
        ml_buffer_release(&buffer);
        return status;
    }
    job->input_bytes = buffer.used;
    job->buffer = buffer;
    return ML_OK;
}

static enum ml_status stage_thread_compute(struct ml_stage_thread *self,
                                           struct ml_job *job)
{
    const struct ml_plan_stage *stage = ml_stage_thread_stage(self);
    const enum ml_step first = ml_stage_computes_from(stage);
    const enum ml_step last = ml_stage_computes_to(stage);
    struct ml_buffer_ref buffer;
    if (job->buffer.used > ML_SLOT_SMALL) /* a large picture takes long */
        stage_thread_flush(self);
    enum ml_status status = stage_thread_take_buffer(
        self, &self->result_buffer, job->input_bytes, &buffer, &job->error);
    if (status != ML_OK)
        return status;
    struct ml_output output = {
        .data = ml_slot(buffer.slots, buffer.index),
        .capacity = buffer.slots->slot_bytes,
    };
    self->job = job;
    self->worker_context->job = (uint32_t)job->number;
    self->worker_context->yield_hooks = ml_gil_guard_begin_compute(self->guard);
    status = ml_picture_process(self->worker_context, first, last,
                                ml_buffer_bytes(&job->buffer), &output,
                                &job->result, &job->error);
    ml_gil_guard_end_compute(self->guard, first, last, &job->result.times);
    buffer.used = status == ML_OK ? output.used : buffer.slots->slot_bytes;
    ml_buffer_release(&job->buffer);
    if (status != ML_OK) {
        ml_buffer_release(&buffer);
        return status;
    }
    job->buffer = buffer;
    return ML_OK;
}

static enum ml_status stage_thread_write(struct ml_stage_thread *self,
                                         struct ml_job *job)
{
    const struct ml_job_io *io = &self->run->settings.io;
    const uint64_t start = ml_now_ns();
    job->output_bytes = job->buffer.used;
    ml_gil_guard_save_thread(self->guard);
    const enum ml_status status =
        io->write(io->context, job, ml_buffer_bytes(&job->buffer), &job->error);
    stage_thread_trace_step(self, ML_TRACE_WRITE, job, start, &job->write_ns);
    ml_gil_guard_restore_thread(self->guard);
    return status;
}

/* Sets the step of errors of read and write; ml_picture_process() sets its own.
 */
void ml_stage_thread_do(struct ml_stage_thread *self, struct ml_job *job)
{
    const struct ml_plan_stage *stage = ml_stage_thread_stage(self);
    enum ml_status status = ML_OK;
    if (ml_stage_does(stage, ML_STEP_READ)) {
        status = stage_thread_read(self, job);
        if (status != ML_OK)
            job->error.step = ML_STEP_READ;
    }
    if (status == ML_OK && ml_stage_computes(stage))
        status = stage_thread_compute(self, job);
    if (status == ML_OK && ml_stage_does(stage, ML_STEP_WRITE)) {
        status = stage_thread_write(self, job);
        if (status != ML_OK)
            job->error.step = ML_STEP_WRITE;
    }
    assert(job->error.status == status);
}

enum ml_status ml_stage_thread_request_memory(void *context, uint64_t bytes,
                                              struct ml_error *err)
{
    struct ml_stage_thread *self = context;
    struct ml_run *run = self->run;
    if (!run->settings.transform.separate_steps)
        bytes -= run->share_bytes;
    /* The memory may be held by a job whose wake-up is still deferred. */
    stage_thread_flush(self);
    ml_gil_guard_save_thread(self->guard);
    const enum ml_status status = stage_thread_acquire_memory(
        self, &run->work_budget, bytes, self->job, ML_WAIT_WORK_MEMORY, err);
    ml_gil_guard_restore_thread(self->guard);
    if (status == ML_OK)
        self->job->charged_work = bytes;
    return status;
}

/* ---- the executors ---- */

/* The next job, or NULL when there will be none. */
static struct ml_job *stage_thread_next(struct ml_stage_thread *self)
{
    struct ml_run *run = self->run;
    uint32_t index;
    if (self->stage == 0) {
        ml_gil_guard_save_thread(self->guard);
        struct ml_job *job = ml_pipeline_next_job(run, self->track);
        ml_gil_guard_restore_thread(self->guard);
        return job;
    }
    struct ml_queue *ready = &run->links[self->stage - 1].ready;
    if (!ml_queue_try_pop(ready, &index)) {
        stage_thread_flush(self);
        if (!stage_thread_wait_pop(self, ready, ML_WAIT_READY + self->stage - 1,
                                   &index))
            return NULL;
    }
    ml_pipeline_trace_depth(run, self->stage - 1, self->track);
    return &run->jobs[index];
}

/* The wake-up of a write stage is deferred: one wake-up serves several results.
 * A computing stage is woken at once, since a CPU may be idle.  The first stage
 * never defers: its callbacks may wait in ways not known here. */
static void stage_thread_forward(struct ml_stage_thread *self,
                                 struct ml_job *job)
{
    struct ml_run *run = self->run;
    if (self->stage + 1 == run->settings.plan.count) { /* calls io.completed */
        ml_gil_guard_save_thread(self->guard);
        ml_pipeline_forward(run, self->stage, job, self->track);
        ml_gil_guard_restore_thread(self->guard);
        return;
    }
    if (self->stage == 0 ||
        ml_stage_thread_stage(self)->last != ML_STEP_ENCODE) {
        ml_pipeline_forward(run, self->stage, job, self->track);
        return;
    }
    ml_pipeline_forward_deferred(run, self->stage, job, self->track);
    self->wake_pending = true;
    if (ml_now_ns() - self->last_wake_ns >= ML_WAKE_DELAY_MAX_NS)
        stage_thread_flush(self);
}

void *ml_stage_thread_main(void *context)
{
    struct ml_stage_thread *self = context;
    struct ml_run *run = self->run;
    struct ml_job *job;
    ml_trace_add(self->track, ML_TRACE_START, ML_TRACE_NO_JOB, 0,
                 self->start_requested_ns, ml_trace_wait_begin(self->track));
    ml_gil_guard_acquire(self->guard);
    while ((job = stage_thread_next(self)) != NULL) {
        ml_gil_guard_job(self->guard, (uint32_t)job->number);
        if (!ml_pipeline_should_skip(run, self->stage, job))
            ml_stage_thread_do(self, job);
        stage_thread_forward(self, job);
    }
    stage_thread_flush(self);
    ml_pipeline_producer_done(run, self->stage);
    ml_gil_guard_release(self->guard);
    return NULL;
}
