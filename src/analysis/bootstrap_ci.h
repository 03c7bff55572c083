/* bootstrap_ci.h: the 95 % confidence interval of a median.
 *
 * By the percentile bootstrap (Efron, Bootstrap methods: another look at the
 * jackknife, 1979): the measurements are resampled with replacement many times,
 * and 95 of 100 medians of these samples are within the interval.  The
 * resampling is seeded, so the same measurements give the same interval.
 *
 * For few measurements the interval reaches about from the smallest to the
 * largest: with five, the true median is outside with a probability of 1 in 16.
 * With fewer, ml_ci_less() and ml_ci_disjoint() claim nothing.
 */
#ifndef ML_ANALYSIS_BOOTSTRAP_CI_H
#define ML_ANALYSIS_BOOTSTRAP_CI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ML_CI_VALUES 100 /* measurements, at most */
#define ML_CI_ENOUGH 5   /* measurements that a comparison needs, at least */

struct ml_ci {
    double median, lower, upper;
    size_t count; /* of measurements */
};

/* `values`: 1 to ML_CI_VALUES, finite, in any order; not modified. */
struct ml_ci ml_ci_of(const double *values, size_t count, uint64_t seed);

/* Do a and b differ significantly?  Only when their intervals do not touch and
 * each has ML_CI_ENOUGH measurements. */
bool ml_ci_disjoint(const struct ml_ci *a, const struct ml_ci *b);
/* Do they differ significantly, with a the smaller one? */
bool ml_ci_less(const struct ml_ci *a, const struct ml_ci *b);

#endif
