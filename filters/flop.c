/* flop.c: the picture as in a mirror, its last column first. */
#include "filters/family/geometry.h"

static enum ml_status flop_prepare(struct ml_filter_setup *setup,
                                   struct ml_error *err)
{
    return ml_geometry_orient(setup, ML_ORIENT_FLIP_H, err);
}

const struct ml_filter ml_filter_flop = {
    .name = "flop",
    .summary = "mirrored left to right: the last column first",
    .example = "flop",
    .flags = ML_FILTER_ANY_ALPHA | ML_FILTER_YCC | ML_FILTER_CMYK |
             ML_FILTER_SCALE_INVARIANT,
    .prepare = flop_prepare,
    ML_GEOMETRY_FAMILY,
};
