/* trace_counts.h: how many spans a trace recorded and lost; see trace.h. */
#ifndef ML_TRACE_TRACE_COUNTS_H
#define ML_TRACE_TRACE_COUNTS_H

#include <stdint.h>

/* Of all tracks, up to their last drain. */
struct ml_trace_counts {
    uint64_t spans;   /* drained */
    uint64_t lost;    /* dropped because a track was full */
    uint64_t refused; /* impossible ones */
};

#endif
