/* plane.h: one plane of a picture that is summed over rows and columns, and the
 * blocks of sums that are made of it.  The types that separable.h, its passes
 * and its reference share.
 */
#ifndef ML_FILTERS_KERNELS_SEPARABLE_PLANE_H
#define ML_FILTERS_KERNELS_SEPARABLE_PLANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filters/kernels/separable/taps.h"

#define ML_Q6_ONE 64 /* the q6 value of one level */

struct ml_separable {
    struct ml_taps x, y;
    uint32_t channels;
    uint8_t bits;
    bool q6;
    bool symmetric_pairs; /* q6: samples of equal weight are added before the
                             product, which halves products and roundings */
    uint32_t max_lanes;   /* rows worked on at once */
    size_t scratch_bytes;
};

/* Values of samples [x, x + count) of rows [y, y + rows): unrounded, except
 * after ml_conv2d_round(). */
struct ml_block {
    const struct ml_separable *plane;
    uint32_t y, rows;
    size_t x, count;
    const void *values; /* int16_t (q6 or s16), float, or uint8_t (rounded) */
    size_t stride;      /* values from one row to the next */
};

struct ml_emit {
    void (*block)(const void *context, const struct ml_block *block);
    const void *context;
};

/* Prefetch the bytes behind `row` that the next block of the same row will be
 * written to: a block has more rows than hardware prefetchers follow. */
static inline void ml_block_fetch(const void *row, size_t bytes)
{
    for (size_t i = 63; i < bytes; i += 64)
        __builtin_prefetch((const char *)row + bytes + i, 1);
}

#endif
