/* orient.h: the eight ways to lay a picture on its sides, as filters use them.
 *
 * A way is named by the EXIF orientation (CIPA DC-008, tag 274) that it sets
 * upright: 1 as it is, 2 mirrored left to right, 3 half a turn, 4 upside down,
 * 5 transposed, 6 a quarter turn clockwise, 7 transposed over the other
 * diagonal, 8 a quarter turn counter-clockwise.
 *
 * Pixels move unchanged, whatever their layout, 8 or 16 bits.  Ways 1 and 2
 * need the same rows, all others every row, as their windows would move
 * backwards or sideways.  In planes a transposition turns the subsampling too;
 * a picture that does not fill its chroma grid would be mirrored off that grid,
 * and leaves planes.
 */
#ifndef ML_FILTERS_FAMILY_ORIENT_H
#define ML_FILTERS_FAMILY_ORIENT_H

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

/* The whole of a `prepare`: plan, shape of the output.  Upright leaves the
 * picture unchanged.  ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_orient_prepare(struct ml_filter_setup *setup,
                                               enum ml_orientation orientation,
                                               struct ml_error *err);

/* The other functions of such a filter. */
struct ml_range ml_orient_input_window(const void *state, uint32_t y,
                                       uint32_t y_end);
void ml_orient_render(const void *state, void *scratch,
                      const struct ml_dst *dst, const struct ml_src *src);
void ml_orient_render_ref(const void *state, void *scratch,
                          const struct ml_dst *dst, const struct ml_src *src);

#endif
