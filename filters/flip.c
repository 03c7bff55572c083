/* flip.c: the picture upside down, its last row first. */
#include "filters/family/geometry.h"

static enum ml_status flip_prepare(struct ml_filter_setup *setup,
                                   struct ml_error *err)
{
    return ml_geometry_orient(setup, ML_ORIENT_FLIP_V, err);
}

const struct ml_filter ml_filter_flip = {
    .name = "flip",
    .summary = "upside down: the last row first",
    .example = "flip",
    .flags = ML_FILTER_ANY_ALPHA | ML_FILTER_YCC | ML_FILTER_CMYK |
             ML_FILTER_SCALE_INVARIANT,
    .prepare = flip_prepare,
    ML_GEOMETRY_FAMILY,
};
