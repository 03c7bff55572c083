/* separable.h: weighted sums over rows, then over columns: the engine under
 * resize, blur and sharpen.
 *
 * One struct ml_separable is one plane of a picture: a table of taps for each
 * axis, prepared once, then read-only.  ml_separable_rows() makes output rows
 * from a window of input rows, rows first (fewer rows are left for the
 * columns), without ever rounding to samples in between.  What comes out are
 * blocks of unrounded values, handed to `emit`, which rounds and stores them
 * (ml_separable_store) or goes on computing (sharpen).
 *
 * Two precisions, chosen when prepared:
 *   narrow  8-bit samples.  Values are int16 in 1/64 of a level.  Chosen when
 *           the worst error that these very tables can make, over all
 *           pictures, is below `allowed` levels.
 *   wide    16-bit samples, and kernels too wide for the first.  Values are
 *           floats, one per level, added in the order of the taps.
 * ml_separable_row_ref() is the obvious version and gives the same values; it
 * shares no code and no table of weights with the passes.
 *
 * Method and arithmetic: the measured recipe of a tile of columns converted
 * once, and columns worked on transposed, so that both passes are the same loop
 * over independent lanes.
 */
#ifndef ML_FILTERS_KERNELS_SEPARABLE_SEPARABLE_H
#define ML_FILTERS_KERNELS_SEPARABLE_SEPARABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "filters/filter.h"
#include "filters/kernels/separable/taps.h"

#define ML_Q6_ONE 64 /* a narrow value of one level */

struct ml_separable {
    struct ml_taps x, y;
    uint32_t channels;
    uint8_t bits;
    bool q6;
    bool symmetric_pairs; /* narrow: samples of equal weight are added before
                    the product, which halves products and roundings */
    uint32_t max_lanes;   /* rows worked on at once */
    size_t scratch_bytes;
};

/* Rows of one plane, contiguous at the stride; `data` is plane row `y`. */
struct ml_plane_src {
    const uint8_t *data;
    size_t stride_bytes;
    uint32_t y;
};
struct ml_plane_dst {
    uint8_t *data;
    size_t stride_bytes;
    uint32_t y;
};

/* Values of samples [x, x + count) of rows [y, y + rows): unrounded, unless
 * ml_conv2d_round() has said otherwise. */
struct ml_block {
    const struct ml_separable *plane;
    uint32_t y, rows;
    size_t x, count;
    const void
        *values;   /* int16_t when narrow, else float; uint8_t when rounded */
    size_t stride; /* values from one row to the next */
};

struct ml_emit {
    void (*block)(const void *context, const struct ml_block *block);
    const void *context;
};

/* With x, y, channels and bits set: choose the precision, derive the weights,
 * work out the scratch.  `allowed` levels of error (of 255) beside the final
 * rounding make the narrow path eligible.  False: the arena is used up. */
bool ml_separable_prepare(struct ml_separable *plane, struct ml_arena *arena,
                          double max_error_levels);

/* `needs` of a filter that keeps the shape and passes plane p through
 * planes[p]. */
struct ml_range ml_separable_needs(const struct ml_separable *planes,
                                   const struct ml_shape *shape, uint32_t y,
                                   uint32_t y_end);

/* Make plane rows [y, y_end).  `src` holds the rows ml_taps_range() says. */
void ml_separable_rows(const struct ml_separable *plane, void *scratch,
                       const struct ml_plane_src *src, uint32_t y,
                       uint32_t y_end, const struct ml_emit *emit);

/* The reference: the values of plane row `y`, not rounded, in levels: a narrow
 * one is some 64ths.  Samples of all of the row, in `scratch` until the next
 * call; and the bytes that takes. */
const float *ml_separable_row_ref(const struct ml_separable *plane,
                                  void *scratch, const struct ml_plane_src *src,
                                  uint32_t y);
size_t ml_separable_ref_bytes(const struct ml_separable *plane);

/* Ask for the bytes behind `row` that the next block of the same row will be
 * written to: blocks go through more rows at once than hardware follows. */
static inline void ml_block_fetch(const void *row, size_t bytes)
{
    for (size_t i = 63; i < bytes; i += 64)
        __builtin_prefetch((const char *)row + bytes + i, 1);
}

/* An emitter: round to the nearest, halves up, clamp, and store.  The context
 * is a struct ml_plane_dst whose rows start at sample 0 of the blocks. */
void ml_separable_store(const void *context, const struct ml_block *block);

#endif
