/* diagnosis.h: facts -> sentences, each with the numbers that it is made of.
 *
 * Of one run: what limited it.  The slow stage is the one whose input queue is
 * nearly always full and whose output queue is nearly always empty (SPDL, a
 * data loader of Meta, reads its pipelines so); where queues do not tell, the
 * busiest stage.  Of several configurations: which are the fastest, what each
 * gains over the first and why not more; and where the intervals overlap, that
 * it cannot be told.
 *
 * Nothing is said that no number fired.  Pure functions, no state.
 */
#ifndef ML_ANALYSIS_DIAGNOSIS_H
#define ML_ANALYSIS_DIAGNOSIS_H

#include "analysis/bootstrap_ci.h"
#include "analysis/diagnosis_measures.h"
#include "analysis/run_metrics.h"

/* Modes that the rules hold against each other. */
enum ml_mode_role { ML_ROLE_OTHER, ML_ROLE_THREADS, ML_ROLE_PROCESSES };

/* A configuration that took part in a comparison. */
struct ml_candidate {
    char label[48]; /* "threads -j 2" */
    char mode[24];
    unsigned mode_id; /* the same for all widths of one mode or plan */
    enum ml_mode_role role;
    unsigned width;                /* 0: the mode has none */
    struct ml_ci wall;             /* seconds */
    double cpu_s;                  /* median of all its processes' */
    uint64_t deaths;               /* of workers, in all that was timed */
    struct ml_run_metrics metrics; /* of the run nearest to the median */
};

/* Append what there is to say of a run: at least one sentence, the first of
 * them on what limited it. */
void ml_diagnosis_run(struct ml_verdicts *verdicts,
                      const struct ml_run_metrics *metrics);

/* Append what there is to say of a comparison; the others are held against
 * contenders[base]. */
void ml_diagnosis_compare(struct ml_verdicts *verdicts,
                          const struct ml_candidate *candidates, size_t count,
                          size_t base);

#endif
