/* run_metrics.h: what a run tells of itself, read from its JSON document.
 *
 * `minilab run` makes verdicts from its own document, `compare` from those of
 * its runs: so both judge by the same figures.  What a document lacks is 0.
 * No pointers: a struct ml_run_metrics is copied and kept.
 */
#ifndef ML_ANALYSIS_RUN_METRICS_H
#define ML_ANALYSIS_RUN_METRICS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/trace.h"

#define ML_FACTS_STAGES 5 /* a run has as many steps */
#define ML_FACTS_SPENT 8  /* its stages, the loop, the dispatcher */

struct ml_stage_metrics {
    char steps[40];    /* "decode,filter,encode" */
    char executor[16]; /* "threads" */
    unsigned width;
    double busy;     /* share of its workers' time at work; above 1 with threads
                        within a picture */
    bool by_readers; /* --io sets the width */
};

/* Between stage i and stage i + 1. */
struct ml_link_metrics {
    bool bounded; /* the stage before may find it full */
    double full;  /* share of the time; 0 unless bounded */
    double empty;
};

/* Threads under an interpreter lock. */
struct ml_gil_metrics {
    bool used;
    char policy[12]; /* of computing: "hold", "release", "nocheck" */
    bool each;       /* a lock a worker */
    unsigned threads;
    double wait_s; /* for the lock, all threads added up */
    double hold_s; /* of the lock; of all locks where there are several */
};

struct ml_loop_metrics {
    bool used;
    double blocked_s; /* by computing on it */
    double slowest_s; /* the longest time */
    uint64_t slow;    /* times it was blocked for 100 ms or more */
};

/* Of what went to worker processes other than by shared memory. */
struct ml_transport_metrics {
    char kind[16]; /* "shm"; "": none was told */
    uint64_t messages, bytes_copied;
    uint64_t full_waits; /* for room in a pipe */
};

/* Worker processes that died under a policy of CPython's. */
struct ml_pool_metrics {
    bool broken;   /* as a ProcessPoolExecutor */
    uint64_t lost; /* pictures that multiprocessing.Pool would never end */
};

/* Where the time of some threads or workers went, from the spans of their
 * tracks. */
struct ml_time_metrics {
    char who[40];                 /* "decode,filter,encode", "loop" */
    unsigned tracks;              /* threads, workers, ends of pictures */
    double share[ML_TRACE_KINDS]; /* of their time; what lies in no span is
                                     added to ML_TRACE_IDLE */
    char cause[ML_TRACE_NAME];    /* waited for longest; "": nothing */
    double cause_share;
};

struct ml_run_metrics {
    char mode[24];
    unsigned processors;
    unsigned inner;      /* threads within a picture; 0: not told */
    double seconds;      /* start-up of the program apart */
    double cpu_s;        /* of all its processes */
    double machine_busy; /* share of the processors' time, used by anybody */
    double read_s, decode_s, filter_s, encode_s, write_s; /* sums of pictures */
    double p50_ms, p95_ms, max_ms; /* of a picture, waiting included */
    double tail_s;                 /* the last picture ended so much later */
    uint64_t done, failed;
    uint64_t bytes_in, bytes_out, pixels_in;
    uint64_t bytes_copied; /* between address spaces, by the transport too */
    uint64_t worker_deaths, workers_started;
    double start_s, start_max_s; /* of worker processes: the sum, the longest */
    struct ml_gil_metrics gil;
    struct ml_loop_metrics loop;
    struct ml_transport_metrics transport;
    struct ml_pool_metrics pool;
    size_t stage_count;
    struct ml_stage_metrics stages[ML_FACTS_STAGES];
    struct ml_link_metrics links[ML_FACTS_STAGES - 1];
    size_t breakdown_count; /* 0: the run kept no spans */
    struct ml_time_metrics breakdown[ML_FACTS_SPENT];
};

/* False when the document is not that of a run. */
bool ml_run_metrics_parse(struct ml_run_metrics *metrics,
                          const json_t *document);

/* Of those that compute; NULL when the run kept no spans, or none computed. */
const struct ml_time_metrics *
ml_run_metrics_computing(const struct ml_run_metrics *metrics);
/* The share of its time that it waited or had nothing to do. */
double ml_spent_waiting(const struct ml_time_metrics *breakdown);

#endif
