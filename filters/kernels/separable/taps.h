/* taps.h: the input samples that make an output sample along one axis, and
 * their weights.
 *
 * A table has one entry an output position: `count` input positions from
 * `first` on, and their weights, integers in 2^-24.  Those of resamplings, of
 * the Gaussian and of the box sum to exactly one, so that a flat picture stays
 * flat.  No CPU or mathematics library can change a byte: kernels are evaluated
 * with additions, multiplications and divisions only.  Neither `first` nor its
 * end ever moves back along the axis.
 *
 * Positions outside [0, in) mean the sample at that border (edge replication).
 * The Gaussian and the box go on over them.  Resampling kernels are cut off at
 * the border and their weights scaled up to sum to one again.
 *
 * From this master table ml_taps_q15() or ml_taps_f32() derives what the
 * passes multiply by.  Memory is the arena's; a table is read-only once made.
 */
#ifndef ML_FILTERS_KERNELS_SEPARABLE_TAPS_H
#define ML_FILTERS_KERNELS_SEPARABLE_TAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

#define ML_TAPS_ONE (1 << 24) /* weight of one in the master table */
#define ML_TAPS_Q15_ONE 32768 /* the same in the 16-bit table */
#define ML_GAUSS_RADIUS 3.0   /* sigmas after which taps are dropped */

enum ml_resample_kernel {
    ML_KERNEL_LANCZOS3, /* sinc(x) sinc(x/3), |x| < 3 */
    ML_KERNEL_NEAREST,  /* the sample under the centre */
    ML_KERNEL_BOX,      /* 1, -1/2 < x <= 1/2 */
    ML_KERNEL_TRIANGLE, /* 1 - |x|, |x| < 1: bilinear */
    ML_KERNEL_CATROM,   /* Catmull-Rom: cubic with B = 0, C = 1/2 */
    ML_KERNEL_MITCHELL, /* Mitchell and Netravali 1988: B = C = 1/3 */
    ML_KERNEL_COUNT
};

struct ml_tap {
    int32_t first;  /* input position of the first tap */
    uint32_t count; /* taps, at least 1 */
    size_t weights; /* index of their weights; positions may share them */
};

/* A resampling: output position j has its centre at input position
 * (j + offset + 1/2) * scale - 1/2. */
struct ml_resample_axis {
    uint32_t in, out;
    double scale;  /* input positions an output position; > 1 shrinks */
    double offset; /* output positions cut off before the first */
};

/* What a table was made from: the only part of it that the reference reads. */
enum ml_taps_kind {
    ML_TAPS_RESAMPLE, /* kernel, axis */
    ML_TAPS_GAUSS,    /* size: sigma */
    ML_TAPS_BOX,      /* size: radius */
    ML_TAPS_GIVEN     /* given, given_count */
};
struct ml_taps_source {
    enum ml_taps_kind kind;
    enum ml_resample_kernel kernel;
    struct ml_resample_axis axis;
    double size; /* positions */
    const double *given;
    uint32_t given_count;
};

struct ml_taps {
    struct ml_taps_source source;
    uint32_t in, out;        /* positions along the axis */
    uint32_t most;           /* the largest `count` */
    uint32_t radius;         /* positions that taps extend beyond [0, in) */
    bool same;               /* every position has the same taps around it */
    bool symmetric;          /* weights read the same from either end */
    const struct ml_tap *at; /* [out] */
    size_t weight_count;
    const int32_t *weights; /* in 2^-24 */
    const int16_t *q15;     /* in 2^-15, one stored as 32767; or NULL */
    const float *f32;       /* the master weights as floats; or NULL */
};

/* False: the arena is full. */
bool ml_taps_resample(struct ml_taps *taps, struct ml_arena *arena,
                      enum ml_resample_kernel kernel,
                      const struct ml_resample_axis *axis);
/* Gaussian over `length` positions. */
bool ml_taps_gauss(struct ml_taps *taps, struct ml_arena *arena,
                   uint32_t length, double sigma);
/* Box over `length` positions, from -(radius + 1/2) to radius + 1/2 around the
 * middle of each: outer positions weigh as much as the box covers of them. */
bool ml_taps_box(struct ml_taps *taps, struct ml_arena *arena, uint32_t length,
                 double radius);

/* `count` given weights, an odd number, the middle one at each position; the
 * sizes of all sum to at most one. */
bool ml_taps_given(struct ml_taps *taps, struct ml_arena *arena,
                   uint32_t length, const double *weights, uint32_t count);

/* Bounds of 16-bit arithmetic with a table, at its worst position. */
struct ml_tap_stats {
    bool fits;       /* no weight is above one */
    double positive; /* sum of the positive weights; 1 = one */
    double negative; /* sum of the magnitudes of the negative weights */
    double error;    /* sum of the rounding errors of the weights */
};

/* Derive the 16-bit weights.  Their sum is that of the master weights, rounded:
 * exactly one where that is one, except for a single weight of one, which is
 * 32767 (vectors.h says why that is harmless).  False: the arena is full. */
bool ml_taps_q15(struct ml_taps *taps, struct ml_arena *arena,
                 struct ml_tap_stats *stats_out);
/* Derive the floats; exact, as every weight has at most 25 bits.  False: the
 * arena is full. */
bool ml_taps_f32(struct ml_taps *taps, struct ml_arena *arena);

/* Input positions that output positions [at, at_end) need, within [0, in). */
struct ml_tap_range {
    uint32_t from, end;
};
struct ml_tap_range ml_taps_range(const struct ml_taps *taps, uint32_t at,
                                  uint32_t at_end);

#endif
