/* geometry.h: filters that move pixels unchanged: a rectangle of the picture,
 * or the whole picture in another orientation.
 *
 * In: any layout, 8 or 16 bits.  Out: the same layout.  An orientation is named
 * by the EXIF value (CIPA DC-008, tag 274) that it sets upright: 1 unchanged,
 * 2 mirrored left to right, 3 rotated by 180 degrees, 4 upside down, 5
 * transposed, 6 rotated by 90 degrees clockwise, 7 transposed over the other
 * diagonal, 8 rotated by 270 degrees clockwise.
 *
 * An output row of a rectangle and of orientations 1 and 2 needs one input row;
 * that of the other orientations needs all rows, as their windows would move
 * backwards or sideways.
 *
 * In planes a transposition swaps the subsampling.  RGB is needed to mirror a
 * picture that does not fill its chroma grid, and for a rectangle whose upper
 * left corner is off that grid.  Its size may be any: a chroma sample at the
 * right or the lower edge may still cover pixels that are cut off, and so
 * contain a share of their colour.
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

/* The whole of a `prepare`: one of these.  ML_ORIENT_NORMAL and a rectangle as
 * large as the picture are the identity.  ML_ERR_MEMORY. */
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
