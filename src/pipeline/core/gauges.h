/* gauges.h: memory and slots in use, for a trace. */
#ifndef ML_PIPELINE_CORE_GAUGES_H
#define ML_PIPELINE_CORE_GAUGES_H

#include "pipeline/core/pipeline_state.h"

/* Values at one moment: sampled without io_lock, recorded under it. */
struct ml_gauges {
    uint64_t input_bytes, work_bytes;
    uint32_t slots[ML_STEP_COUNT]; /* of link i */
};

/* Start the track, and record the limits in it. */
void ml_gauges_open(struct ml_run *run);
void ml_gauges_sample(struct ml_run *run, struct ml_gauges *gauges);
void ml_gauges_trace(struct ml_run *run, const struct ml_gauges *gauges);

#endif
