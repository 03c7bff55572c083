/* flip.c: the picture upside down, its last row first.
 *
 * In: any layout, 8 or 16 bits; see kernels/orient.h for planes.  Out: the same
 * shape.  Needs all rows: its window would move backwards.
 */
#include "filters/filter.h"

#include "filters/family/orient.h"

static enum ml_status flip_prepare(struct ml_filter_setup *setup,
                                   struct ml_error *err)
{
    return ml_orient_prepare(setup, ML_ORIENT_FLIP_V, err);
}

const struct ml_filter ml_filter_flip = {
    .name = "flip",
    .summary = "upside down: the last row first",
    .example = "flip",
    .flags = ML_FILTER_ANY_ALPHA | ML_FILTER_YCC | ML_FILTER_CMYK |
             ML_FILTER_SCALE_INVARIANT,
    .prepare = flip_prepare,
    .input_window = ml_orient_input_window,
    .render = ml_orient_render,
    .render_ref = ml_orient_render_ref,
};
