/* diagnosis_internal.h: what the two kinds of verdicts share; see diagnosis.h.
 */
#ifndef ML_ANALYSIS_DIAGNOSIS_INTERNAL_H
#define ML_ANALYSIS_DIAGNOSIS_INTERNAL_H

#include "analysis/diagnosis.h"
#include "base/strbuf.h"

/* Open the next sentence; one too many is written over the last. */
struct ml_strbuf ml_diagnosis_begin(struct ml_verdicts *verdicts);

/* The stage that computes: the one that decodes, or NULL. */
const struct ml_stage_metrics *
ml_diagnosis_computing(const struct ml_run_metrics *metrics);
/* How many can compute in it at a time; a loop has one thread. */
unsigned ml_diagnosis_workers(const struct ml_stage_metrics *stage);

/* What of the run the one interpreter lock was held; 0: there is none, or
 * computing does not hold it, or there are several. */
double ml_diagnosis_lock_held(const struct ml_run_metrics *metrics);
/* What of the run computing blocked the event loop; 0 without one. */
double ml_diagnosis_loop_blocked(const struct ml_run_metrics *metrics);

/* How many can be read at one time: threads, or pictures in flight on a loop,
 * and no more than there are. */
unsigned ml_diagnosis_in_flight(const struct ml_run_metrics *metrics);
/* What of the run those waited for files; and for writing them too where the
 * same ones do. */
double ml_diagnosis_files(const struct ml_run_metrics *metrics);

/* Append what became of a pool of CPython's kind, if it lost anything. */
void ml_diagnosis_pool(struct ml_verdicts *verdicts,
                       const struct ml_run_metrics *metrics);
/* Append what else there was. */
void ml_diagnosis_notes(struct ml_verdicts *verdicts,
                        const struct ml_run_metrics *metrics);

/* Append what the spans of its threads and workers say, if it kept any: of the
 * given stage of the run, or of the workers that computed most. */
void ml_diagnosis_time(struct ml_verdicts *verdicts,
                       const struct ml_run_metrics *metrics,
                       const struct ml_stage_metrics *stage);
/* What of the time of its workers went into copying; 0: next to nothing, or
 * not known. */
double ml_diagnosis_copying(const struct ml_run_metrics *metrics);
/* The same of waiting for the interpreter lock, by all its threads. */
double ml_diagnosis_lock_waited(const struct ml_run_metrics *metrics);

#define ML_DIAGNOSIS_BUSY                                                      \
    0.85                       /* a stage at work so much: others wait for it  \
                                */
#define ML_DIAGNOSIS_FILES 0.5 /* files waited for so much: likewise */
#define ML_DIAGNOSIS_LOCK 0.7  /* held so much, it is what others wait for */
#define ML_DIAGNOSIS_LOOP 0.5  /* likewise, a loop */

#endif
