/* loop_task.c: the steps of a task on the event loop.
 *
 *     begin -> (delay) -> open -> take_input_slot -> request_input -> read
 *           -> take_output_slot -> compute (-> memory_granted -> compute)
 *           -> write
 *
 * A task does the steps of its stage only; a step that need not wait continues
 * with the next at once.  Each arrow is an "await": the step names its
 * successor and returns, and the loop runs other tasks.  No step sleeps; file
 * threads do the opening, reading and writing.
 */
#include "pipeline/loop/loop_internal.h"

#include <assert.h>
#include <string.h>

#include "pipeline/picture/picture.h"

/* ---- small parts ---- */

static struct ml_run *task_run(const struct ml_loop_task *task)
{
    return task->loop->run;
}

static bool task_stopping(const struct ml_loop_task *task)
{
    return atomic_load(&task_run(task)->stopping);
}

static enum ml_async_state task_continue(struct ml_loop_task *task,
                                         ml_async_step *next)
{
    task->async.step = next;
    return ML_ASYNC_READY;
}

/* What the task needs is not available: check again after a wake-up. */
static enum ml_async_state task_wait_for_wake(struct ml_loop_task *task,
                                              ml_async_step *again)
{
    return ml_async_event_wait(&task->loop->woken, &task->async, again);
}

/* Forward the job to the next stage, or end it; the task is idle again. */
static void task_forward(struct ml_loop_task *task)
{
    struct ml_loop_stage *stage = task->stage;
    struct ml_job *job = task->job;
    const uint64_t held_ns = ml_async_task_running_ns(&task->async);
    if (held_ns > job->held_loop_ns)
        job->held_loop_ns = held_ns;
    task->job = NULL;
    stage->idle[stage->idle_count++] = task->number;
    ml_pipeline_forward(stage->loop->run, stage->index, job,
                        stage->loop->track);
}

static enum ml_async_state task_finish(struct ml_loop_task *task)
{
    task_forward(task);
    return ml_async_end(&task->async, ML_SYNC_OK, NULL);
}

static enum ml_async_state task_fail(struct ml_loop_task *task,
                                     enum ml_step step)
{
    assert(task->job->error.status != ML_OK);
    task->job->error.step = step;
    ml_buffer_release(&task->buffer);
    return task_finish(task);
}

static enum ml_async_state task_cancelled_at(struct ml_loop_task *task,
                                             enum ml_step step)
{
    ml_fail(&task->job->error, ML_ERR_CANCELLED, "not done", NULL,
            "the run was stopped");
    return task_fail(task, step);
}

/* The task's buffer becomes the job's; the job's old one is released. */
static void task_commit_result(struct ml_loop_task *task)
{
    ml_buffer_release(&task->job->buffer);
    task->job->buffer = task->buffer;
    memset(&task->buffer, 0, sizeof task->buffer);
}

/* A buffer for a result: the task's `own` if the stage itself uses the result,
 * else a slot of the link to the next stage; false if none is free now. */
static bool task_take_buffer(struct ml_loop_task *task, struct ml_slots *own)
{
    struct ml_link *link = &task_run(task)->links[task->stage->index];
    struct ml_buffer_ref buffer = {.slots = own, .index = task->number};
    if (!own->memory) {
        if (!ml_queue_try_pop(&link->free, &buffer.index))
            return false;
        buffer.slots = &link->slots;
        buffer.free_list = &link->free;
    }
    task->buffer = buffer;
    return true;
}

/* Count and record the time of a step since `start_ns`. */
static void task_trace_step(const struct ml_loop_task *task,
                            enum ml_trace_kind kind, uint64_t start_ns,
                            uint64_t *sum_ns)
{
    const uint64_t end_ns = ml_now_ns();
    *sum_ns += end_ns - start_ns;
    ml_trace_add(task->track, kind, (uint32_t)task->job->number, 0, start_ns,
                 end_ns);
}

/* ---- file work ---- */

static int task_run_file_work(void *context)
{
    struct ml_loop_task *task = context;
    task->work_status = task->work_does(task);
    return 0;
}

static enum ml_async_state task_file_work_done(struct ml_async_task *async)
{
    struct ml_loop_task *task = async->context;
    ml_executor_call_close(&task->work);
    return task_continue(task, task->work_next);
}

/* Have a file thread call `does`, then continue with `next`. */
static enum ml_async_state
task_await_file_work(struct ml_loop_task *task,
                     enum ml_status (*does)(struct ml_loop_task *task),
                     ml_async_step *next)
{
    struct ml_loop *loop = task->loop;
    task->work_does = does;
    task->work_next = next;
    loop->counts.file_works++;
    ml_sync_must(ml_async_run_in_executor(
        &loop->async, &loop->files, &task->work, task_run_file_work, task));
    return ml_async_await(&task->async, &task->work.future,
                          task_file_work_done);
}

/* ---- writing ---- */

static enum ml_status task_do_write(struct ml_loop_task *task)
{
    const struct ml_job_io *io = &task_run(task)->settings.io;
    struct ml_job *job = task->job;
    const uint64_t start = ml_now_ns();
    job->output_bytes = job->buffer.used;
    const enum ml_status status =
        io->write(io->context, job, ml_buffer_bytes(&job->buffer), &job->error);
    task_trace_step(task, ML_TRACE_WRITE, start, &job->write_ns);
    return status;
}

static enum ml_async_state task_written(struct ml_async_task *async)
{
    struct ml_loop_task *task = async->context;
    return task->work_status == ML_OK ? task_finish(task)
                                      : task_fail(task, ML_STEP_WRITE);
}

/* ---- computing ---- */

enum ml_status ml_loop_request_memory(void *context, uint64_t bytes,
                                      struct ml_error *err)
{
    struct ml_loop_stage *stage = context;
    struct ml_loop_task *task = stage->computing;
    struct ml_run *run = stage->loop->run;
    struct ml_job *job = task->job;
    if (!run->settings.transform.separate_steps)
        bytes -= run->share_bytes;
    if (job->charged_work >= bytes)
        return ML_OK; /* granted since the first try */
    /* Release a smaller grant before the new request; keep it if the request
     * can never be granted, since then ml_budget_request() fails. */
    if (job->charged_work > 0 && bytes <= run->work_budget.total_bytes) {
        ml_budget_release(&run->work_budget, job->charged_work);
        job->charged_work = 0;
    }
    const enum ml_status status = ml_budget_request(
        &run->work_budget, &task->request, bytes, &stage->loop->waker, err);
    if (status != ML_OK)
        return status;
    if (!ml_budget_granted(&run->work_budget, &task->request)) {
        task->request_pending = true;
        return ml_fail(err, ML_ERR_CANCELLED, "waiting for memory", NULL,
                       "other jobs hold it");
    }
    job->charged_work = bytes;
    return ML_OK;
}

static enum ml_async_state task_compute(struct ml_async_task *async);

static enum ml_async_state task_memory_granted(struct ml_async_task *async)
{
    struct ml_loop_task *task = async->context;
    struct ml_budget *budget = &task_run(task)->work_budget;
    if (ml_budget_granted(budget, &task->request)) {
        task->request_pending = false;
        task->job->charged_work = task->request.bytes;
        return task_continue(task, task_compute);
    }
    if (!task_stopping(task))
        return task_wait_for_wake(task, task_memory_granted);
    ml_budget_cancel(budget, &task->request);
    task->request_pending = false;
    return task_cancelled_at(task, ML_STEP_DECODE);
}

/* The steps within decode..encode, which block the loop.  If a picture needs
 * memory that other jobs hold, only its headers were read so far: it starts
 * again when the memory is granted. */
static enum ml_async_state task_compute(struct ml_async_task *async)
{
    struct ml_loop_task *task = async->context;
    struct ml_loop_stage *stage = task->stage;
    const struct ml_plan_stage *plan = stage->plan;
    const enum ml_step first = ml_stage_computes_from(plan);
    const enum ml_step last = ml_stage_computes_to(plan);
    struct ml_job *job = task->job;
    struct ml_output output = {
        .data = ml_slot(task->buffer.slots, task->buffer.index),
        .capacity = task->buffer.slots->slot_bytes,
    };
    const uint64_t start = ml_now_ns();
    stage->computing = task;
    stage->worker_context.job = (uint32_t)job->number;
    stage->worker_context.yield_hooks =
        ml_gil_guard_begin_compute(task->loop->guard);
    const enum ml_status status = ml_picture_process(
        &stage->worker_context, first, last, ml_buffer_bytes(&job->buffer),
        &output, &job->result, &job->error);
    ml_gil_guard_end_compute(task->loop->guard, first, last,
                             &job->result.times);
    stage->computing = NULL;
    task->loop->counts.blocked_ns += ml_now_ns() - start;
    if (task->request_pending) {
        memset(&job->error, 0, sizeof job->error);
        return task_continue(task, task_memory_granted);
    }
    task->buffer.used = status == ML_OK ? output.used : output.capacity;
    if (status != ML_OK)
        return task_fail(task, job->error.step);
    task_commit_result(task);
    if (!ml_stage_does(plan, ML_STEP_WRITE))
        return task_finish(task);
    return task_await_file_work(task, task_do_write, task_written);
}

static enum ml_async_state task_take_output_slot(struct ml_async_task *async)
{
    struct ml_loop_task *task = async->context;
    if (!task_take_buffer(task, &task->stage->result_buffers))
        return task_wait_for_wake(task, task_take_output_slot);
    if (ml_stage_does(task->stage->plan, ML_STEP_DECODE) && task_stopping(task))
        return task_cancelled_at(task, ML_STEP_DECODE);
    return task_continue(task, task_compute);
}

/* The step after the job's bytes have been read. */
static enum ml_async_state task_use_bytes(struct ml_loop_task *task)
{
    if (ml_stage_computes(task->stage->plan)) {
        return task_continue(task, task_take_output_slot);
    }
    if (ml_stage_does(task->stage->plan, ML_STEP_WRITE))
        return task_await_file_work(task, task_do_write, task_written);
    return task_finish(task);
}

/* ---- reading ---- */

static void task_abandon(struct ml_loop_task *task)
{
    const struct ml_job_io *io = &task_run(task)->settings.io;
    io->abandon(io->context, task->job);
}

static enum ml_status task_do_read(struct ml_loop_task *task)
{
    const struct ml_job_io *io = &task_run(task)->settings.io;
    struct ml_job *job = task->job;
    struct ml_buffer_ref *buffer = &task->buffer;
    const bool known = task->size != ML_SIZE_UNKNOWN;
    const uint64_t start = ml_now_ns();
    enum ml_status status = ML_OK;
    if (known)
        status = ml_slot_reserve(buffer->slots, buffer->index,
                                 (size_t)task->size, &job->error);
    if (status == ML_OK)
        status =
            io->read(io->context, job, ml_slot(buffer->slots, buffer->index),
                     known ? (size_t)task->size : buffer->slots->slot_bytes,
                     &buffer->used, &job->error);
    else
        task_abandon(task);
    task_trace_step(task, ML_TRACE_READ, start, &job->read_ns);
    return status;
}

static enum ml_async_state task_has_read(struct ml_async_task *async)
{
    struct ml_loop_task *task = async->context;
    if (task->work_status != ML_OK)
        return task_fail(task, ML_STEP_READ);
    task->job->input_bytes = task->buffer.used;
    task_commit_result(task);
    return task_use_bytes(task);
}

static enum ml_async_state task_input_granted(struct ml_async_task *async)
{
    struct ml_loop_task *task = async->context;
    struct ml_budget *budget = &task_run(task)->input_budget;
    if (ml_budget_granted(budget, &task->request)) {
        task->job->charged_input = task->size;
        return task_await_file_work(task, task_do_read, task_has_read);
    }
    if (!task_stopping(task))
        return task_wait_for_wake(task, task_input_granted);
    ml_budget_cancel(budget, &task->request);
    task_abandon(task);
    return task_cancelled_at(task, ML_STEP_READ);
}

static enum ml_async_state task_request_input(struct ml_async_task *async)
{
    struct ml_loop_task *task = async->context;
    if (task->size == ML_SIZE_UNKNOWN)
        return task_await_file_work(task, task_do_read, task_has_read);
    if (ml_budget_request(&task_run(task)->input_budget, &task->request,
                          task->size, &task->loop->waker,
                          &task->job->error) != ML_OK) {
        task_abandon(task);
        return task_fail(task, ML_STEP_READ);
    }
    return task_continue(task, task_input_granted);
}

static enum ml_async_state task_take_input_slot(struct ml_async_task *async)
{
    struct ml_loop_task *task = async->context;
    if (!task_take_buffer(task, &task->stage->input_buffers))
        return task_wait_for_wake(task, task_take_input_slot);
    return task_continue(task, task_request_input);
}

static enum ml_status task_do_open(struct ml_loop_task *task)
{
    const struct ml_job_io *io = &task_run(task)->settings.io;
    struct ml_job *job = task->job;
    const uint64_t start = ml_now_ns();
    const enum ml_status status =
        io->open(io->context, job, &task->size, &job->error);
    task_trace_step(task, ML_TRACE_READ, start, &job->read_ns);
    return status;
}

static enum ml_async_state task_opened(struct ml_async_task *async)
{
    struct ml_loop_task *task = async->context;
    if (task->work_status != ML_OK)
        return task_fail(task, ML_STEP_READ);
    return task_continue(task, task_take_input_slot);
}

static enum ml_async_state task_open(struct ml_async_task *async)
{
    struct ml_loop_task *task = async->context;
    return task_await_file_work(task, task_do_open, task_opened);
}

/* ---- the delay, and the first step ---- */

static enum ml_async_state task_has_waited(struct ml_async_task *async)
{
    struct ml_loop_task *task = async->context;
    task->delayed = false;
    task->loop->delays--;
    task_trace_step(task, ML_TRACE_READ, task->delay_start_ns,
                    &task->job->read_ns);
    return async->status == ML_SYNC_CANCELLED /* the run stops */
               ? task_cancelled_at(task, ML_STEP_READ)
               : task_open(async);
}

static enum ml_async_state task_await_delay(struct ml_loop_task *task)
{
    struct ml_loop *loop = task->loop;
    if (task_stopping(task))
        return task_cancelled_at(task, ML_STEP_READ);
    task->delay_start_ns = ml_now_ns();
    task->delayed = true;
    loop->counts.delays++;
    if (++loop->delays > loop->counts.delays_most)
        loop->counts.delays_most = loop->delays;
    return ml_async_sleep(&task->async, task_run(task)->delay.ns,
                          task_has_waited);
}

enum ml_async_state ml_loop_task_begin(struct ml_async_task *async)
{
    struct ml_loop_task *task = async->context;
    if (ml_pipeline_should_skip(task_run(task), task->stage->index, task->job))
        return task_finish(task);
    if (!ml_stage_does(task->stage->plan, ML_STEP_READ))
        return task_use_bytes(task);
    return task_run(task)->delay.ns > 0 ? task_await_delay(task)
                                        : task_open(async);
}
