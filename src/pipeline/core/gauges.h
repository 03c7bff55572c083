/* gauges.h: memory and slots in use, for a trace. */
#ifndef ML_PIPELINE_CORE_GAUGES_H
#define ML_PIPELINE_CORE_GAUGES_H

#include "pipeline/core/pipeline_state.h"

/* At one moment; taken without the ends lock, told while it is held. */
struct ml_gauges {
    uint64_t input_bytes, work_bytes;
    uint32_t slots[ML_STEP_COUNT]; /* behind stage i */
};

/* Begin the track, in which the limits are told. */
void ml_gauges_open(struct ml_run *run);
void ml_gauges_sample(struct ml_run *run, struct ml_gauges *gauges);
void ml_gauges_trace(struct ml_run *run, const struct ml_gauges *gauges);

#endif
