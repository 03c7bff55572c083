/* scaling_fit.h: scaling laws fitted to the speed-ups of a mode at several
 * widths.
 *
 *     Amdahl (1967):           S(n) = n / (1 + sigma (n - 1))
 *     USL (Gunther, 1993):     S(n) = n / (1 + sigma (n - 1) + kappa n (n - 1))
 *     Karp and Flatt (1990):   e(n) = (1/S - 1/n) / (1 - 1/n)
 *
 * sigma is the share of the work that only one worker can do at a time
 * (contention), kappa the cost that each pair of workers adds (crosstalk). With
 * crosstalk the speed-up has a maximum, at width n* = sqrt((1 - sigma) /
 * kappa). Karp and Flatt invert Amdahl's law: e(n) is the serial share that a
 * measured speed-up implies; if it grows with n, it is a cost of width instead.
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
    double error;        /* root mean square error of the speed-ups */
};

/* The serial share that this speed-up at a width above 1 implies; negative when
 * the speed-up is larger than the width. */
double ml_karp_flatt(double speedup, double width);

/* Least-squares fits.  `points`: at least ML_SCALING_POINTS, of different
 * widths, width 1 among them. */
struct ml_scaling ml_fit_amdahl(const struct ml_scaling_point *points,
                                size_t count);
struct ml_scaling ml_fit_usl(const struct ml_scaling_point *points,
                             size_t count);
/* The speed-up that a fit predicts. */
double ml_scaling_at(const struct ml_scaling *fit, double width);

#endif
