/* diagnosis_time.h: sentences about where the threads and workers of one run
 * spent their time, by their spans. */
#ifndef ML_ANALYSIS_DIAGNOSIS_TIME_H
#define ML_ANALYSIS_DIAGNOSIS_TIME_H

#include "analysis/diagnosis_measures.h"

/* Append the shares of the workers of `stage`, or if it does not compute, of
 * the group that computes most; and each long wait for locks or memory.
 * Nothing when the run kept no spans.  `stage` is one of metrics->stages. */
void ml_diagnosis_time(struct ml_verdicts *verdicts,
                       const struct ml_run_metrics *metrics,
                       const struct ml_stage_metrics *stage);

#endif
