/* bootstrap_ci.h: how sure a median is.
 *
 * The 95 % interval of a median by the percentile bootstrap (Efron, Bootstrap
 * methods: another look at the jackknife, 1979): the measurements are drawn
 * anew, with repetition, many times; 95 of 100 medians of such draws lie within
 * it.  The draws are seeded, so the same measurements give the same interval.
 *
 * Of few measurements it is about all that lies between the least and the most,
 * which is as honest as it gets: with five the chance that the true median lies
 * outside is 1 in 16.  With fewer nothing is claimed.
 */
#ifndef ML_ANALYSIS_BOOTSTRAP_CI_H
#define ML_ANALYSIS_BOOTSTRAP_CI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ML_CI_VALUES 100 /* measurements at most */
#define ML_CI_ENOUGH 5   /* measurements that a comparison needs */

struct ml_ci {
    double median, lower, upper;
    size_t count; /* of measurements */
};

/* `values`: at least one, finite, in any order; left as they are. */
struct ml_ci ml_ci_of(const double *values, size_t count, uint64_t seed);

/* Can a and b be told apart?  Only when their intervals do not touch, and both
 * come from enough measurements. */
bool ml_ci_disjoint(const struct ml_ci *a, const struct ml_ci *b);
/* Apart, and a is the smaller one. */
bool ml_ci_less(const struct ml_ci *a, const struct ml_ci *b);

#endif
