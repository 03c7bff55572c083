/* stage_thread.h: one thread of a stage: what it owns, and how it does the
 * stage's steps on one job after another. */
#ifndef ML_PIPELINE_THREADS_STAGE_THREAD_H
#define ML_PIPELINE_THREADS_STAGE_THREAD_H

#include <pthread.h>

#include "pipeline/core/pipeline.h"
#include "pipeline/picture/worker_context.h"
#include "pipeline/threads/gil_guard.h"

struct ml_stage_thread {
    struct ml_run *run;
    size_t stage;
    struct ml_worker_context *worker_context; /* if the stage computes */
    struct ml_slots input_buffer;             /* if it reads and decodes */
    struct ml_slots result_buffer;            /* if it encodes and writes */
    struct ml_job *job;                       /* the current one */
    struct ml_trace_track *track;             /* of its thread, or NULL */
    uint64_t start_requested_ns;              /* time of pthread_create() */
    struct ml_gil_guard *guard; /* if it is under an interpreter lock */
    bool wake_pending;          /* the next stage has a deferred wake-up */
    uint64_t last_wake_ns;      /* time of the last wake-up of the next stage */
    pthread_t thread;
    bool started;
};

static inline const struct ml_plan_stage *
ml_stage_thread_stage(const struct ml_stage_thread *self)
{
    return &self->run->settings.plan.stages[self->stage];
}

/* Do the steps of the stage on `job`; a failure is in job->error. */
void ml_stage_thread_do(struct ml_stage_thread *self, struct ml_job *job);
/* The thread's function, for pthread_create(); context is the struct. */
void *ml_stage_thread_main(void *context);
/* The request_memory callback of the thread's admission: wait for the memory of
 * the current job, and charge it; context is the struct. */
enum ml_status ml_stage_thread_request_memory(void *context, uint64_t bytes,
                                              struct ml_error *err);

#endif
