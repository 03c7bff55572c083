/* run_metrics.h: the metrics of a run, as numbers and enums, for the rules of
 * diagnosis.h.
 *
 * `minilab run` fills them from its counters and prints its JSON document from
 * them; `compare` parses them from the documents of its runs.  So both apply
 * the rules to the same numbers.  A metric that a document lacks is 0.  A
 * struct ml_run_metrics holds no pointers: it may be copied and kept.
 */
#ifndef ML_ANALYSIS_RUN_METRICS_H
#define ML_ANALYSIS_RUN_METRICS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "trace/trace.h"

#define ML_METRICS_STAGES 5 /* a run has as many steps */
#define ML_METRICS_GROUPS 8 /* groups: its stages, the loop, the dispatcher */

/* What runs a stage.  In the order of the pipeline's executors, whose enum this
 * folder may not include. */
enum ml_metric_executor {
    ML_METRIC_INLINE,
    ML_METRIC_THREADS,
    ML_METRIC_PROCESSES,
    ML_METRIC_GIL,
    ML_METRIC_LOOP,
    ML_METRIC_EXECUTORS /* the count; also an unknown executor */
};

struct ml_stage_metrics {
    enum ml_step first, last; /* both included; ML_STEP_NONE: unknown */
    enum ml_metric_executor executor;
    unsigned width;
    double busy;     /* share of its workers' time spent on steps; above 1 with
                        threads inside a picture */
    bool by_readers; /* --io sets the width */
};

/* Between stage i and stage i + 1. */
struct ml_link_metrics {
    bool bounded; /* has a limit, so that it can be full */
    double full;  /* share of the time; 0 unless bounded */
    double empty;
};

/* Threads under an interpreter lock. */
struct ml_gil_metrics {
    bool used;
    bool released; /* during computing: --gil release */
    bool each;     /* one lock a worker */
    unsigned threads;
    double wait_s; /* for the lock, the sum of all threads */
    double hold_s; /* of the lock, or the sum of all locks */
};

struct ml_loop_metrics {
    bool used;
    double blocked_s; /* by computing on it, the sum */
    double slowest_s; /* by the longest task */
    uint64_t slow;    /* tasks that blocked it for 100 ms or more */
};

/* Traffic with worker processes that does not use shared memory. */
struct ml_transport_metrics {
    char kind[16]; /* "shm", "pickle"; "": unknown */
    uint64_t messages, bytes_copied;
    uint64_t full_waits; /* writes that found a pipe full */
};

/* Losses under a policy of CPython's when worker processes died. */
struct ml_pool_metrics {
    bool broken;   /* as a ProcessPoolExecutor */
    uint64_t lost; /* pictures that multiprocessing.Pool would never end */
};

/* Where the time of a group of threads or workers went, from the spans of their
 * tracks. */
struct ml_time_metrics {
    char who[40];                 /* "decode,filter,encode", "loop" */
    int stage;                    /* index of the stage they run; -1: none */
    bool loop;                    /* the event loop and its threads */
    unsigned tracks;              /* threads, workers, I/O callbacks */
    double share[ML_TRACE_KINDS]; /* of their time; time outside all spans is
                                     added to ML_TRACE_IDLE */
    char cause[ML_TRACE_NAME];    /* of the longest waits; "": none */
    bool for_strips, for_memory;  /* the kind of this cause */
    double cause_share;           /* of their time */
};

struct ml_run_metrics {
    char mode[24];
    unsigned processors;
    unsigned inner;      /* threads inside a picture; 0: unknown */
    double seconds;      /* wall time without start-up of the program */
    double cpu_s;        /* of all its processes */
    double machine_busy; /* share of the processors' time, by all programs */
    double read_s, decode_s, filter_s, encode_s, write_s; /* sums of all jobs */
    double p50_ms, p95_ms, max_ms; /* latency of a job, waits included */
    double tail_s; /* from the end of the last job but one to the end */
    uint64_t done, failed;
    uint64_t bytes_in, bytes_out, pixels_in;
    uint64_t bytes_copied; /* between address spaces, the transport included */
    uint64_t worker_deaths, workers_started;
    double start_s, start_max_s; /* to start worker processes: sum, longest */
    struct ml_gil_metrics gil;
    struct ml_loop_metrics loop;
    struct ml_transport_metrics transport;
    struct ml_pool_metrics pool;
    size_t stage_count;
    struct ml_stage_metrics stages[ML_METRICS_STAGES];
    struct ml_link_metrics links[ML_METRICS_STAGES - 1];
    size_t breakdown_count; /* 0: the run kept no spans */
    struct ml_time_metrics breakdown[ML_METRICS_GROUPS];
};

/* Parse the document of a run.  False: it is not one. */
bool ml_run_metrics_parse(struct ml_run_metrics *metrics,
                          const json_t *document);
/* Add the time outside all spans to the share of ML_TRACE_IDLE. */
void ml_time_metrics_add_idle(struct ml_time_metrics *breakdown);
/* Derive `stage`, `loop`, `for_strips` and `for_memory` from `who` and `cause`.
 * metrics->stages must be filled. */
void ml_time_metrics_complete(struct ml_time_metrics *breakdown,
                              const struct ml_run_metrics *metrics);

/* Does the stage run this step?  Any step from decode to encode? */
bool ml_stage_metrics_does(const struct ml_stage_metrics *stage,
                           enum ml_step step);
bool ml_stage_metrics_computes(const struct ml_stage_metrics *stage);
/* Append the steps, as "decode,filter,encode". */
void ml_stage_metrics_steps(const struct ml_stage_metrics *stage,
                            struct ml_strbuf *text);

/* The group that computes most; NULL: no spans were kept, or none computed. */
const struct ml_time_metrics *
ml_run_metrics_computing(const struct ml_run_metrics *metrics);
/* The share of its time that the group waited or was idle. */
double ml_time_metrics_waiting(const struct ml_time_metrics *breakdown);

#endif
