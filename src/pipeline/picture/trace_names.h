/* trace_names.h: what the line's threads and workers say in their tracks.
 *
 * The causes of spans, which the coordinator names when a run is opened and
 * workers only number; and waits, told when they were long enough to be some.
 */
#ifndef ML_PIPELINE_PICTURE_TRACE_NAMES_H
#define ML_PIPELINE_PICTURE_TRACE_NAMES_H

#include "pipeline/picture/transform_settings.h"
#include "pipeline/plan/plan.h"
#include "trace/trace.h"

/* Those of links count on by the number of the link, those of filters by the
 * place in the chain. */
enum ml_wait_reason {
    ML_WAIT_NONE,
    ML_WAIT_COMMAND,      /* a worker process: the next command */
    ML_WAIT_EVENT,        /* the dispatcher: anything */
    ML_WAIT_JOB,          /* a free entry in the table of jobs */
    ML_WAIT_JOB_IO_LOCK,  /* the lock around taking and telling jobs */
    ML_WAIT_INPUT_MEMORY, /* memory for files in flight */
    ML_WAIT_WORK_MEMORY,  /* memory for pictures at work */
    ML_WAIT_INTERPRETER,  /* the simulated interpreter's lock */
    ML_WAIT_STRIP,        /* of a picture that has several threads */
    ML_WAIT_INPUT_BUDGET, /* no cause, but levels that never change: limits */
    ML_WAIT_WORK_BUDGET,
    ML_WAIT_READY = 16, /* + link: a job for the stage behind it */
    ML_WAIT_SLOT = 24,  /* + link: a free slot for a result */
    ML_WAIT_FILTER = 64 /* + its place: at work, not waited for */
};

/* What is over sooner is no wait: taking a free lock is no quicker. */
#define ML_WAIT_MIN_NS 1000U

/* Who works at one picture: its thread, and with --inner those of its ends. */
#define ML_TRACKS_PER_WORKER 3U

/* Name the causes of a run. */
void ml_trace_name_all(struct ml_trace *trace, const struct ml_plan *plan,
                       const struct ml_chain *chain);
/* The name of worker `number` (from 0) of a stage: "decode,filter 2", and of
 * the threads of its pictures' ends: "decode,filter 2 ahead", "... behind". */
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

/* Around something that may wait. */
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
