/* loop_counts.h: the counts of the event loop. */
#ifndef ML_PIPELINE_LOOP_LOOP_COUNTS_H
#define ML_PIPELINE_LOOP_LOOP_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/histogram.h"

struct ml_loop_counts {
    uint64_t iterations;
    uint64_t polls;          /* iterations that slept */
    uint64_t file_works;     /* opens, reads and writes done by threads */
    uint64_t delays_most;    /* delays at one time, at most */
    uint64_t delays;         /* timers of --io-delay */
    uint64_t blocked_ns;     /* computing on the loop */
    uint64_t slowest_ns;     /* longest time that one task blocked the loop */
    uint64_t slow_tasks;     /* times of ML_ASYNC_SLOW_NS or more */
    bool lag_watched;        /* else `lag` is empty */
    struct ml_histogram lag; /* delay of a 1 ms timer */
};

#endif
