/* scaling_fit.h: what the speed-ups at several widths say about a way of
 * working.
 *
 *     Amdahl (1967):           S(n) = n / (1 + sigma (n - 1))
 *     USL (Gunther, 1993):     S(n) = n / (1 + sigma (n - 1) + kappa n (n - 1))
 *     Karp and Flatt (1990):   e(n) = (1/S - 1/n) / (1 - 1/n)
 *
 * sigma is the share of the work that only one can do at a time (contention),
 * kappa what each pair costs each other (crosstalk).  With crosstalk there is a
 * width beyond which all gets slower: n* = sqrt((1 - sigma) / kappa).  Karp and
 * Flatt turn Amdahl around: the serial share that one measured speed-up
 * implies; one that grows with n is not a serial share but a cost of width.
 */
#ifndef ML_ANALYSIS_SCALING_FIT_H
#define ML_ANALYSIS_SCALING_FIT_H

#include <stdbool.h>
#include <stddef.h>

#define ML_SCALING_POINTS 3 /* widths that a fit needs, width 1 among them */

struct ml_scaling_point {
    double width, speedup; /* over width 1, which has speed-up 1 */
};

struct ml_scaling {
    double sigma, kappa; /* at least 0; sigma at most 1 */
    double best_width;   /* n*, at least 1; INFINITY without crosstalk */
    double error;        /* root mean square of what the speed-ups are off */
};

/* The serial share that this speed-up at a width above 1 implies; below 0 when
 * it is more than the width. */
double ml_karp_flatt(double speedup, double width);

/* Fit by least squares of the speed-ups.  `points` are at least
 * ML_SCALING_POINTS, of different widths from 1 on. */
struct ml_scaling ml_fit_amdahl(const struct ml_scaling_point *points,
                                size_t count);
struct ml_scaling ml_fit_usl(const struct ml_scaling_point *points,
                             size_t count);
/* The speed-up that a fit predicts. */
double ml_scaling_at(const struct ml_scaling *fit, double width);

#endif
