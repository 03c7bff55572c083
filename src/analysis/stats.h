/* stats.h: order statistics of a few measurements.
 *
 * For benches and comparisons: a time has a minimum and a long tail, and a mean
 * would follow the tail.  The caller owns the values, which are sorted in
 * place; nothing is allocated.
 */
#ifndef ML_ANALYSIS_STATS_H
#define ML_ANALYSIS_STATS_H

#include <stddef.h>

struct ml_stats {
    size_t count;
    double min, max;
    double median;
    double lower, upper; /* first and third quartile */
    double spread;       /* (upper - lower) / median; 0 for a zero median */
};

/* Sort `values` (finite, count at least 1) and summarise them. */
struct ml_stats ml_stats_of(double *values, size_t count);

/* The quantile `part` in [0, 1] of sorted values, interpolated linearly (type 7
 * of Hyndman and Fan, 1996: the default of R and NumPy). */
double ml_quantile(const double *sorted, size_t count, double part);

#endif
