/* run.h: a batch of jobs through a plan.
 *
 * ml_run_open() takes all memory, threads and processes that the plan needs,
 * ml_run_execute() does the jobs and returns when the last has ended,
 * ml_run_close() frees everything.  Whatever the plan, each job ends exactly
 * once, through ends.done, and every job that succeeds has the same bytes.
 */
#ifndef ML_PIPELINE_RUN_H
#define ML_PIPELINE_RUN_H

#include "pipeline/core/job.h"
#include "pipeline/loop/loop_stage.h"
#include "pipeline/plan/plan.h"
#include "pipeline/threads/gil_guard.h"
#include "trace/trace_counts.h"

struct ml_trace;

/* How pictures travel to worker processes and back: coordinator.h. */
enum ml_transport_id {
    ML_TRANSPORT_SHM,
    ML_TRANSPORT_PICKLE,
    ML_TRANSPORT_PICKLE_INLINE,
    ML_TRANSPORT_COUNT
};

/* What is done when a worker dies: policy.h. */
enum ml_pool_policy {
    ML_POOL_RETRY,
    ML_POOL_EXECUTOR,
    ML_POOL_MP,
    ML_POOL_POLICY_COUNT
};

/* Stages done by worker processes. */
struct ml_pool_settings {
    enum ml_transport_id transport;
    enum ml_pool_policy policy;
    uint32_t chunk;           /* 0: the policy's own */
    uint32_t tasks_per_child; /* chunks; then a fresh worker; 0: no limit */
};

struct ml_run_settings {
    struct ml_plan plan;
    struct ml_transform_settings transform; /* its chain outlives the run */
    struct ml_job_io io;
    uint64_t memory_bytes; /* of pictures in flight, all workers together */
    unsigned queue_depth;  /* jobs between two stages; 0: as the widths ask */
    struct ml_gil_settings gil; /* of stages done by `gil` */
    uint64_t io_delay_ns;       /* before each read, as if the disk were slow */
    bool loop_lag; /* see 1,000 times a second how late the loop is */
    struct ml_pool_settings pool;
    uint64_t inputs; /* so many jobs will come; 0: not known */
    /* The program that `processes` starts as workers; NULL: this one. */
    const char *worker_program;
    struct ml_trace *trace; /* NULL: none; outlives the run */
};

/* Do threads hold the interpreter lock while they compute?  Threads within a
 * picture know nothing of it, so each picture then has one, whatever
 * order.inner says. */
bool ml_run_holds_gil(const struct ml_run_settings *settings);

struct ml_run_link_counts {
    struct ml_queue_counts ready; /* jobs between stage i and stage i + 1 */
    struct ml_queue_counts free;  /* its slots: pop waits are backpressure */
    uint32_t slots; /* 0: results lie in outboxes, and `free` is unused */
};

/* Worker processes, from the decision to start one until it could take a
 * command. */
struct ml_worker_start_times {
    uint64_t workers; /* those that replaced others too */
    uint64_t sum_ns, most_ns;
};

/* What pictures cost on their way to worker processes and back. */
struct ml_transport_counts {
    uint64_t messages; /* commands and replies that were taken */
    /* Bytes of pictures, once for each copy: into a message, into the pipe, out
     * of it, out of the message. */
    uint64_t bytes_copied;
    uint64_t pipe_full_waits; /* a writer found the pipe full, both ends */
    uint64_t put_ns;      /* the dispatcher giving pictures to the transport */
    uint64_t transfer_ns; /* from there until the last byte was in the pipe */
    /* Voluntary context switches: of the dispatcher and the transport's own
     * threads; of the workers, whatever for, by the kernel's account. */
    uint64_t switches, worker_switches;
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
