/* scaling_fit.c: see scaling_fit.h. */
#include "analysis/scaling_fit.h"

#include <assert.h>
#include <math.h>

#define SCALING_STEP 0.25
#define SCALING_FINEST 1e-9
/* The effect of kappa grows with the square of the width: smaller steps. */
#define SCALING_KAPPA_STEP 0.125

double ml_karp_flatt(double speedup, double width)
{
    assert(speedup > 0 && width > 1);
    return (1 / speedup - 1 / width) / (1 - 1 / width);
}

double ml_scaling_at(const struct ml_scaling *fit, double width)
{
    return width /
           (1 + fit->sigma * (width - 1) + fit->kappa * width * (width - 1));
}

static double scaling_error(const struct ml_scaling *fit,
                            const struct ml_scaling_point *points, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        const double off =
            ml_scaling_at(fit, points[i].width) - points[i].speedup;
        sum += off * off;
    }
    return sqrt(sum / (double)count);
}

/* Move `fit` to the best of its neighbours that has a smaller error. */
static bool scaling_improve(struct ml_scaling *fit, double step, bool crosstalk,
                            const struct ml_scaling_point *points, size_t count)
{
    /* sigma and kappa have similar effects, so nearly equal fits form a long
     * valley: the last two directions exchange one for the other. */
    static const double directions[][2] = {{1, 0},  {-1, 0}, {0, 1},
                                           {0, -1}, {1, -1}, {-1, 1}};
    const struct ml_scaling from = *fit;
    bool better = false;
    for (size_t i = 0; i < (crosstalk ? 6 : 2); i++) {
        struct ml_scaling next = from;
        next.sigma = fmin(1, fmax(0, from.sigma + step * directions[i][0]));
        next.kappa =
            fmax(0, from.kappa + step * SCALING_KAPPA_STEP * directions[i][1]);
        next.error = scaling_error(&next, points, count);
        if (next.error < fit->error) {
            *fit = next;
            better = true;
        }
    }
    return better;
}

/* Compass search (Hooke and Jeeves, 1961): enough for two bounded parameters
 * and a smooth error, and it cannot diverge. */
static struct ml_scaling scaling_fit(const struct ml_scaling_point *points,
                                     size_t count, bool crosstalk)
{
    struct ml_scaling fit = {.sigma = 0};
    assert(count >= ML_SCALING_POINTS);
    fit.error = scaling_error(&fit, points, count);
    for (double step = SCALING_STEP; step > SCALING_FINEST; step /= 2) {
        while (scaling_improve(&fit, step, crosstalk, points, count))
            continue;
    }
    fit.best_width =
        fit.kappa > 0 ? fmax(1, sqrt((1 - fit.sigma) / fit.kappa)) : INFINITY;
    return fit;
}

struct ml_scaling ml_fit_amdahl(const struct ml_scaling_point *points,
                                size_t count)
{
    return scaling_fit(points, count, false);
}

struct ml_scaling ml_fit_usl(const struct ml_scaling_point *points,
                             size_t count)
{
    return scaling_fit(points, count, true);
}
