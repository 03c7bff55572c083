/* run_settings.h: what a run is told to do, and the counts that its stages keep
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

/* What computing threads do with the lock. */
enum ml_gil_policy {
    ML_GIL_HOLD,    /* a checkpoint every few rows */
    ML_GIL_RELEASE, /* let go for the whole picture */
    ML_GIL_NOCHECK, /* keep it for the whole picture */
    ML_GIL_POLICY_COUNT
};

struct ml_gil_settings {
    enum ml_gil_flavour flavour;
    enum ml_gil_policy policy; /* of no account where the flavour has no lock */
    bool each;            /* a lock for each thread, as interpreters of its own
                             would have; not one for the process */
    uint64_t interval_ns; /* 0: Python's */
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

#endif
