/* gil_shared.h: the interpreter lock that all `gil` stages of a plan share, and
 * the event loop with them. */
#ifndef ML_PIPELINE_THREADS_GIL_SHARED_H
#define ML_PIPELINE_THREADS_GIL_SHARED_H

#include "pipeline/core/pipeline.h"

/* Do threads hold the interpreter lock while they compute?  Threads within a
 * picture know nothing of it, so each picture then has one, whatever
 * order.inner says. */
bool ml_run_holds_gil(const struct ml_run_settings *settings);

/* The plan has `gil` stages: run->gil for them. */
ML_MUST_CHECK enum ml_status ml_pipeline_open_gil(struct ml_run *run,
                                                  struct ml_error *err);

#endif
