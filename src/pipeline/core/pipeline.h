/* pipeline.h: what the stages of every executor call: start a job, forward it
 * to the next stage or end it, stop the run.  Any thread may call all of it. */
#ifndef ML_PIPELINE_CORE_PIPELINE_H
#define ML_PIPELINE_CORE_PIPELINE_H

#include "pipeline/core/pipeline_state.h"

/* The next job to start, or NULL: none is left, or the run stops.  Waits for a
 * free entry in the table of jobs.  Here and below the wait is recorded in
 * `track`, of the calling thread, or NULL. */
struct ml_job *ml_pipeline_next_job(struct ml_run *run,
                                    struct ml_trace_track *track);
/* The same, but never waits: ML_NEXT_AGAIN if all jobs are in flight now. */
enum ml_next { ML_NEXT_JOB, ML_NEXT_AGAIN, ML_NEXT_NONE };
enum ml_next ml_pipeline_try_next_job(struct ml_run *run,
                                      struct ml_trace_track *track,
                                      struct ml_job **job_out);
/* Stage `stage` is done with the job, whose error may be set: forward it to the
 * next stage, or end it after the last one. */
void ml_pipeline_forward(struct ml_run *run, size_t stage, struct ml_job *job,
                         struct ml_trace_track *track);
/* The same, but with a deferred wake-up of the next stage: the caller calls
 * ml_pipeline_flush_wakeups() within ML_WAKE_DELAY_MAX_NS, and before it waits
 * for anything. */
void ml_pipeline_forward_deferred(struct ml_run *run, size_t stage,
                                  struct ml_job *job,
                                  struct ml_trace_track *track);
void ml_pipeline_flush_wakeups(struct ml_run *run, size_t stage);
/* One producer of stage `stage` is done; the last one closes the link. */
void ml_pipeline_producer_done(struct ml_run *run, size_t stage);
/* Release the slot that holds a job's bytes; `buffer` then has none. */
void ml_buffer_release(struct ml_buffer_ref *buffer);
/* Start no new job, and end those that were started. */
void ml_pipeline_stop(struct ml_run *run);
/* The pipeline cannot go on: keep the first error, and stop. */
void ml_pipeline_abort(struct ml_run *run, const struct ml_error *err);
/* Must this stage forward `job` without working on it?  True for a job that has
 * failed, and, when the run stops, for one that is not yet decoded; that job
 * then fails with ML_ERR_CANCELLED. */
bool ml_pipeline_should_skip(struct ml_run *run, size_t stage,
                             struct ml_job *job);
/* Record the number of ready jobs of link `stage`. */
static inline void ml_pipeline_trace_depth(struct ml_run *run, size_t stage,
                                           struct ml_trace_track *track)
{
    if (track)
        ml_trace_level(track, ML_TRACE_DEPTH, (uint16_t)(ML_WAIT_READY + stage),
                       ml_queue_count(&run->links[stage].ready));
}

#endif
