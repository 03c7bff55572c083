/* dilate.c: each sample becomes the largest of a window around it: light areas
 * grow, dark specks disappear. */
#include "filters/family/morphology.h"

static enum ml_status dilate_prepare(struct ml_filter_setup *setup,
                                     struct ml_error *err)
{
    return ml_morphology_setup(setup, true, err);
}

const struct ml_filter ml_filter_dilate = {
    .name = "dilate",
    .summary = "light areas grow: the largest sample of a window",
    .example = "dilate:2,shape=disc",
    .prepare = dilate_prepare,
    ML_MORPHOLOGY_FAMILY,
};
