/* taps_ref.h: the taps of one output position, computed again from the source
 * of a table of taps.h.
 *
 * It shares no code and no table with taps.c, so that a mistake in either shows
 * in every filter that sums with taps.  Kernels and roundings follow the same
 * rules: the four operations alone, in doubles, in the order of the taps;
 * weights are integers in 2^-24, and the rounding error of their sum goes to
 * the same weight.  Tests in doubles check that those rules make a good table.
 */
#ifndef ML_FILTERS_KERNELS_SEPARABLE_TAPS_REF_H
#define ML_FILTERS_KERNELS_SEPARABLE_TAPS_REF_H

#include "filters/kernels/separable/taps.h"

struct ml_taps_ref {
    int64_t first; /* input position of the first tap */
    uint32_t count;
};

/* The taps of output position `at`, and their weights in 2^-24.  `weights` and
 * `exact` have room for taps->most. */
struct ml_taps_ref ml_taps_ref(const struct ml_taps *taps, uint32_t at,
                               int32_t *weights, double *exact);

/* Weights in 2^-24 become those in 2^-15 of 16-bit arithmetic; a lone weight of
 * one becomes 32767. */
void ml_taps_ref_q15(int32_t *weights, uint32_t count, bool symmetric);

#endif
