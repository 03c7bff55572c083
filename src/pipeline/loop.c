/* loop.c: the event loop at work; see loop.h, loop_task.c for what its tasks
 * do, loop_open.c for what is there before and after.
 *
 * One turn: take new jobs for idle tasks, the last stage first, so that what
 * was begun gets ended; give each task that is ready a turn, those that become
 * ready meanwhile the next time; then sleep until libuv's descriptor, a timer
 * or the bell has something, and let libuv call back.
 */
#include "pipeline/loop_inside.h"

#include <assert.h>
#include <poll.h>

#define LOOP_TICK_MS 1

/* ---- lines of tasks ---- */

static void loop_line_push(struct ml_loop_line *line, struct ml_loop_task *task)
{
    assert(line->count < line->capacity); /* a task stands in one at a time */
    line->tasks[(line->head + line->count) % line->capacity] = task;
    line->count++;
}

static struct ml_loop_task *loop_line_pop(struct ml_loop_line *line)
{
    struct ml_loop_task *task = line->tasks[line->head];
    assert(line->count > 0);
    line->head = (line->head + 1) % line->capacity;
    line->count--;
    return task;
}

void ml_loop_ready(struct ml_loop_task *task)
{
    loop_line_push(&task->loop->ready, task);
}

/* ---- lag ---- */

/* How long the tick is overdue; 0: it is not, or came up to one early, as
 * libuv's timers may. */
static uint64_t loop_lag(const struct ml_loop *loop)
{
    const uint64_t waited = ml_now_ns() - loop->tick_start_ns;
    const uint64_t due = LOOP_TICK_MS * ML_NS_PER_MS;
    return waited > due ? waited - due : 0;
}

static void loop_start_tick(struct ml_loop *loop);

static void loop_tick(uv_timer_t *timer)
{
    struct ml_loop *loop = timer->data;
    ml_histogram_note(&loop->counts.lag, loop_lag(loop));
    loop_start_tick(loop);
}

static void loop_start_tick(struct ml_loop *loop)
{
    uv_update_time(&loop->uv);
    loop->tick_start_ns = ml_now_ns();
    (void)uv_timer_start(&loop->tick, loop_tick, LOOP_TICK_MS, 0);
}

/* ---- tasks ---- */

static void loop_count_hold(struct ml_loop *loop, struct ml_loop_task *task,
                            uint64_t ns)
{
    if (ns > task->held_ns)
        task->held_ns = ns;
    if (ns > loop->counts.slowest_ns)
        loop->counts.slowest_ns = ns;
    loop->counts.slow_tasks += ns >= ML_LOOP_SLOW_NS;
}

/* All that it can do now; then it waits, or its job goes on. */
static void loop_turn_task(struct ml_loop *loop, struct ml_loop_task *task)
{
    struct ml_loop_stage *stage = task->stage;
    ml_turn_job(loop->turn, (uint32_t)task->job->number);
    if (loop->turn)
        ml_gil_checkpoint(loop->turn->gil, &loop->turn->thread);
    const uint64_t start = ml_now_ns();
    enum ml_loop_then then;
    do {
        then = task->step(task);
    } while (then == LOOP_GO_ON);
    loop_count_hold(loop, task, ml_now_ns() - start);
    if (then == LOOP_PARK)
        loop_line_push(&loop->parked, task);
    if (then != LOOP_LEAVE)
        return;
    struct ml_job *job = task->job;
    if (task->held_ns > job->held_loop_ns)
        job->held_loop_ns = task->held_ns;
    task->job = NULL;
    stage->idle[stage->idle_count++] = task->number;
    ml_line_pass(loop->run, stage->index, job, loop->track);
}

static bool loop_next_job(struct ml_loop_stage *stage, struct ml_job **job_out)
{
    struct ml_run *run = stage->loop->run;
    uint32_t index;
    if (stage->index == 0) {
        const enum ml_next next =
            ml_line_try_next(run, stage->loop->track, job_out);
        stage->exhausted = next == ML_NEXT_NONE;
        return next == ML_NEXT_JOB;
    }
    struct ml_queue *ready = &run->links[stage->index - 1].ready;
    if (!ml_queue_try_pop(ready, &index)) {
        stage->exhausted = ml_queue_ended(ready);
        return false;
    }
    ml_line_tell_depth(run, stage->index - 1, stage->loop->track);
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
        task->held_ns = 0;
        task->step = ml_loop_task_begin;
        ml_loop_ready(task);
    }
}

/* The bell has rung: what parked tasks wait for may be there. */
static void loop_unpark(struct ml_loop *loop, uint32_t rings)
{
    if (rings == loop->parked_at)
        return;
    loop->parked_at = rings;
    while (loop->parked.count > 0)
        ml_loop_ready(loop_line_pop(&loop->parked));
}

/* The run stops: nobody waits for a slow disk any more. */
static void loop_hurry(struct ml_loop *loop)
{
    if (loop->hurried || !atomic_load(&loop->run->stopping))
        return;
    loop->hurried = true;
    for (size_t i = 0; i < loop->stage_count; i++) {
        struct ml_loop_stage *stage = &loop->stages[i];
        for (unsigned k = 0; k < stage->plan->width; k++) {
            if (stage->tasks[k].timing)
                ml_loop_task_wake(&stage->tasks[k]);
        }
    }
}

/* ---- turning ---- */

/* Tell the next stages of what has ended; true when all has. */
static bool loop_end_stages(struct ml_loop *loop)
{
    bool all = true;
    for (size_t i = 0; i < loop->stage_count; i++) {
        struct ml_loop_stage *stage = &loop->stages[i];
        if (!stage->ended && stage->exhausted &&
            stage->idle_count == stage->plan->width) {
            stage->ended = true;
            ml_line_producer_ends(loop->run, stage->index);
        }
        all = all && stage->ended;
    }
    return all;
}

/* Sleep until there is something to do, unless there is already, or somebody
 * rang after `seen`. */
static void loop_sleep(struct ml_loop *loop, uint32_t seen)
{
    struct pollfd events = {.fd = uv_backend_fd(&loop->uv), .events = POLLIN};
    uv_update_time(&loop->uv); /* what is left of a timer counts from now */
    const int timeout_ms = uv_backend_timeout(&loop->uv);
    if (loop->ready.count > 0 || timeout_ms == 0 ||
        !ml_bell_rest(&loop->bell, seen, ML_BELL_WORK))
        return;
    loop->counts.polls++;
    const uint64_t start = ml_wait_begins(loop->track);
    (void)poll(&events, 1, timeout_ms); /* a signal: once more around */
    ml_wait_ended(loop->track, ML_TRACE_IDLE, ML_TRACE_NO_JOB, ML_CAUSE_EVENT,
                  start);
    ml_bell_rise(&loop->bell, false);
}

void ml_loop_run(struct ml_loop *loop)
{
    ml_turn_begin(loop->turn);
    loop_start_tick(loop);
    (void)uv_run(&loop->uv, UV_RUN_NOWAIT); /* it watches its descriptors now */
    for (;;) {
        const uint32_t seen = ml_bell_rings(&loop->bell);
        loop_hurry(loop);
        loop_unpark(loop, seen);
        for (size_t i = loop->stage_count; i-- > 0;)
            loop_take_jobs(&loop->stages[i]);
        for (size_t left = loop->ready.count; left > 0; left--)
            loop_turn_task(loop, loop_line_pop(&loop->ready));
        loop->counts.iterations++;
        if (loop_end_stages(loop))
            break;
        ml_turn_leave(loop->turn);
        loop_sleep(loop, seen);
        ml_turn_back(loop->turn);
        (void)uv_run(&loop->uv, UV_RUN_NOWAIT);
    }
    /* A task may have held it up to the end. */
    if (loop_lag(loop) > 0)
        ml_histogram_note(&loop->counts.lag, loop_lag(loop));
    (void)uv_timer_stop(&loop->tick);
    ml_turn_end(loop->turn);
}

void ml_loop_stop(struct ml_loop *loop)
{
    ml_bell_ring(&loop->bell, ML_BELL_ALWAYS);
}

void ml_loop_counts(const struct ml_loop *loop,
                    struct ml_loop_counts *counts_out)
{
    *counts_out = loop->counts;
}

void ml_loop_count_turn(const struct ml_loop *loop,
                        struct ml_turn_counts *counts)
{
    if (loop->turn)
        ml_turn_counts_add(counts, loop->turn);
}
