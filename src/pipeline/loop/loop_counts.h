/* loop_counts.h: what the event loop counts during a run. */
#ifndef ML_PIPELINE_LOOP_LOOP_COUNTS_H
#define ML_PIPELINE_LOOP_LOOP_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/histogram.h"

struct ml_loop_counts {
    uint64_t iterations;
    uint64_t polls;       /* of these, that slept */
    uint64_t file_works;  /* opens, reads, writes given to threads */
    uint64_t delays_most; /* that ran at one time */
    uint64_t delays;      /* timers that stood for a slow disk */
    uint64_t blocked_ns;  /* computing on the loop */
    uint64_t slowest_ns;  /* the longest that one task held the loop */
    uint64_t slow_tasks;  /* how often one did for ML_ASYNC_SLOW_NS or more */
    bool lag_watched;     /* or `lag` is empty */
    struct ml_histogram lag; /* how late a timer of a millisecond was */
};

#endif
