/* pipeline_state.h: the inside of a run: stages, the links between them, their
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
    struct ml_queue free;       /* slots; open when slots.count > 0 */
    struct ml_queue small_free; /* slots for small files; open when spare > 0 */
    struct ml_slots slots;
    uint32_t small_count; /* the last slots, for small files alone */
    unsigned producers;   /* threads that still push; under line lock */
};

struct ml_loop;
struct ml_pool;
struct ml_stage_thread;

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
    struct ml_waker *loop_waker; /* of the event loop, or NULL */
    struct ml_gil *gil; /* the interpreter lock of `gil` stages, or NULL */
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
};

/* The bytes that lie in a buffer. */
static inline struct ml_bytes
ml_buffer_bytes(const struct ml_buffer_ref *buffer)
{
    return (struct ml_bytes){ml_slot(buffer->slots, buffer->index),
                             buffer->used};
}

/* The memory of one job's input, aligned for any type. */
static inline size_t ml_run_input_stride(const struct ml_run *run)
{
    return ml_round_up(run->settings.io.input_bytes + 1, 64);
}

#endif
