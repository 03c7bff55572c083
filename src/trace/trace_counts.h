/* trace_counts.h: how much a trace holds; see trace.h. */
#ifndef ML_TRACE_TRACE_COUNTS_H
#define ML_TRACE_TRACE_COUNTS_H

#include <stdint.h>

/* Of all tracks, up to their last drain. */
struct ml_trace_counts {
    uint64_t spans;   /* drained */
    uint64_t lost;    /* dropped because a track was full */
    uint64_t refused; /* they could not be true */
};

#endif
