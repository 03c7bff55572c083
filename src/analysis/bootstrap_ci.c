/* bootstrap_ci.c: see bootstrap_ci.h. */
#include "analysis/bootstrap_ci.h"

#include <assert.h>
#include <string.h>

#include "analysis/stats.h"
#include "base/random.h"

#define INTERVAL_DRAWS 10000 /* a share of 2.5 % is met to 0.2 % */

struct ml_ci ml_ci_of(const double *values, size_t count, uint64_t seed)
{
    double medians[INTERVAL_DRAWS], drawn[ML_CI_VALUES];
    struct ml_random random = {seed};
    assert(count >= 1 && count <= ML_CI_VALUES);
    for (size_t draw = 0; draw < INTERVAL_DRAWS; draw++) {
        for (size_t i = 0; i < count; i++)
            drawn[i] = values[ml_random_below(&random, (uint32_t)count)];
        medians[draw] = ml_stats_of(drawn, count).median;
    }
    memcpy(drawn, values, count * sizeof *drawn);
    const double median = ml_stats_of(drawn, count).median;
    (void)ml_stats_of(medians, INTERVAL_DRAWS); /* sorts them */
    return (struct ml_ci){
        .median = median,
        .lower = ml_quantile(medians, INTERVAL_DRAWS, 0.025),
        .upper = ml_quantile(medians, INTERVAL_DRAWS, 0.975),
        .count = count,
    };
}

bool ml_ci_less(const struct ml_ci *a, const struct ml_ci *b)
{
    return a->count >= ML_CI_ENOUGH && b->count >= ML_CI_ENOUGH &&
           a->upper < b->lower;
}

bool ml_ci_disjoint(const struct ml_ci *a, const struct ml_ci *b)
{
    return ml_ci_less(a, b) || ml_ci_less(b, a);
}
