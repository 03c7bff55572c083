/* loop_stage.c: the iterations of the event loop; see loop_stage.h; loop_task.c
 * for the steps of its tasks, loop_open.c for opening and closing.
 *
 * One iteration: run the tasks that are ready; take new jobs for idle tasks,
 * the last stage first, so that started jobs get finished; then, unless a task
 * is ready, sleep until a file thread reports, a timer is due, or the waker is
 * woken.
 */
#include "pipeline/loop/loop_stage.h"

#include <assert.h>

#include "pipeline/loop/loop_internal.h"

/* ---- jobs ---- */

static bool loop_next_job(struct ml_loop_stage *stage, struct ml_job **job_out)
{
    struct ml_run *run = stage->loop->run;
    uint32_t index;
    if (stage->index == 0) {
        const enum ml_next next =
            ml_pipeline_try_next_job(run, stage->loop->track, job_out);
        stage->exhausted = next == ML_NEXT_NONE;
        return next == ML_NEXT_JOB;
    }
    struct ml_queue *ready = &run->links[stage->index - 1].ready;
    if (!ml_queue_try_pop(ready, &index)) {
        stage->exhausted = ml_queue_drained(ready);
        return false;
    }
    ml_pipeline_trace_depth(run, stage->index - 1, stage->loop->track);
    *job_out = &run->jobs[index];
    return true;
}

static void loop_take_jobs(struct ml_loop_stage *stage)
{
    struct ml_job *job;
    while (stage->idle_count > 0 && !stage->exhausted &&
           loop_next_job(stage, &job)) {
        struct ml_loop_task *task =
            &stage->tasks[stage->idle[--stage->idle_count]];
        task->job = job;
        ml_async_task_start(&task->async, &stage->loop->async,
                            ml_loop_task_begin, task);
    }
}

/* After a wake-up, let all waiting tasks check again for what they need. */
static void loop_signal_woken(struct ml_loop *loop, uint32_t epoch)
{
    if (epoch == loop->woken_epoch)
        return;
    loop->woken_epoch = epoch;
    ml_async_event_set(&loop->woken);
    ml_async_event_clear(&loop->woken);
}

/* Once the run stops, end all delays. */
static void loop_cancel_delays(struct ml_loop *loop)
{
    if (loop->delays_cancelled || !atomic_load(&loop->run->stopping))
        return;
    loop->delays_cancelled = true;
    for (size_t i = 0; i < loop->stage_count; i++) {
        struct ml_loop_stage *stage = &loop->stages[i];
        for (unsigned k = 0; k < stage->plan->width; k++) {
            if (stage->tasks[k].delayed)
                (void)ml_async_cancel(&stage->tasks[k].async.future);
        }
    }
}

/* ---- iterations ---- */

/* Close the links behind stages that have ended; true if all stages have. */
static bool loop_end_stages(struct ml_loop *loop)
{
    bool all = true;
    for (size_t i = 0; i < loop->stage_count; i++) {
        struct ml_loop_stage *stage = &loop->stages[i];
        if (!stage->ended && stage->exhausted &&
            stage->idle_count == stage->plan->width) {
            stage->ended = true;
            ml_pipeline_producer_done(loop->run, stage->index);
        }
        all = all && stage->ended;
    }
    return all;
}

/* Sleep until there is work, unless a task is ready or there was a wake-up
 * after epoch `seen`. */
static void loop_sleep(struct ml_loop *loop, uint32_t seen)
{
    const int timeout_ms = ml_async_timeout_ms(&loop->async);
    if (timeout_ms == 0 ||
        !ml_waker_prepare_wait(&loop->waker, seen, ML_WAKE_WORK)) {
        ml_async_poll(&loop->async, 0);
        return;
    }
    const uint64_t start = ml_trace_wait_begin(loop->track);
    ml_async_poll(&loop->async, timeout_ms);
    ml_trace_wait_end(loop->track, ML_TRACE_IDLE, ML_TRACE_NO_JOB,
                      ML_WAIT_EVENT, start);
    ml_waker_finish_wait(&loop->waker, false);
}

void ml_loop_run(struct ml_loop *loop)
{
    ml_gil_guard_acquire(loop->guard);
    if (loop->run->settings.loop_lag)
        ml_async_lag_start(&loop->async, &loop->counts.lag);
    for (;;) {
        const uint32_t seen = ml_waker_epoch(&loop->waker);
        loop_cancel_delays(loop);
        loop_signal_woken(loop, seen);
        ml_async_run_ready(&loop->async);
        /* After the ready tasks: a task that became idle among them does not
         * wake the loop. */
        for (size_t i = loop->stage_count; i-- > 0;)
            loop_take_jobs(&loop->stages[i]);
        if (loop_end_stages(loop))
            break;
        ml_gil_guard_save_thread(loop->guard);
        loop_sleep(loop, seen);
        ml_gil_guard_restore_thread(loop->guard);
        ml_async_process_events(&loop->async);
    }
    ml_async_lag_stop(&loop->async);
    ml_gil_guard_release(loop->guard);
}

void ml_loop_counts(const struct ml_loop *loop,
                    struct ml_loop_counts *counts_out)
{
    const struct ml_async_counts *counts = &loop->async.counts;
    *counts_out = loop->counts;
    counts_out->iterations = counts->iterations;
    counts_out->polls = counts->polls;
    counts_out->slowest_ns = counts->slowest_ns;
    counts_out->slow_tasks = counts->slow_calls;
    counts_out->lag_watched = loop->run->settings.loop_lag;
}

void ml_loop_count_gil(const struct ml_loop *loop, struct ml_gil_stats *counts)
{
    if (loop->guard)
        ml_gil_stats_add(counts, loop->guard);
}
