/* diagnosis_notes.h: sentences about one run beside what limited it. */
#ifndef ML_ANALYSIS_DIAGNOSIS_NOTES_H
#define ML_ANALYSIS_DIAGNOSIS_NOTES_H

#include "analysis/diagnosis_measures.h"

/* Append what a pool that behaves as CPython's lost, if it lost anything. */
void ml_diagnosis_pool(struct ml_verdicts *verdicts,
                       const struct ml_run_metrics *metrics);
/* Append what the run shows of more workers than processors, copies, an idle
 * end, a slow start and dead workers. */
void ml_diagnosis_notes(struct ml_verdicts *verdicts,
                        const struct ml_run_metrics *metrics);

#endif
