/* loop_internal.h: the event loop's own state of its stages and tasks; shared
 * by loop_stage.c (the iterations), loop_task.c (the steps of a task) and
 * loop_open.c (opening and closing).
 *
 * Only the loop's thread uses it, except for a task whose file work is in
 * progress: that task belongs to a file thread until its next step.
 */
#ifndef ML_PIPELINE_LOOP_LOOP_INTERNAL_H
#define ML_PIPELINE_LOOP_LOOP_INTERNAL_H

#include "async/loop.h"
#include "async/run_in_executor.h"
#include "async/wait.h"
#include "pipeline/core/pipeline.h"
#include "pipeline/loop/loop_counts.h"
#include "pipeline/picture/worker_context.h"
#include "pipeline/threads/gil_guard.h"

/* One job in flight in one stage. */
struct ml_loop_task {
    struct ml_async_task async; /* while the task has a job */
    struct ml_loop *loop;
    struct ml_loop_stage *stage;
    uint32_t number; /* within the stage; also of its own buffers */
    struct ml_job *job;
    struct ml_trace_track *track; /* its delays, reads and writes, or NULL */
    /* The work of a file thread, and the step after it. */
    struct ml_executor_call work;
    enum ml_status (*work_does)(struct ml_loop_task *task);
    ml_async_step *work_next;
    enum ml_status work_status;
    bool delayed; /* by --io-delay, since: */
    uint64_t delay_start_ns;
    uint64_t size;                    /* of the input, or ML_SIZE_UNKNOWN */
    struct ml_buffer_ref buffer;      /* for the result */
    struct ml_budget_request request; /* of memory */
    bool request_pending;             /* for computing: not granted at once */
};

struct ml_loop_stage {
    struct ml_loop *loop;
    size_t index; /* in the plan */
    const struct ml_plan_stage *plan;
    struct ml_loop_task *tasks; /* [plan->width] */
    uint32_t *idle;             /* stack of the numbers of idle tasks */
    uint32_t idle_count;
    struct ml_worker_context worker_context; /* if it computes */
    bool context_open;
    struct ml_slots input_buffers;  /* one a task, if it reads and decodes */
    struct ml_slots result_buffers; /* one a task, if it encodes and writes */
    struct ml_loop_task *computing; /* or NULL */
    bool exhausted;                 /* no more jobs will come */
    bool ended;
};

struct ml_loop {
    struct ml_run *run;
    struct ml_async_loop async;
    bool async_open;
    struct ml_executor files; /* threads that open, read and write */
    bool files_open;
    struct ml_trace_track *track; /* of the loop's thread, or NULL */
    /* That one, and those of the threads of its pictures. */
    struct ml_trace_track *tracks[ML_TRACKS_PER_WORKER];
    /* If `gil` stages have a lock, the loop holds it too, except while it
     * polls, as asyncio does; else NULL. */
    struct ml_gil_guard *guard;
    struct ml_waker waker;
    struct ml_async_event woken; /* for tasks that wait */
    uint32_t woken_epoch; /* the waker's epoch when `woken` was last set */
    struct ml_loop_stage stages[ML_STEP_COUNT];
    size_t stage_count;
    uint32_t delays;       /* tasks that are delayed now */
    bool delays_cancelled; /* because the run stops */
    struct ml_loop_counts counts;
};

/* ---- loop_task.c ---- */

/* The first step of a task with a new job; its context is the struct
 * ml_loop_task. */
ml_async_step ml_loop_task_begin;
/* The request_memory callback of a computing stage; context is the stage. */
enum ml_status ml_loop_request_memory(void *context, uint64_t bytes,
                                      struct ml_error *err);

#endif
