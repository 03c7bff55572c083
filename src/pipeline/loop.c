/* loop.c: the event loop: opening, turning, ending; see loop.h, and
 * loop_task.c for what its tasks do.
 *
 * One turn: take new jobs for idle tasks, the last stage first, so that what
 * was begun gets ended; give each task that is ready a turn, those that become
 * ready meanwhile the next time; then sleep until libuv's descriptor, a timer
 * or the bell has something, and let libuv call back.
 */
#include "pipeline/loop_inside.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOP_TICK_MS 1
#define LOOP_POOL_MAX 1024U /* threads: libuv's own limit */

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
    ml_line_pass(loop->run, stage->index, job);
}

static bool loop_next_job(struct ml_loop_stage *stage, struct ml_job **job_out)
{
    struct ml_run *run = stage->loop->run;
    uint32_t index;
    if (stage->index == 0) {
        const enum ml_next next = ml_line_try_next(run, job_out);
        stage->exhausted = next == ML_NEXT_NONE;
        return next == ML_NEXT_JOB;
    }
    struct ml_queue *ready = &run->links[stage->index - 1].ready;
    if (!ml_queue_try_pop(ready, &index)) {
        stage->exhausted = ml_queue_ended(ready);
        return false;
    }
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

/* Sleep until there is something to do; nothing was rung since `seen`. */
static void loop_sleep(struct ml_loop *loop, uint32_t seen)
{
    struct pollfd events = {.fd = uv_backend_fd(&loop->uv), .events = POLLIN};
    uv_update_time(&loop->uv); /* what is left of a timer counts from now */
    const int timeout_ms = uv_backend_timeout(&loop->uv);
    if (loop->ready.count > 0 || timeout_ms == 0 ||
        !ml_bell_rest(&loop->bell, seen, ML_BELL_WORK))
        return;
    loop->counts.polls++;
    (void)poll(&events, 1, timeout_ms); /* a signal: once more around */
    ml_bell_rise(&loop->bell, false);
}

void ml_loop_run(struct ml_loop *loop)
{
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
        loop_sleep(loop, seen);
        (void)uv_run(&loop->uv, UV_RUN_NOWAIT);
    }
    /* A task may have held it up to the end. */
    if (loop_lag(loop) > 0)
        ml_histogram_note(&loop->counts.lag, loop_lag(loop));
    (void)uv_timer_stop(&loop->tick);
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

/* ---- opening and closing ---- */

static void loop_wake(void *context)
{
    const int rc = uv_async_send(context);
    assert(rc == 0);
    (void)rc;
}

static void loop_woken(uv_async_t *async)
{
    (void)async; /* to have been woken is all */
}

/* Each file in flight may keep one thread of the pool; a job that waits for
 * others to be written must not keep their writers from one. */
static enum ml_status loop_size_pool(const struct ml_run *run,
                                     struct ml_error *err)
{
    const struct ml_plan *plan = &run->settings.plan;
    unsigned threads = 0;
    char text[16];
    for (size_t i = 0; i < plan->count; i++) {
        const struct ml_plan_stage *stage = &plan->stages[i];
        if (stage->executor == ML_LOOP && (ml_stage_does(stage, ML_STEP_READ) ||
                                           ml_stage_does(stage, ML_STEP_WRITE)))
            threads += stage->width;
    }
    (void)snprintf(text, sizeof text, "%u",
                   threads < LOOP_POOL_MAX ? threads : LOOP_POOL_MAX);
    /* The only way to tell libuv; no thread of the run exists yet. */
    if (threads > 0 && setenv("UV_THREADPOOL_SIZE", text, 1) != 0)
        return ml_fail_os(err, errno, "size of the file pool", NULL);
    return ML_OK;
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
        task->work.data = task;
        task->timer.data = task;
        (void)uv_timer_init(&loop->uv, &task->timer);
        stage->idle[stage->idle_count++] = width - 1 - i;
    }
    return ML_OK;
}

static enum ml_status loop_open_tools(struct ml_loop_stage *stage,
                                      struct ml_error *err)
{
    const struct ml_run *run = stage->loop->run;
    stage->tools.order = &run->settings.order;
    stage->tools.admission = (struct ml_admission){
        .context = stage,
        .share_bytes = run->share_bytes,
        .ask = ml_loop_ask,
    };
    const enum ml_status status = ml_tools_open(&stage->tools, err);
    stage->tools_open = status == ML_OK;
    return status;
}

/* A place for each task; all together keep little memory between jobs. */
static enum ml_status loop_open_places(const struct ml_loop_stage *stage,
                                       enum ml_step step,
                                       struct ml_slots *slots,
                                       struct ml_error *err)
{
    const struct ml_run_settings *settings = &stage->loop->run->settings;
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    const uint64_t keep =
        settings->memory_bytes / 16 / stage->plan->width / page * page;
    const enum ml_status status =
        ml_slots_open_private(slots, stage->plan->width,
                              ml_output_capacity(&settings->order, step), err);
    if (status == ML_OK && keep < slots->keep_bytes)
        slots->keep_bytes = (size_t)keep;
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
    if (status == ML_OK && ml_loop_computes(plan))
        status = loop_open_tools(stage, err);
    if (status == ML_OK && ml_stage_does(plan, ML_STEP_READ) &&
        ml_stage_does(plan, ML_STEP_DECODE))
        status = loop_open_places(stage, ML_STEP_READ, &stage->inboxes, err);
    if (status == ML_OK && ml_stage_does(plan, ML_STEP_ENCODE) &&
        ml_stage_does(plan, ML_STEP_WRITE))
        status = loop_open_places(stage, ML_STEP_ENCODE, &stage->outboxes, err);
    return status;
}

static enum ml_status loop_open_lines(struct ml_loop *loop,
                                      struct ml_error *err)
{
    size_t tasks = 0;
    for (size_t i = 0; i < loop->stage_count; i++)
        tasks += loop->stages[i].plan->width;
    loop->ready.capacity = loop->parked.capacity = tasks;
    loop->ready.tasks = calloc(tasks, sizeof(struct ml_loop_task *));
    loop->parked.tasks = calloc(tasks, sizeof(struct ml_loop_task *));
    if (!loop->ready.tasks || !loop->parked.tasks)
        return ml_fail_os(err, ENOMEM, "tasks of the loop", NULL);
    return ML_OK;
}

static enum ml_status loop_open_uv(struct ml_loop *loop, struct ml_error *err)
{
    int rc = uv_loop_init(&loop->uv);
    loop->uv_open = rc == 0;
    if (rc == 0)
        rc = uv_async_init(&loop->uv, &loop->async, loop_woken);
    if (rc != 0) /* libuv's errors are the system's, below zero */
        return ml_fail_os(err, -rc, "cannot open an event loop", NULL);
    (void)uv_timer_init(&loop->uv, &loop->tick);
    loop->tick.data = loop;
    ml_bell_open_call(&loop->bell, loop_wake, &loop->async);
    return ML_OK;
}

/* Have the loop rung for what its stages may wait for. */
static void loop_listen(struct ml_loop *loop)
{
    struct ml_run *run = loop->run;
    for (size_t i = 0; i < loop->stage_count; i++) {
        const struct ml_loop_stage *stage = &loop->stages[i];
        const size_t at = stage->index;
        if (ml_stage_does(stage->plan, ML_STEP_READ))
            run->input_budget.bell = &loop->bell;
        if (ml_stage_does(stage->plan, ML_STEP_DECODE))
            run->work_budget.bell = &loop->bell;
        ml_queue_wake(at == 0 ? &run->free_jobs : &run->links[at - 1].ready,
                      &loop->bell, ML_BELL_WORK);
        if (at + 1 < run->settings.plan.count)
            ml_queue_wake(&run->links[at].free, &loop->bell, ML_BELL_WORK);
    }
}

enum ml_status ml_loop_open(struct ml_run *run, struct ml_error *err)
{
    const struct ml_plan *plan = &run->settings.plan;
    struct ml_loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return ml_fail_os(err, ENOMEM, "memory of the loop", NULL);
    run->loop = loop;
    loop->run = run;
    enum ml_status status = loop_size_pool(run, err);
    if (status == ML_OK)
        status = loop_open_uv(loop, err);
    for (size_t i = 0; status == ML_OK && i < plan->count; i++) {
        if (plan->stages[i].executor == ML_LOOP)
            status = loop_open_stage(loop, i, err);
    }
    if (status == ML_OK)
        status = loop_open_lines(loop, err);
    if (status == ML_OK)
        loop_listen(loop);
    return status;
}

static void loop_close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void loop_close_stage(struct ml_loop_stage *stage)
{
    if (stage->tools_open)
        ml_tools_close(&stage->tools);
    if (stage->inboxes.memory)
        ml_slots_close(&stage->inboxes);
    if (stage->outboxes.memory)
        ml_slots_close(&stage->outboxes);
    free(stage->idle);
    free(stage->tasks);
}

void ml_loop_close(struct ml_loop *loop)
{
    if (loop->uv_open) {
        uv_walk(&loop->uv, loop_close_handle, NULL);
        (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
        const int rc = uv_loop_close(&loop->uv);
        assert(rc == 0); /* every task has ended, every handle is closed */
        (void)rc;
    }
    for (size_t i = 0; i < loop->stage_count; i++)
        loop_close_stage(&loop->stages[i]);
    free(loop->ready.tasks);
    free(loop->parked.tasks);
    free(loop);
}
