/* thread_stage.h: stages done by threads of this process, and by the calling
 * thread alone (inline). */
#ifndef ML_PIPELINE_THREADS_THREAD_STAGE_H
#define ML_PIPELINE_THREADS_THREAD_STAGE_H

#include "pipeline/core/pipeline.h"
#include "pipeline/threads/gil_guard.h"

ML_MUST_CHECK enum ml_status ml_stage_threads_open(struct ml_run *run,
                                                   struct ml_error *err);
ML_MUST_CHECK enum ml_status ml_stage_threads_start(struct ml_run *run,
                                                    struct ml_error *err);
void ml_stage_threads_join(struct ml_run *run);
/* Add the counts of threads under an interpreter lock, once they have ended. */
void ml_stage_threads_count_gil(const struct ml_run *run,
                                struct ml_gil_stats *counts);
void ml_stage_threads_close(struct ml_run *run);
/* Do all jobs of all stages in the calling thread. */
void ml_stage_threads_inline(struct ml_run *run);

#endif
