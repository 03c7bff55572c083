/* pipeline.h: the inside of a run: stages, the links between them, their
 * memory.
 *
 * Between stage i and stage i + 1 lies link i: a queue of jobs that are ready
 * and, unless stage i is done by processes (their results lie in outboxes), the
 * slots that carry them, whose free numbers lie in a second queue.  Taking a
 * free slot is where a stage waits when the next one is slow; the queue of
 * ready jobs has room for every job there is, so pushing never waits, and the
 * dispatcher, which must not wait, may push.
 *
 * Links that carry files have slots for small ones beside those for large ones:
 * with small ones, going to sleep and being woken for each picture would cost
 * more than the picture.  Each has a queue of its own, so that neither keeps
 * the other waiting.
 */
#ifndef ML_PIPELINE_CORE_PIPELINE_H
#define ML_PIPELINE_CORE_PIPELINE_H

#include <stdatomic.h>

#include "os/mutex.h"
#include "pipeline/core/io_delay.h"
#include "pipeline/core/memory_budget.h"
#include "pipeline/core/waker.h"
#include "pipeline/ipc/channel.h"
#include "pipeline/picture/trace_names.h"
#include "pipeline/run.h"

struct ml_link {
    struct ml_queue ready;      /* jobs */
    struct ml_queue free;       /* slots; open when slots.count > 0 */
    struct ml_queue small_free; /* slots for small files; open when spare > 0 */
    struct ml_slots slots;
    uint32_t small_count; /* the last slots, for small files alone */
    unsigned producers;   /* threads that still push; under line lock */
};

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

struct ml_pool;

struct ml_run {
    struct ml_run_settings settings;
    struct ml_link links[ML_STEP_COUNT];
    struct ml_job *jobs; /* [job_count] */
    uint8_t *inputs;     /* [job_count] of ends.input_bytes */
    uint32_t job_count;
    struct ml_queue free_jobs;
    struct ml_stage_thread *stage_threads; /* [stage_thread_count], stage by
                                              stage; inline has one */
    size_t stage_thread_count;
    struct ml_budget input_budget, work_budget;
    uint64_t share_bytes;
    struct ml_pool *pool;  /* when a stage is done by processes */
    struct ml_loop *loop;  /* when a stage is done by the event loop */
    struct ml_delay delay; /* before each read */
    struct ml_waker waker; /* of the pool's dispatcher; fd -1 without pool */
    struct ml_gil *gil;    /* the interpreter lock of `gil` stages, or NULL */
    /* Relaxed would do: it only makes stages look up sooner or later; what a
     * stage does to a job never depends on when it saw this. */
    atomic_bool stopping;
    /* Guards the calls of ends.next and ends.done, and writing to `levels`. */
    struct ml_mutex io_lock;
    /* How much memory and how many slots are in use; NULL without a trace. */
    struct ml_trace_track *gauges;
    /* Guards producers, broken, error; the counts of copies, deaths, starts,
     * transport. */
    struct ml_mutex lock;
    bool broken;
    struct ml_error error; /* the first that broke the line */
    bool pool_broke;       /* as a ProcessPoolExecutor does */
    uint64_t worker_deaths, bytes_copied, lost;
    struct ml_worker_start_times starts;
    struct ml_transport_counts transport; /* of workers that are gone */
    size_t opened; /* how far ml_run_open got, for undoing */
};

/* ---- pipeline.c: what stages share ---- */

/* The next job to start, or NULL: none left, or stopping.  What it waits for is
 * told in `track`, here and below: of the calling thread, or NULL. */
struct ml_job *ml_pipeline_next_job(struct ml_run *run,
                                    struct ml_trace_track *track);
/* Likewise, but never waits: LATER when all jobs are in flight now. */
enum ml_next { ML_NEXT_JOB, ML_NEXT_AGAIN, ML_NEXT_NONE };
enum ml_next ml_pipeline_try_next_job(struct ml_run *run,
                                      struct ml_trace_track *track,
                                      struct ml_job **job_out);
/* A job has left stage `stage` (its error says how): hand it on, or end it. */
void ml_pipeline_forward(struct ml_run *run, size_t stage, struct ml_job *job,
                         struct ml_trace_track *track);
/* Likewise, but the next stage may sleep on: the caller owes
 * ml_pipeline_flush_wakeups(), before it waits for anything and within
 * ML_WAKE_DELAY_MAX_NS. */
void ml_pipeline_forward_deferred(struct ml_run *run, size_t stage,
                                  struct ml_job *job,
                                  struct ml_trace_track *track);
void ml_pipeline_flush_wakeups(struct ml_run *run, size_t stage);
/* One producer of stage `stage` is done; the last closes the link. */
void ml_pipeline_producer_done(struct ml_run *run, size_t stage);
/* Give back the slot where the job's bytes lie. */
void ml_buffer_release(struct ml_buffer_ref *buffer);
/* The line cannot go on: keep the first error and stop. */
void ml_pipeline_abort(struct ml_run *run, const struct ml_error *err);
/* Should this stage end `job` without touching it?  True for one that has
 * failed, and for one not yet decoded when the run stops (then it fails). */
bool ml_pipeline_should_skip(struct ml_run *run, size_t stage,
                             struct ml_job *job);
/* Jobs that wait behind stage `stage`, into the track. */
static inline void ml_pipeline_trace_depth(struct ml_run *run, size_t stage,
                                           struct ml_trace_track *track)
{
    if (track)
        ml_trace_level(track, ML_TRACE_DEPTH, (uint16_t)(ML_WAIT_READY + stage),
                       ml_queue_count(&run->links[stage].ready));
}

/* ---- gauges.c: memory and slots in use, for a trace ---- */

/* At one moment; taken without the ends lock, told while it is held. */
struct ml_gauges {
    uint64_t input_bytes, work_bytes;
    uint32_t slots[ML_STEP_COUNT]; /* behind stage i */
};

/* Begin the track, in which the limits are told. */
void ml_gauges_open(struct ml_run *run);
void ml_gauges_sample(struct ml_run *run, struct ml_gauges *gauges);
void ml_gauges_trace(struct ml_run *run, const struct ml_gauges *gauges);

static inline struct ml_bytes
ml_buffer_bytes(const struct ml_buffer_ref *buffer)
{
    return (struct ml_bytes){ml_slot(buffer->slots, buffer->index),
                             buffer->used};
}

/* ---- gil_shared.c ---- */

/* The plan has `gil` stages: run->gil for them. */
ML_MUST_CHECK enum ml_status ml_pipeline_open_gil(struct ml_run *run,
                                                  struct ml_error *err);

/* ---- thread_stage.c: stages of threads, and inline ---- */

ML_MUST_CHECK enum ml_status ml_stage_threads_open(struct ml_run *run,
                                                   struct ml_error *err);
ML_MUST_CHECK enum ml_status ml_stage_threads_start(struct ml_run *run,
                                                    struct ml_error *err);
void ml_stage_threads_join(struct ml_run *run);
/* Add up what happened to those under an interpreter lock, if they ended. */
void ml_stage_threads_count_gil(const struct ml_run *run,
                                struct ml_gil_stats *counts);
void ml_stage_threads_close(struct ml_run *run);
/* All stages in the calling thread. */
void ml_stage_threads_inline(struct ml_run *run);

/* ---- dispatcher.c: stages of processes ---- */

ML_MUST_CHECK enum ml_status ml_pool_open(struct ml_run *run,
                                          struct ml_error *err);
ML_MUST_CHECK enum ml_status ml_pool_start(struct ml_run *run,
                                           struct ml_error *err);
void ml_pool_join(struct ml_run *run);
void ml_pool_close(struct ml_run *run);
uint32_t ml_pool_first_chunk(const struct ml_run *run);

#endif
