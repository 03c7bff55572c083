/* pool.h: the pool of worker processes that runs process stages: open, start,
 * join, close.  dispatcher.c is the thread that feeds it. */
#ifndef ML_PIPELINE_PROCESSES_POOL_H
#define ML_PIPELINE_PROCESSES_POOL_H

#include "pipeline/core/pipeline.h"

ML_MUST_CHECK enum ml_status ml_pool_open(struct ml_run *run,
                                          struct ml_error *err);
ML_MUST_CHECK enum ml_status ml_pool_start(struct ml_run *run,
                                           struct ml_error *err);
void ml_pool_join(struct ml_run *run);
void ml_pool_close(struct ml_run *run);
/* The chunk of the first process stage, in jobs; 0: no chunks. */
uint32_t ml_pool_first_chunk(const struct ml_run *run);

#endif
