/* loop_inside.h: what the event loop knows of its stages and tasks; shared by
 * loop.c (turning), loop_task.c (the steps of a task), loop_open.c (beginning
 * and end).
 * The loop's thread alone uses it, but for the fields of a task that lies with
 * libuv's pool: those are the pool's until its `after` has been called.
 */
#ifndef ML_PIPELINE_LOOP_INSIDE_H
#define ML_PIPELINE_LOOP_INSIDE_H

#include <uv.h>

#include "pipeline/line.h"
#include "pipeline/loop.h"

/* What a step says of its task when it returns. */
enum ml_loop_then {
    LOOP_GO_ON, /* task->step is next, at once */
    LOOP_AWAIT, /* a timer or the pool will make it ready */
    LOOP_PARK,  /* task->step asks again once the bell has rung */
    LOOP_LEAVE  /* its job is done with the stage */
};

/* One job in flight in one stage. */
struct ml_loop_task {
    struct ml_loop *loop;
    struct ml_loop_stage *stage;
    uint32_t number; /* within the stage: of its inbox and outbox */
    struct ml_job *job;
    struct ml_trace_track *track; /* its delays, reads and writes, or NULL */
    uint64_t held_ns;             /* the longest that the job held the loop */
    enum ml_loop_then (*step)(struct ml_loop_task *task);
    uv_work_t work;
    enum ml_status (*work_does)(struct ml_loop_task *task); /* in the pool */
    enum ml_status work_status;
    uv_timer_t timer;
    bool timing;
    uint64_t wait_start_ns, wait_end_ns; /* of the timer */
    uint64_t size;                       /* of the input, or unknown */
    struct ml_place place;               /* for the result */
    struct ml_request request;           /* of memory */
    bool asked; /* for computing: the request was not granted at once */
};

struct ml_loop_stage {
    struct ml_loop *loop;
    size_t index; /* in the plan */
    const struct ml_plan_stage *plan;
    struct ml_loop_task *tasks; /* [plan->width] */
    uint32_t *idle;             /* numbers of tasks without a job: a stack */
    uint32_t idle_count;
    struct ml_tools tools; /* when it computes */
    bool tools_open;
    struct ml_slots inboxes;      /* one a task, when it reads and decodes */
    struct ml_slots outboxes;     /* likewise, when it encodes and writes */
    struct ml_loop_task *at_work; /* computing */
    bool exhausted;               /* no job will come any more */
    bool ended;
};

/* Tasks in the order they came: a ring with room for all. */
struct ml_loop_line {
    struct ml_loop_task **tasks; /* [capacity] */
    size_t capacity, head, count;
};

struct ml_loop {
    struct ml_run *run;
    uv_loop_t uv;
    uv_async_t async; /* wakes the loop for the bell */
    uv_timer_t tick;
    bool uv_open;
    struct ml_trace_track *track; /* of the thread that turns it, or NULL */
    uint64_t tick_start_ns;
    /* Where `gil` stages have a lock, the loop holds it too, but for its poll,
     * as asyncio does; else NULL. */
    struct ml_turn *turn;
    struct ml_bell bell;
    uint32_t parked_at; /* the bell's rings when tasks last were parked */
    struct ml_loop_stage stages[ML_STEP_COUNT];
    size_t stage_count;
    struct ml_loop_line ready, parked;
    uint32_t delays; /* timers of tasks that run now */
    bool hurried;    /* the stop has ended all delays */
    struct ml_loop_counts counts;
};

/* ---- loop.c ---- */

/* The task's turn comes again soon. */
void ml_loop_ready(struct ml_loop_task *task);

/* ---- loop_task.c ---- */

/* The first step of a task that was given a job. */
enum ml_loop_then ml_loop_task_begin(struct ml_loop_task *task);
/* Its delay is over, by time or because the run stops. */
void ml_loop_task_wake(struct ml_loop_task *task);
/* The computing stage's leave to use memory; context is the stage. */
enum ml_status ml_loop_ask(void *context, uint64_t bytes, struct ml_error *err);

static inline bool ml_loop_computes(const struct ml_plan_stage *stage)
{
    return stage->first <= ML_STEP_ENCODE && stage->last >= ML_STEP_DECODE;
}

#endif
