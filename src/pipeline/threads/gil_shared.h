/* gil_shared.h: the interpreter lock that all `gil` stages of a plan and its
 * event loop share. */
#ifndef ML_PIPELINE_THREADS_GIL_SHARED_H
#define ML_PIPELINE_THREADS_GIL_SHARED_H

#include "pipeline/core/pipeline.h"

/* Do threads hold the interpreter lock while they compute?  Then each picture
 * has one thread, whatever threads_per_picture says, since threads within a
 * picture do not take the lock. */
bool ml_run_holds_gil(const struct ml_run_settings *settings);

/* Open run->gil, for a plan with `gil` stages. */
ML_MUST_CHECK enum ml_status ml_pipeline_open_gil(struct ml_run *run,
                                                  struct ml_error *err);

#endif
