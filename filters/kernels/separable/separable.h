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
#include <stdint.h>

#include "base/arena.h"
#include "filters/kernels/planes.h"
#include "filters/kernels/separable/plane.h"

/* Widen *range, in picture rows, to hold rows `span` of a plane. */
static inline void ml_range_widen(struct ml_range *range,
                                  const struct ml_shape *shape, uint32_t plane,
                                  struct ml_tap_range span)
{
    const uint32_t sub = ml_plane_sub_y(shape, plane);
    const uint64_t end = (uint64_t)span.end * sub;
    const uint32_t y_end = end < shape->height ? (uint32_t)end : shape->height;
    if (span.from * sub < range->y)
        range->y = span.from * sub;
    if (y_end > range->y_end)
        range->y_end = y_end;
}

/* With x, y, channels and bits set: choose the precision, derive the weights,
 * work out the scratch.  `allowed` levels of error (of 255) beside the final
 * rounding make the narrow path eligible.  False: the arena is used up. */
bool ml_separable_prepare(struct ml_separable *plane, struct ml_arena *arena,
                          double max_error_levels);

/* `needs` of a filter that keeps the shape and passes plane p through
 * planes[p]. */
struct ml_range ml_separable_input_window(const struct ml_separable *planes,
                                          const struct ml_shape *shape,
                                          uint32_t y, uint32_t y_end);

/* Make plane rows [y, y_end).  `src` holds the rows ml_taps_range() says. */
void ml_separable_rows(const struct ml_separable *plane, void *scratch,
                       const struct ml_plane_src *src, uint32_t y,
                       uint32_t y_end, const struct ml_emit *emit);

/* An emitter: round to the nearest, halves up, clamp, and store.  The context
 * is a struct ml_plane_dst whose rows start at sample 0 of the blocks. */
void ml_separable_store(const void *context, const struct ml_block *block);

#endif
