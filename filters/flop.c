/* flop.c: the picture as in a mirror, its last column first.
 *
 * In: any layout, 8 or 16 bits; see kernels/orient.h for planes.  Out: the same
 * shape.  Each output row needs its own input row and no other.
 */
#include "filters/filter.h"

#include "filters/family/orient.h"

static enum ml_status flop_prepare(struct ml_filter_setup *setup,
                                   struct ml_error *err)
{
    return ml_orient_prepare(setup, ML_ORIENT_FLIP_H, err);
}

const struct ml_filter ml_filter_flop = {
    .name = "flop",
    .summary = "mirrored left to right: the last column first",
    .example = "flop",
    .flags = ML_FILTER_ANY_ALPHA | ML_FILTER_YCC | ML_FILTER_CMYK |
             ML_FILTER_SCALE_INVARIANT,
    .prepare = flop_prepare,
    .input_window = ml_orient_input_window,
    .render = ml_orient_render,
    .render_ref = ml_orient_render_ref,
};
