/* diagnosis_measures.h: what the rules of diagnosis.h share: the sentences that
 * they append, and the measures of a run that they compare with a threshold.
 */
#ifndef ML_ANALYSIS_DIAGNOSIS_MEASURES_H
#define ML_ANALYSIS_DIAGNOSIS_MEASURES_H

#include "analysis/run_metrics.h"
#include "base/strbuf.h"

#define ML_VERDICTS_MAX 40
#define ML_DIAGNOSIS_BYTES 512

struct ml_verdicts {
    size_t count;
    char sentences[ML_VERDICTS_MAX][ML_DIAGNOSIS_BYTES];
};

/* From these shares of a run on, */
#define ML_DIAGNOSIS_BUSY 0.85 /* a busy stage limits it */
#define ML_DIAGNOSIS_FILES 0.5 /* waiting for files limits it */
#define ML_DIAGNOSIS_LOCK 0.7  /* the interpreter lock, held, limits it */
#define ML_DIAGNOSIS_LOOP 0.5  /* the event loop, blocked, limits it */

/* Open the next sentence.  When the list is full, the last one is replaced. */
struct ml_strbuf ml_diagnosis_begin(struct ml_verdicts *verdicts);

/* The stage that decodes, or NULL. */
const struct ml_stage_metrics *
ml_diagnosis_computing(const struct ml_run_metrics *metrics);
/* How many pictures the stage can compute at a time: 1 for a loop, which has
 * one thread. */
unsigned ml_diagnosis_workers(const struct ml_stage_metrics *stage);

/* The share of the run during which the one interpreter lock was held.  0: the
 * run has no lock or several, computing does not hold it, or one thread at most
 * computes under it. */
double ml_diagnosis_lock_held(const struct ml_run_metrics *metrics);
/* The share of their time that the threads of the run waited for the lock. */
double ml_diagnosis_lock_waited(const struct ml_run_metrics *metrics);
/* The share of the run during which computing blocked the event loop; 0 without
 * a loop. */
double ml_diagnosis_loop_blocked(const struct ml_run_metrics *metrics);

/* How many files can be read at a time: threads, or pictures in flight on a
 * loop, at most the number of inputs. */
unsigned ml_diagnosis_in_flight(const struct ml_run_metrics *metrics);
/* The share of the run that those waited for reading, and for writing if the
 * same stage writes. */
double ml_diagnosis_files(const struct ml_run_metrics *metrics);

/* The share of its time that the group that computes most spent on copying; 0:
 * less than 5 %, or no spans were kept. */
double ml_diagnosis_copying(const struct ml_run_metrics *metrics);

#endif
