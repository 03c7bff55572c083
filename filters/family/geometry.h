/* geometry.h: filters that move pixels unchanged: a rectangle of the picture,
 * or the picture laid on another of its sides.
 *
 * In: any layout, 8 or 16 bits.  Out: the same layout.  An orientation is named
 * by its EXIF value (CIPA DC-008, tag 274), which the move sets upright: 1 as
 * it is, 2 mirrored left to right, 3 rotated by 180 degrees, 4 upside down, 5
 * transposed, 6 rotated by 90 degrees clockwise, 7 transposed over the other
 * diagonal, 8 rotated by 270 degrees clockwise.
 *
 * Each output row of a rectangle and of orientations 1 and 2 needs one input
 * row, that of the others every row, as their windows would move backwards or
 * sideways.  In planes a transposition swaps the subsampling.  A picture leaves
 * planes when it would be mirrored off its chroma grid, which it does not fill,
 * or when a rectangle's upper left corner lies off that grid.  The size of a
 * rectangle may be any: a chroma sample at the right or the lower edge may go
 * on covering pixels that are cut off, whose colour it then has a share of.
 */
#ifndef ML_FILTERS_FAMILY_GEOMETRY_H
#define ML_FILTERS_FAMILY_GEOMETRY_H

#include "filters/family/rectangle.h"
#include "filters/filter.h"

enum ml_orientation {
    ML_ORIENT_NORMAL = 1,
    ML_ORIENT_FLIP_H = 2,
    ML_ORIENT_ROT_180 = 3,
    ML_ORIENT_FLIP_V = 4,
    ML_ORIENT_TRANSPOSE = 5,
    ML_ORIENT_ROT_90 = 6,
    ML_ORIENT_TRANSVERSE = 7,
    ML_ORIENT_ROT_270 = 8
};

/* The whole of a `prepare`: one of these.  Upright, and a rectangle as large as
 * the picture, leave it unchanged.  ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_geometry_orient(struct ml_filter_setup *setup,
                                                enum ml_orientation orientation,
                                                struct ml_error *err);
ML_MUST_CHECK enum ml_status
ml_geometry_crop(struct ml_filter_setup *setup,
                 const struct ml_rectangle *rectangle, struct ml_error *err);

/* The other functions of such a filter. */
struct ml_range ml_geometry_input_window(const void *state, uint32_t y,
                                         uint32_t y_end);
void ml_geometry_render(const void *state, void *scratch,
                        const struct ml_dst *dst, const struct ml_src *src);
void ml_geometry_render_ref(const void *state, void *scratch,
                            const struct ml_dst *dst, const struct ml_src *src);

#define ML_GEOMETRY_FAMILY                                                     \
    .input_window = ml_geometry_input_window, .render = ml_geometry_render,    \
    .render_ref = ml_geometry_render_ref

#endif
