/* stats.c: see stats.h. */
#include "analysis/stats.h"

#include <assert.h>
#include <stdlib.h>

static int stats_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double ml_quantile(const double *sorted, size_t count, double part)
{
    assert(count > 0 && part >= 0 && part <= 1);
    const double rank = part * (double)(count - 1);
    const size_t below = (size_t)rank;
    if (below + 1 >= count)
        return sorted[count - 1];
    return sorted[below] +
           (rank - (double)below) * (sorted[below + 1] - sorted[below]);
}

struct ml_stats ml_stats_of(double *values, size_t count)
{
    assert(count > 0);
    qsort(values, count, sizeof *values, stats_compare);
    struct ml_stats stats = {
        .count = count,
        .min = values[0],
        .max = values[count - 1],
        .median = ml_quantile(values, count, 0.5),
        .lower = ml_quantile(values, count, 0.25),
        .upper = ml_quantile(values, count, 0.75),
    };
    if (stats.median > 0 || stats.median < 0)
        stats.spread = (stats.upper - stats.lower) / stats.median;
    return stats;
}
