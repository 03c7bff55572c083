/* pipeline_state.h: the inside of a run: its stages, the links between them,
 * their memory.
 *
 * Link i connects stage i to stage i + 1: a queue of ready jobs, and the slots
 * that carry them with a queue of free slot numbers.  If stage i is done by
 * processes and stage i + 1 is not, the link has no slots: results stay in
 * result buffers.  A stage waits for a free slot when the next stage is slow;
 * the queue of ready jobs has room for all jobs, so a push to it never waits,
 * and the dispatcher, which must not wait, may push.
 *
 * Links that carry files have slots for small files beside those for large
 * ones: with small files, sleeping and waking for each picture would cost more
 * than the picture.  Each kind has a queue of its own, so that neither keeps
 * the other waiting.
 */
#ifndef ML_PIPELINE_CORE_PIPELINE_STATE_H
#define ML_PIPELINE_CORE_PIPELINE_STATE_H

#include <stdatomic.h>

#include "base/size_math.h"
#include "os/mutex.h"
#include "pipeline/core/io_delay.h"
#include "pipeline/core/memory_budget.h"
#include "pipeline/core/queue.h"
#include "pipeline/core/run_settings.h"
#include "pipeline/core/slots.h"
#include "pipeline/core/waker.h"
#include "pipeline/picture/trace_names.h"

struct ml_link {
    struct ml_queue ready;      /* jobs */
    struct ml_queue free;       /* slots; open if slots.count > 0 */
    struct ml_queue small_free; /* small slots; open if small_count > 0 */
    struct ml_slots slots;
    uint32_t small_count; /* the last slots, for small files only */
    unsigned producers;   /* threads that still push; guarded by run->lock */
};

struct ml_loop;
struct ml_pool;
struct ml_stage_thread;

struct ml_run {
    struct ml_run_settings settings;
    struct ml_link links[ML_STEP_COUNT];
    struct ml_job *jobs; /* [job_count] */
    uint8_t *inputs;     /* [job_count] of ml_run_input_stride() */
    uint32_t job_count;
    struct ml_queue free_jobs;
    /* [stage_thread_count], stage by stage; an inline stage has one. */
    struct ml_stage_thread *stage_threads;
    size_t stage_thread_count;
    struct ml_budget input_budget, work_budget;
    uint64_t share_bytes;
    struct ml_pool *pool;        /* if a stage is done by processes */
    struct ml_loop *loop;        /* if a stage is done by the event loop */
    struct ml_delay delay;       /* before each read */
    struct ml_waker waker;       /* of the dispatcher; fd -1 without a pool */
    struct ml_waker *loop_waker; /* of the event loop, or NULL */
    struct ml_gil *gil; /* the interpreter lock of `gil` stages, or NULL */
    /* Relaxed would suffice: it only decides how soon a stage notices the stop;
     * what a stage does to a job never depends on that moment. */
    atomic_bool stopping;
    /* Guards the calls of io.next and io.completed, and writes to `gauges`. */
    struct ml_mutex io_lock;
    /* Memory and slots in use (gauges.h); NULL without a trace. */
    struct ml_trace_track *gauges;
    /* Guards producers, broken, error; the counts of copies, deaths, starts,
     * transport. */
    struct ml_mutex lock;
    bool broken;
    struct ml_error error; /* the first that broke the pipeline */
    bool pool_broke;       /* by a death, as a ProcessPoolExecutor */
    uint64_t worker_deaths, bytes_copied, lost;
    struct ml_worker_start_times starts;
    struct ml_transport_counts transport; /* of workers that have exited */
};

static inline struct ml_bytes
ml_buffer_bytes(const struct ml_buffer_ref *buffer)
{
    return (struct ml_bytes){ml_slot(buffer->slots, buffer->index),
                             buffer->used};
}

/* Bytes of memory for job->input: one job's share, aligned for any type. */
static inline size_t ml_run_input_stride(const struct ml_run *run)
{
    return ml_round_up(run->settings.io.input_bytes + 1, 64);
}

#endif
