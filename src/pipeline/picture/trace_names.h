/* trace_names.h: names in the trace of a pipeline: wait reasons and tracks.
 *
 * Spans carry the number of a cause; the coordinator names the numbers when a
 * run is opened, so workers need no names.  Waits shorter than ML_WAIT_MIN_NS
 * are not recorded.
 */
#ifndef ML_PIPELINE_PICTURE_TRACE_NAMES_H
#define ML_PIPELINE_PICTURE_TRACE_NAMES_H

#include "pipeline/picture/transform_settings.h"
#include "pipeline/plan/plan.h"
#include "trace/trace.h"

/* The cause of a span.  ML_WAIT_READY and ML_WAIT_SLOT are followed by one
 * cause a link, ML_WAIT_FILTER by one a filter of the chain. */
enum ml_wait_reason {
    ML_WAIT_NONE,
    ML_WAIT_COMMAND,      /* a worker process waits for a command */
    ML_WAIT_EVENT,        /* the dispatcher waits for any event */
    ML_WAIT_JOB,          /* a free entry in the table of jobs */
    ML_WAIT_JOB_IO_LOCK,  /* the lock around the job I/O callbacks */
    ML_WAIT_INPUT_MEMORY, /* memory for files in flight */
    ML_WAIT_WORK_MEMORY,  /* memory for pictures in progress */
    ML_WAIT_INTERPRETER,  /* the simulated interpreter lock */
    ML_WAIT_STRIP,        /* a strip of a picture with strip threads */
    ML_WAIT_INPUT_BUDGET, /* no wait: names the constant gauge of a limit */
    ML_WAIT_WORK_BUDGET,
    ML_WAIT_READY = 16, /* + link: a job for the stage after it */
    ML_WAIT_SLOT = 24,  /* + link: a free slot for a result */
    ML_WAIT_FILTER = 64 /* + its index: a filter at work, no wait */
};

/* Anything shorter is no wait: acquiring a free lock takes as long. */
#define ML_WAIT_MIN_NS 1000U

/* Tracks of one worker: its thread and, with --inner, the decoder thread and
 * the encoder thread of its picture. */
#define ML_TRACKS_PER_WORKER 3U

/* Name all causes of a run. */
void ml_trace_name_all(struct ml_trace *trace, const struct ml_plan *plan,
                       const struct ml_chain *chain);
/* The name of track `which` of worker `number` (from 0) of a stage: for
 * instance "decode,filter 2", its decoder thread "decode,filter 2 ahead" and
 * its encoder thread "decode,filter 2 behind". */
void ml_trace_name_worker(char name[ML_TRACE_NAME],
                          const struct ml_plan_stage *stage, unsigned number,
                          unsigned which);
/* Tracks that one worker of a computing stage needs: 1, or
 * ML_TRACKS_PER_WORKER. */
static inline unsigned
ml_trace_tracks_per_worker(const struct ml_transform_settings *transform)
{
    return transform->threads_per_picture > 1 ? ML_TRACKS_PER_WORKER : 1;
}

/* Call these two around an operation that may block. */
static inline uint64_t ml_trace_wait_begin(const struct ml_trace_track *track)
{
    return track ? ml_now_ns() : 0;
}

static inline void ml_trace_wait_end(struct ml_trace_track *track,
                                     enum ml_trace_kind kind, uint32_t job,
                                     unsigned cause, uint64_t start_ns)
{
    if (!track)
        return;
    const uint64_t end_ns = ml_now_ns();
    if (end_ns - start_ns >= ML_WAIT_MIN_NS)
        ml_trace_add(track, kind, job, (uint16_t)cause, start_ns, end_ns);
}

#endif
