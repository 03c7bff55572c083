/* separable.h: weighted sums over rows, then over columns: the engine under
 * resize, blur and sharpen.
 *
 * One struct ml_separable is one plane of a picture: a table of taps for each
 * axis, prepared once, then read-only.  ml_separable_rows() makes output rows
 * from a window of input rows, rows first (fewer rows are left for the
 * columns), and never rounds to samples in between.  The output is blocks of
 * unrounded values; `emit` rounds and stores them (ml_separable_store) or
 * computes on (sharpen).
 *
 * Two precisions, chosen by ml_separable_prepare():
 *   q6   8-bit samples.  Values are int16 in 1/64 of a level.  Chosen if the
 *        worst error that these very tables can make, over all pictures, is
 *        below `max_error_levels`.
 *   f32  16-bit samples, and kernels too wide for q6.  Values are floats, one
 *        per level, added in the order of the taps.
 * The reference (ref.h) gives the same values; it shares no code and no table
 * of weights with the passes.
 *
 * Method, measured: a tile of columns is converted once, and columns are summed
 * transposed, so that both passes are the same loop over independent lanes.
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
 * compute the scratch.  q6 is allowed an error below `max_error_levels` (of
 * 255) beside the final rounding.  False: the arena is full. */
bool ml_separable_prepare(struct ml_separable *plane, struct ml_arena *arena,
                          double max_error_levels);

/* `input_window` of a filter that keeps the shape and sums plane p with
 * planes[p]. */
struct ml_range ml_separable_input_window(const struct ml_separable *planes,
                                          const struct ml_shape *shape,
                                          uint32_t y, uint32_t y_end);

/* Make plane rows [y, y_end).  `src` holds the rows of ml_taps_range(). */
void ml_separable_rows(const struct ml_separable *plane, void *scratch,
                       const struct ml_plane_src *src, uint32_t y,
                       uint32_t y_end, const struct ml_emit *emit);

/* An emitter: round to the nearest, halves up, clamp, and store.  The context
 * is a struct ml_plane_dst whose rows start at sample 0 of the blocks. */
void ml_separable_store(const void *context, const struct ml_block *block);

#endif
