/* erode.c: each sample becomes the smallest of a window around it: dark areas
 * grow, light specks disappear. */
#include "filters/family/morphology.h"

static enum ml_status erode_prepare(struct ml_filter_setup *setup,
                                    struct ml_error *err)
{
    return ml_morphology_setup(setup, false, err);
}

const struct ml_filter ml_filter_erode = {
    .name = "erode",
    .summary = "dark areas grow: the least sample of a window",
    .example = "erode:2,shape=disc",
    .prepare = erode_prepare,
    ML_MORPHOLOGY_FAMILY,
};
