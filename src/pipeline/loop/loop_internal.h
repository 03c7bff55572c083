/* loop_internal.h: what the event loop knows of its stages and tasks; shared by
 * loop_stage.c (turning), loop_task.c (the steps of a task), loop_open.c
 * (beginning and end). The loop's thread alone uses it, but for the fields of a
 * task that lies with the file threads: those are theirs until the task's next
 * step.
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
    struct ml_async_task async; /* from the job's coming to its going */
    struct ml_loop *loop;
    struct ml_loop_stage *stage;
    uint32_t number; /* within the stage: of its inbox and outbox */
    struct ml_job *job;
    struct ml_trace_track *track; /* its delays, reads and writes, or NULL */
    /* What a file thread does for it, and what comes then. */
    struct ml_executor_call work;
    enum ml_status (*work_does)(struct ml_loop_task *task);
    ml_async_step *work_next;
    enum ml_status work_status;
    bool delayed; /* by a slow disk that is none, since: */
    uint64_t delay_start_ns;
    uint64_t size;                    /* of the input, or unknown */
    struct ml_buffer_ref buffer;      /* for the result */
    struct ml_budget_request request; /* of memory */
    bool asked; /* for computing: the request was not granted at once */
};

struct ml_loop_stage {
    struct ml_loop *loop;
    size_t index; /* in the plan */
    const struct ml_plan_stage *plan;
    struct ml_loop_task *tasks; /* [plan->width] */
    uint32_t *idle;             /* numbers of tasks without a job: a stack */
    uint32_t idle_count;
    struct ml_worker_context worker_context; /* when it computes */
    bool context_open;
    struct ml_slots input_buffers;  /* one a task, when it reads and decodes */
    struct ml_slots result_buffers; /* likewise, when it encodes and writes */
    struct ml_loop_task *at_work;   /* computing */
    bool exhausted;                 /* no job will come any more */
    bool ended;
};

struct ml_loop {
    struct ml_run *run;
    struct ml_async_loop async;
    bool async_open;
    struct ml_executor files; /* threads that open, read and write */
    bool files_open;
    struct ml_trace_track *track; /* of the thread that turns it, or NULL */
    struct ml_trace_track
        *tracks[ML_TRACKS_PER_WORKER]; /* that, and those of the
                                    threads in its pictures */
    /* Where `gil` stages have a lock, the loop holds it too, but for its poll,
     * as asyncio does; else NULL. */
    struct ml_gil_guard *guard;
    struct ml_waker waker;
    struct ml_async_event rung; /* for tasks that found nothing */
    uint32_t rung_at;           /* the bell's rings when that last was set */
    struct ml_loop_stage stages[ML_STEP_COUNT];
    size_t stage_count;
    uint32_t delays; /* of tasks, that last now */
    bool hurried;    /* the stop has ended all of them */
    struct ml_loop_counts counts;
};

/* ---- loop_task.c ---- */

/* The first step of a task that was given a job; its context is the struct
 * ml_loop_task. */
ml_async_step ml_loop_task_begin;
/* The computing stage's leave to use memory; context is the stage. */
enum ml_status ml_loop_request_memory(void *context, uint64_t bytes,
                                      struct ml_error *err);

#endif
