/* run.h: a batch of jobs through a plan.
 *
 * ml_run_open() takes all memory, threads and processes that the plan needs,
 * ml_run_execute() does the jobs and returns when the last has ended,
 * ml_run_close() frees everything.  Whatever the plan, each job ends exactly
 * once, through ends.done, and every job that succeeds has the same bytes.
 */
#ifndef ML_PIPELINE_RUN_H
#define ML_PIPELINE_RUN_H

#include "pipeline/core/run_settings.h"
#include "pipeline/loop/loop_counts.h"
#include "pipeline/threads/gil_guard.h"
#include "trace/trace_counts.h"

struct ml_run_link_counts {
    struct ml_queue_counts ready; /* jobs between stage i and stage i + 1 */
    struct ml_queue_counts free;  /* its slots: pop waits are backpressure */
    uint32_t slots; /* 0: results lie in outboxes, and `free` is unused */
};

struct ml_run_counts {
    bool traced;
    struct ml_trace_counts trace; /* whole once the run has ended */
    size_t link_count;
    struct ml_run_link_counts links[ML_STEP_COUNT];
    uint64_t worker_deaths;
    struct ml_worker_start_times starts;
    uint64_t bytes_copied; /* between two process stages */
    uint32_t chunk;  /* of the first process stage; 0: minilab's own way */
    uint64_t lost;   /* jobs that ended as CPython would hang */
    bool pool_broke; /* a death broke it, as a ProcessPoolExecutor */
    struct ml_transport_counts transport; /* when `processes` */
    bool processes; /* a stage was done by worker processes */
    /* Granted by admission: the most for files and the most for pictures,
     * added, so at most as much at one time. */
    uint64_t memory_peak_bytes;
    struct ml_gil_stats gil; /* of all threads of `gil`, once they ended */
    bool loops;              /* the plan has stages on the event loop */
    struct ml_loop_counts loop;
};

struct ml_run;

ML_MUST_CHECK enum ml_status ml_run_open(struct ml_run **run_out,
                                         const struct ml_run_settings *settings,
                                         struct ml_error *err);
/* ML_OK however single jobs end; an error only when the line itself broke
 * (every job has been ended all the same). */
ML_MUST_CHECK enum ml_status ml_run_execute(struct ml_run *run,
                                            struct ml_error *err);
/* Take no new job, end what has been started; any thread, between open and
 * close.  Jobs not yet decoded end with ML_ERR_CANCELLED. */
void ml_run_stop(struct ml_run *run);
/* After ml_run_execute(). */
void ml_run_counts(struct ml_run *run, struct ml_run_counts *counts_out);
void ml_run_close(struct ml_run *run);

#endif
