/* run.h: a batch of jobs through a plan.
 *
 * ml_run_open() acquires all memory that the plan needs; ml_run_execute()
 * starts threads and processes, and returns when the last job has ended;
 * ml_run_close() frees everything.  With any plan each job ends exactly once,
 * through io.completed, and every job that succeeds has the same bytes.
 */
#ifndef ML_PIPELINE_RUN_H
#define ML_PIPELINE_RUN_H

#include "pipeline/core/run_settings.h"
#include "pipeline/loop/loop_counts.h"
#include "pipeline/threads/gil_guard.h"
#include "trace/trace_counts.h"

struct ml_run_link_counts {
    struct ml_queue_counts ready; /* jobs between stage i and stage i + 1 */
    struct ml_queue_counts free;  /* free slots: pop waits are backpressure */
    uint32_t slots; /* 0: results stay in result buffers, `free` is unused */
};

struct ml_run_counts {
    bool traced;
    struct ml_trace_counts trace; /* complete once the run has ended */
    size_t link_count;
    struct ml_run_link_counts links[ML_STEP_COUNT];
    uint64_t worker_deaths;
    struct ml_worker_start_times starts;
    uint64_t bytes_copied; /* between two process stages */
    uint32_t chunk;  /* of the first process stage; 0: minilab's own policy */
    uint64_t lost;   /* jobs for which CPython would hang */
    bool pool_broke; /* by a death, as a ProcessPoolExecutor */
    struct ml_transport_counts transport; /* if `processes` */
    bool processes; /* a stage was done by worker processes */
    /* Granted memory: the peak for files plus the peak for pictures, so an
     * upper bound of the true peak. */
    uint64_t memory_peak_bytes;
    struct ml_gil_stats gil; /* of all `gil` threads, once they ended */
    bool loops;              /* the plan has stages on the event loop */
    struct ml_loop_counts loop;
};

struct ml_run;

ML_MUST_CHECK enum ml_status ml_run_open(struct ml_run **run_out,
                                         const struct ml_run_settings *settings,
                                         struct ml_error *err);
/* ML_OK even if jobs fail; an error only if the pipeline itself broke (then all
 * jobs have been ended too). */
ML_MUST_CHECK enum ml_status ml_run_execute(struct ml_run *run,
                                            struct ml_error *err);
/* Start no new job, and end those that were started: a job that is not yet
 * decoded ends with ML_ERR_CANCELLED.  Any thread, between open and close. */
void ml_run_stop(struct ml_run *run);
/* After ml_run_execute(). */
void ml_run_counts(struct ml_run *run, struct ml_run_counts *counts_out);
void ml_run_close(struct ml_run *run);

#endif
