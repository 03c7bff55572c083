/* loop_open.c: opening and closing the event loop: its stages and tasks, its
 * wakers, its file threads; see loop_stage.h.
 */
#include "pipeline/loop/loop_stage.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pipeline/loop/loop_internal.h"
#include "pipeline/picture/picture.h"

/* The loop's track number in a trace; those of its tasks follow. */
#define LOOP_TRACK 100000

static void loop_wake(void *context)
{
    ml_async_wake(context);
}

/* Before each step of a task: a checkpoint of the interpreter lock. */
static void loop_checkpoint(void *context, struct ml_async_task *async)
{
    struct ml_gil_guard *guard = context;
    const struct ml_loop_task *task = async->context;
    ml_gil_guard_job(guard, (uint32_t)task->job->number);
    ml_gil_checkpoint(guard->gil, &guard->thread);
}

/* One thread for each file in flight: a job that waits for other jobs to be
 * written must not take a thread from their writes. */
static enum ml_status loop_open_files(struct ml_loop *loop,
                                      struct ml_error *err)
{
    const struct ml_plan *plan = &loop->run->settings.plan;
    unsigned threads = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct ml_plan_stage *stage = &plan->stages[i];
        if (stage->executor == ML_LOOP && (ml_stage_does(stage, ML_STEP_READ) ||
                                           ml_stage_does(stage, ML_STEP_WRITE)))
            threads += stage->width;
    }
    if (threads == 0)
        return ML_OK;
    const enum ml_status status =
        ml_executor_open(&loop->files, threads, NULL, NULL, err);
    loop->files_open = status == ML_OK;
    return status;
}

/* Tracks of the loop's own thread, and of the threads of its pictures. */
static void loop_open_tracks(struct ml_loop *loop)
{
    static const char *const names[ML_TRACKS_PER_WORKER] = {
        "loop", "loop ahead", "loop behind"};
    const struct ml_run *run = loop->run;
    const struct ml_plan *plan = &run->settings.plan;
    bool computes = false;
    for (size_t i = 0; i < plan->count; i++)
        computes |= plan->stages[i].executor == ML_LOOP &&
                    ml_stage_computes(&plan->stages[i]);
    const unsigned count =
        computes ? ml_trace_tracks_per_worker(&run->settings.transform) : 1;
    for (unsigned i = 0; i < count; i++)
        loop->tracks[i] = ml_trace_track(run->settings.trace, names[i],
                                         getpid(), LOOP_TRACK + (int)i);
    loop->track = loop->tracks[0];
}

/* The track of a task's delays, reads and writes, which overlap the loop's. */
static struct ml_trace_track *loop_task_track(const struct ml_loop_stage *stage,
                                              unsigned number)
{
    const bool reads = ml_stage_does(stage->plan, ML_STEP_READ);
    const bool writes = ml_stage_does(stage->plan, ML_STEP_WRITE);
    char name[ML_TRACE_NAME];
    if (!reads && !writes)
        return NULL;
    (void)snprintf(name, sizeof name, "%s%s%s %u", reads ? "read" : "",
                   reads && writes ? "," : "", writes ? "write" : "",
                   number + 1);
    return ml_trace_track(stage->loop->run->settings.trace, name, getpid(),
                          (int)(LOOP_TRACK + ML_TRACKS_PER_WORKER +
                                stage->index * ML_WIDTH_MAX + number));
}

static enum ml_status loop_open_tasks(struct ml_loop *loop,
                                      struct ml_loop_stage *stage,
                                      struct ml_error *err)
{
    const unsigned width = stage->plan->width;
    stage->tasks = calloc(width, sizeof *stage->tasks);
    stage->idle = calloc(width, sizeof *stage->idle);
    if (!stage->tasks || !stage->idle)
        return ml_fail_os(err, ENOMEM, "tasks of the loop", NULL);
    for (unsigned i = 0; i < width; i++) {
        struct ml_loop_task *task = &stage->tasks[i];
        task->loop = loop;
        task->stage = stage;
        task->number = i;
        task->track = loop_task_track(stage, i);
        stage->idle[stage->idle_count++] = width - 1 - i;
    }
    return ML_OK;
}

static enum ml_status loop_open_context(struct ml_loop_stage *stage,
                                        struct ml_error *err)
{
    const struct ml_run *run = stage->loop->run;
    stage->worker_context.transform = &run->settings.transform;
    stage->worker_context.filter_track = stage->loop->track;
    stage->worker_context.decode_track = stage->loop->tracks[1];
    stage->worker_context.encode_track = stage->loop->tracks[2];
    stage->worker_context.admission = (struct ml_admission){
        .context = stage,
        .share_bytes = run->share_bytes,
        .request_memory = ml_loop_request_memory,
    };
    const enum ml_status status =
        ml_worker_context_open(&stage->worker_context, err);
    stage->context_open = status == ML_OK;
    return status;
}

/* A buffer for each task; between jobs all together keep a 16th of the memory
 * at most. */
static enum ml_status loop_open_buffers(const struct ml_loop_stage *stage,
                                        enum ml_step step,
                                        struct ml_slots *slots,
                                        struct ml_error *err)
{
    const struct ml_run_settings *settings = &stage->loop->run->settings;
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    const uint64_t keep =
        settings->memory_bytes / 16 / stage->plan->width / page * page;
    const enum ml_status status = ml_slots_open_private(
        slots, stage->plan->width,
        ml_output_capacity(&settings->transform, step), err);
    if (status == ML_OK && keep < slots->resident_max)
        slots->resident_max = (size_t)keep;
    return status;
}

static enum ml_status loop_open_stage(struct ml_loop *loop, size_t index,
                                      struct ml_error *err)
{
    const struct ml_plan_stage *plan = &loop->run->settings.plan.stages[index];
    struct ml_loop_stage *stage = &loop->stages[loop->stage_count++];
    stage->loop = loop;
    stage->index = index;
    stage->plan = plan;
    enum ml_status status = loop_open_tasks(loop, stage, err);
    if (status == ML_OK && ml_stage_computes(plan))
        status = loop_open_context(stage, err);
    if (status == ML_OK && ml_stage_does(plan, ML_STEP_READ) &&
        ml_stage_does(plan, ML_STEP_DECODE))
        status =
            loop_open_buffers(stage, ML_STEP_READ, &stage->input_buffers, err);
    if (status == ML_OK && ml_stage_does(plan, ML_STEP_ENCODE) &&
        ml_stage_does(plan, ML_STEP_WRITE))
        status = loop_open_buffers(stage, ML_STEP_ENCODE,
                                   &stage->result_buffers, err);
    return status;
}

static enum ml_status loop_open_async(struct ml_loop *loop,
                                      struct ml_error *err)
{
    const enum ml_status status = ml_async_loop_open(&loop->async, err);
    loop->async_open = status == ML_OK;
    ml_waker_open_callback(&loop->waker, loop_wake, &loop->async);
    loop->run->loop_waker = &loop->waker;
    if (loop->guard) {
        loop->async.before = loop_checkpoint;
        loop->async.context = loop->guard;
    }
    return status;
}

static enum ml_status loop_open_guard(struct ml_loop *loop,
                                      struct ml_error *err)
{
    const struct ml_run *run = loop->run;
    if (!run->gil)
        return ML_OK;
    loop->guard = calloc(1, sizeof *loop->guard);
    if (!loop->guard)
        return ml_fail_os(err, ENOMEM, "cannot allocate the loop", NULL);
    const enum ml_status status =
        ml_gil_guard_open(loop->guard, &run->settings.gil, run->gil, err);
    loop->guard->track = loop->track;
    return status;
}

/* Have the loop woken by all queues that its stages may wait for. */
static void loop_set_wakers(struct ml_loop *loop)
{
    struct ml_run *run = loop->run;
    for (size_t i = 0; i < loop->stage_count; i++) {
        const struct ml_loop_stage *stage = &loop->stages[i];
        const size_t at = stage->index;
        ml_queue_set_waker(at == 0 ? &run->free_jobs
                                   : &run->links[at - 1].ready,
                           &loop->waker, ML_WAKE_WORK);
        if (at + 1 < run->settings.plan.count)
            ml_queue_set_waker(&run->links[at].free, &loop->waker,
                               ML_WAKE_WORK);
    }
}

enum ml_status ml_loop_open(struct ml_run *run, struct ml_error *err)
{
    const struct ml_plan *plan = &run->settings.plan;
    struct ml_loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return ml_fail_os(err, ENOMEM, "cannot allocate the loop", NULL);
    run->loop = loop;
    loop->run = run;
    loop_open_tracks(loop);
    enum ml_status status = loop_open_files(loop, err);
    if (status == ML_OK)
        status = loop_open_guard(loop, err);
    if (status == ML_OK)
        status = loop_open_async(loop, err);
    for (size_t i = 0; status == ML_OK && i < plan->count; i++) {
        if (plan->stages[i].executor == ML_LOOP)
            status = loop_open_stage(loop, i, err);
    }
    if (status == ML_OK)
        loop_set_wakers(loop);
    return status;
}

static int loop_first_call(void *context)
{
    (void)context;
    return 0;
}

enum ml_status ml_loop_start(struct ml_loop *loop, struct ml_error *err)
{
    struct ml_future first;
    if (!loop->files_open)
        return ML_OK;
    ml_future_open(&first, loop_first_call, NULL);
    const enum ml_sync_status status = ml_executor_submit(&loop->files, &first);
    if (status == ML_SYNC_OK)
        ml_sync_must(ml_future_result(&first, ML_FOREVER, NULL));
    ml_future_close(&first);
    return status == ML_SYNC_OK
               ? ML_OK
               : ml_fail_os(err, EAGAIN, "cannot start a thread",
                            ML_MORE_PROCESSES);
}

static void loop_close_stage(struct ml_loop_stage *stage)
{
    if (stage->context_open)
        ml_worker_context_close(&stage->worker_context);
    if (stage->input_buffers.memory)
        ml_slots_close(&stage->input_buffers);
    if (stage->result_buffers.memory)
        ml_slots_close(&stage->result_buffers);
    free(stage->idle);
    free(stage->tasks);
}

void ml_loop_close(struct ml_loop *loop)
{
    if (loop->files_open)
        ml_executor_close(&loop->files);
    if (loop->async_open)
        ml_async_loop_close(&loop->async);
    for (size_t i = 0; i < loop->stage_count; i++)
        loop_close_stage(&loop->stages[i]);
    ml_gil_guard_close(loop->guard);
    free(loop->guard);
    loop->run->loop_waker = NULL;
    free(loop);
}
