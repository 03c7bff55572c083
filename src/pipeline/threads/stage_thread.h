/* stage_thread.h: one thread of a stage: what it owns, and the jobs that it
 * does. */
#ifndef ML_PIPELINE_THREADS_STAGE_THREAD_H
#define ML_PIPELINE_THREADS_STAGE_THREAD_H

#include <pthread.h>

#include "pipeline/core/pipeline.h"
#include "pipeline/picture/worker_context.h"
#include "pipeline/threads/gil_guard.h"

/* One thread of a stage and what it owns. */
struct ml_stage_thread {
    struct ml_run *run;
    size_t stage;
    struct ml_worker_context *worker_context; /* when the stage computes */
    struct ml_slots input_buffer;             /* when it reads and decodes */
    struct ml_slots result_buffer;            /* when it encodes and writes */
    struct ml_job *job;                       /* the one at hand */
    struct ml_trace_track *track;             /* of its thread, or NULL */
    uint64_t start_requested_ns; /* when its thread was asked for */
    struct ml_gil_guard *guard;  /* when it is under an interpreter lock */
    bool wake_pending; /* a ring to the link behind: jobs were passed quietly */
    uint64_t last_wake_ns; /* when it last woke that link */
    pthread_t thread;
    bool started;
};

static inline const struct ml_plan_stage *
ml_stage_thread_stage(const struct ml_stage_thread *self)
{
    return &self->run->settings.plan.stages[self->stage];
}

/* Do the steps of the stage on `job`; its error says how they went. */
void ml_stage_thread_do(struct ml_stage_thread *self, struct ml_job *job);
/* What pthread_create() is given: all jobs of the stage; context is the struct.
 */
void *ml_stage_thread_main(void *context);
/* Admission's callback: wait for memory for the picture that is being computed,
 * and charge its job; context is the struct. */
enum ml_status ml_stage_thread_request_memory(void *context, uint64_t bytes,
                                              struct ml_error *err);

#endif
