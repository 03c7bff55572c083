/* plan.h: which executor runs which steps: stages joined by queues, as text and
 * as data.
 *
 *     read@threads:2 | decode,filter,encode@processes:4 | write@threads:1
 *
 * A mode is a named plan.  Parsing checks the plan: the steps are in order,
 * each exactly once; the executors and widths exist and suit the steps.
 */
#ifndef ML_PIPELINE_PLAN_PLAN_H
#define ML_PIPELINE_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strbuf.h"

#define ML_WIDTH_MAX 256 /* threads, processes, jobs in flight of one stage */
#define ML_READERS 2     /* by default: one waits for the disk, one copies */
#define ML_LOOP_IN_FLIGHT 16 /* jobs in flight of a loop stage, by default */

enum ml_executor_kind {
    ML_INLINE,    /* the calling thread; then all stages are inline */
    ML_THREADS,   /* `width` threads of this process */
    ML_PROCESSES, /* `width` worker processes; they neither read nor write */
    ML_GIL,       /* `width` threads under an interpreter lock: gil_guard.h */
    ML_LOOP, /* one event loop for all its stages; `width` jobs in flight */
    ML_EXECUTOR_COUNT
};

struct ml_plan_stage {
    enum ml_step first, last; /* both included */
    enum ml_executor_kind executor;
    unsigned width;
    bool by_readers; /* the width is R: --io sets it */
};

struct ml_plan {
    size_t count;
    struct ml_plan_stage stages[ML_STEP_COUNT];
};

/* A row of the table of modes.  In `plan`, N stands for the number of jobs and
 * R for the number of readers. */
struct ml_mode {
    const char *name;
    const char *plan;
    const char *shows;   /* one line: what the mode demonstrates */
    bool within_picture; /* N is the number of threads for one picture */
};

const struct ml_mode *ml_modes(size_t *count_out);
const struct ml_mode *ml_mode_find(const char *name); /* or NULL */

/* Parse and check a plan; N and R in the text stand for `jobs` and `readers`
 * (0: the defaults).  Without a number a loop stage has R jobs in flight, or 1
 * if it only computes, since the loop computes one job at a time.
 * ML_ERR_USAGE. */
ML_MUST_CHECK enum ml_status ml_plan_parse(struct ml_plan *plan,
                                           const char *text, unsigned jobs,
                                           unsigned readers,
                                           struct ml_error *err);
/* Append the canonical text, with widths as numbers; parsing it gives the same
 * stages. */
void ml_plan_print(const struct ml_plan *plan, struct ml_strbuf *text);

const char *ml_executor_name(enum ml_executor_kind executor);
/* Does this stage forward a frame (pixels) rather than the bytes of a file? */
static inline bool ml_stage_gives_frame(const struct ml_plan_stage *stage)
{
    return stage->last == ML_STEP_DECODE || stage->last == ML_STEP_FILTER;
}
/* How many jobs of the stage can be at `step` at one time: of those on the
 * loop, many wait for files, and one computes. */
static inline unsigned ml_stage_concurrency(const struct ml_plan_stage *stage,
                                            enum ml_step step)
{
    const bool computes = step != ML_STEP_READ && step != ML_STEP_WRITE;
    return stage->executor == ML_LOOP && computes ? 1 : stage->width;
}
/* Is any of its steps within decode..encode? */
static inline bool ml_stage_computes(const struct ml_plan_stage *stage)
{
    return stage->first <= ML_STEP_ENCODE && stage->last >= ML_STEP_DECODE;
}
/* The first and the last of its steps within decode..encode, if it computes. */
static inline enum ml_step
ml_stage_computes_from(const struct ml_plan_stage *stage)
{
    return stage->first > ML_STEP_DECODE ? stage->first : ML_STEP_DECODE;
}
static inline enum ml_step
ml_stage_computes_to(const struct ml_plan_stage *stage)
{
    return stage->last < ML_STEP_ENCODE ? stage->last : ML_STEP_ENCODE;
}
static inline bool ml_stage_does(const struct ml_plan_stage *stage,
                                 enum ml_step step)
{
    return step >= stage->first && step <= stage->last;
}

#endif
