/* pipeline.h: what every stage calls: take a job, forward it, end it, stop. */
#ifndef ML_PIPELINE_CORE_PIPELINE_H
#define ML_PIPELINE_CORE_PIPELINE_H

#include "pipeline/core/pipeline_state.h"

/* The next job to start, or NULL: none left, or stopping.  What it waits for is
 * told in `track`, here and below: of the calling thread, or NULL. */
struct ml_job *ml_pipeline_next_job(struct ml_run *run,
                                    struct ml_trace_track *track);
/* Likewise, but never waits: LATER when all jobs are in flight now. */
enum ml_next { ML_NEXT_JOB, ML_NEXT_AGAIN, ML_NEXT_NONE };
enum ml_next ml_pipeline_try_next_job(struct ml_run *run,
                                      struct ml_trace_track *track,
                                      struct ml_job **job_out);
/* A job has left stage `stage` (its error says how): hand it on, or end it. */
void ml_pipeline_forward(struct ml_run *run, size_t stage, struct ml_job *job,
                         struct ml_trace_track *track);
/* Likewise, but the next stage may sleep on: the caller owes
 * ml_pipeline_flush_wakeups(), before it waits for anything and within
 * ML_WAKE_DELAY_MAX_NS. */
void ml_pipeline_forward_deferred(struct ml_run *run, size_t stage,
                                  struct ml_job *job,
                                  struct ml_trace_track *track);
void ml_pipeline_flush_wakeups(struct ml_run *run, size_t stage);
/* One producer of stage `stage` is done; the last closes the link. */
void ml_pipeline_producer_done(struct ml_run *run, size_t stage);
/* Give back the slot where the job's bytes lie. */
void ml_buffer_release(struct ml_buffer_ref *buffer);
/* Take no new job and end what has been started; any thread. */
void ml_pipeline_stop(struct ml_run *run);
/* The line cannot go on: keep the first error and stop. */
void ml_pipeline_abort(struct ml_run *run, const struct ml_error *err);
/* Should this stage end `job` without touching it?  True for one that has
 * failed, and for one not yet decoded when the run stops (then it fails). */
bool ml_pipeline_should_skip(struct ml_run *run, size_t stage,
                             struct ml_job *job);
/* Jobs that wait behind stage `stage`, into the track. */
static inline void ml_pipeline_trace_depth(struct ml_run *run, size_t stage,
                                           struct ml_trace_track *track)
{
    if (track)
        ml_trace_level(track, ML_TRACE_DEPTH, (uint16_t)(ML_WAIT_READY + stage),
                       ml_queue_count(&run->links[stage].ready));
}

#endif
