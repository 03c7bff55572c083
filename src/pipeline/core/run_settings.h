/* run_settings.h: the settings of a run, and the counts that its stages keep
 * for run.h. */
#ifndef ML_PIPELINE_CORE_RUN_SETTINGS_H
#define ML_PIPELINE_CORE_RUN_SETTINGS_H

#include "gil/gil.h"
#include "pipeline/core/job.h"
#include "pipeline/picture/transform_settings.h"
#include "pipeline/plan/plan.h"

struct ml_trace;

/* How pictures travel to worker processes and back: coordinator.h. */
enum ml_transport_id {
    ML_TRANSPORT_SHM,
    ML_TRANSPORT_PICKLE,
    ML_TRANSPORT_PICKLE_INLINE,
    ML_TRANSPORT_COUNT
};

/* What happens when a worker process dies: policy.h. */
enum ml_pool_policy {
    ML_POOL_RETRY,
    ML_POOL_EXECUTOR,
    ML_POOL_MP,
    ML_POOL_POLICY_COUNT
};

/* Of stages of worker processes. */
struct ml_pool_settings {
    enum ml_transport_id transport;
    enum ml_pool_policy policy;
    uint32_t chunk; /* jobs; 0: the default of the policy */
    uint32_t
        tasks_per_child; /* chunks until a worker is replaced; 0: no limit */
};

/* What computing threads do with the interpreter lock. */
enum ml_gil_policy {
    ML_GIL_HOLD,    /* a checkpoint every few rows */
    ML_GIL_RELEASE, /* release it for the whole picture */
    ML_GIL_NOCHECK, /* hold it for the whole picture, without checkpoints */
    ML_GIL_POLICY_COUNT
};

struct ml_gil_settings {
    enum ml_gil_flavour flavour;
    enum ml_gil_policy policy; /* ignored if the flavour has no lock */
    bool each;            /* one lock for each thread, as sub-interpreters have;
                             not one for the process */
    uint64_t interval_ns; /* switch interval; 0: Python's */
};

struct ml_run_settings {
    struct ml_plan plan;
    struct ml_transform_settings transform; /* its chain outlives the run */
    struct ml_job_io io;
    uint64_t memory_bytes; /* of pictures in flight, all workers together */
    unsigned queue_depth;  /* jobs between two stages; 0: from the widths */
    struct ml_gil_settings gil; /* of stages done by `gil` */
    uint64_t io_delay_ns;       /* before each read: io_delay.h */
    bool loop_lag; /* measure the delay of the loop 1,000 times a second */
    struct ml_pool_settings pool;
    uint64_t inputs; /* expected number of jobs; 0: not known */
    /* The program that `processes` starts as workers; NULL: this one. */
    const char *worker_program;
    struct ml_trace *trace; /* NULL: none; outlives the run */
};

/* Start-up of worker processes: from the decision to start one until it can
 * receive a command. */
struct ml_worker_start_times {
    uint64_t workers; /* replacements included */
    uint64_t sum_ns, most_ns;
};

/* The cost of sending pictures to worker processes and back. */
struct ml_transport_counts {
    uint64_t messages; /* commands and replies received */
    /* Bytes of pictures, counted once a copy: into a message, into the pipe,
     * out of the pipe, out of the message. */
    uint64_t bytes_copied;
    uint64_t pipe_full_waits; /* a writer, of either end, found the pipe full */
    uint64_t put_ns;      /* the dispatcher passing pictures to the transport */
    uint64_t transfer_ns; /* from then until the last byte was in the pipe */
    /* Voluntary context switches: of the dispatcher and the transport's
     * threads; of the workers, for any reason.  As the kernel counts them. */
    uint64_t switches, worker_switches;
};

#endif
