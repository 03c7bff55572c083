/* run_metrics.h: the metrics of a run, as numbers and enums: what rules are
 * applied to.
 *
 * `minilab run` fills them from its counts and prints its JSON document from
 * them; `compare` reads them from the documents of its runs, here and once.  So
 * both judge by the same figures.  What a document lacks is 0.  No pointers: a
 * struct ml_run_metrics is copied and kept.
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

#define ML_FACTS_STAGES 5 /* a run has as many steps */
#define ML_FACTS_SPENT 8  /* its stages, the loop, the dispatcher */

/* What runs a stage, in the order of the pipeline's executors, which stand
 * above this folder. */
enum ml_metric_executor {
    ML_METRIC_INLINE,
    ML_METRIC_THREADS,
    ML_METRIC_PROCESSES,
    ML_METRIC_GIL,
    ML_METRIC_LOOP,
    ML_METRIC_EXECUTORS /* as many; and one that is not known */
};

struct ml_stage_metrics {
    enum ml_step first, last; /* both included; ML_STEP_NONE: not known */
    enum ml_metric_executor executor;
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
    bool released; /* while computing: --gil release */
    bool each;     /* a lock a worker */
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
    int stage;                    /* which has these steps; -1: none */
    bool loop;                    /* all that runs on the event loop */
    unsigned tracks;              /* threads, workers, ends of pictures */
    double share[ML_TRACE_KINDS]; /* of their time; what lies in no span is
                                     added to ML_TRACE_IDLE */
    char cause[ML_TRACE_NAME];    /* waited for longest; "": nothing */
    bool for_strips, for_memory;  /* what the cause is */
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

/* Read the document of a run.  False when it is not that of a run. */
bool ml_run_metrics_parse(struct ml_run_metrics *metrics,
                          const json_t *document);
/* Add what lies in no span to the share of ML_TRACE_IDLE. */
void ml_spent_add_idle(struct ml_time_metrics *breakdown);
/* Fill in what follows from `who` and `cause`; the stages of the run are known.
 */
void ml_spent_complete(struct ml_time_metrics *breakdown,
                       const struct ml_run_metrics *metrics);

/* Is this step one of the stage's?  Any within decode..encode? */
bool ml_stage_facts_does(const struct ml_stage_metrics *stage,
                         enum ml_step step);
bool ml_stage_facts_computes(const struct ml_stage_metrics *stage);
/* Append "decode,filter,encode". */
void ml_stage_facts_steps(const struct ml_stage_metrics *stage,
                          struct ml_strbuf *text);

/* Of those that compute; NULL when the run kept no spans, or none computed. */
const struct ml_time_metrics *
ml_run_metrics_computing(const struct ml_run_metrics *metrics);
/* The share of its time that it waited or had nothing to do. */
double ml_spent_waiting(const struct ml_time_metrics *breakdown);

#endif
