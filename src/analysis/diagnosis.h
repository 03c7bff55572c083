/* diagnosis.h: metrics -> verdicts: sentences, each with the numbers that
 * support it.
 *
 * Of one run: what limited it, where its workers spent their time, and what
 * else is remarkable.  Of several configurations: which is the fastest, what
 * each gains over the base and why it gains no more, and where the intervals
 * overlap, that there is no significant difference.
 *
 * A rule appends a sentence only when a metric passes its threshold.  Pure
 * functions, no state; any thread may call them.
 */
#ifndef ML_ANALYSIS_DIAGNOSIS_H
#define ML_ANALYSIS_DIAGNOSIS_H

#include "analysis/bootstrap_ci.h"
#include "analysis/diagnosis_measures.h"
#include "analysis/run_metrics.h"

/* Modes that the rules compare with each other. */
enum ml_mode_role { ML_ROLE_OTHER, ML_ROLE_THREADS, ML_ROLE_PROCESSES };

/* A configuration that was compared. */
struct ml_candidate {
    char label[48]; /* "threads -j 2" */
    char mode[24];
    unsigned mode_id; /* the same for all widths of one mode or plan */
    enum ml_mode_role role;
    unsigned width;                /* 0: the mode has none */
    struct ml_ci wall;             /* seconds */
    double cpu_s;                  /* of all its processes, the median */
    uint64_t deaths;               /* of workers, in all timed runs */
    struct ml_run_metrics metrics; /* of the run nearest to the median */
};

/* Append the verdicts on a run: first what limited it, or that its pool broke.
 * Nothing for metrics without stages or time. */
void ml_diagnosis_run(struct ml_verdicts *verdicts,
                      const struct ml_run_metrics *metrics);

/* Append the verdicts on a comparison: each candidate against
 * candidates[base]. */
void ml_diagnosis_compare(struct ml_verdicts *verdicts,
                          const struct ml_candidate *candidates, size_t count,
                          size_t base);

#endif
