/* contrast.c: move every colour sample away from the middle, or towards it, as
 * the CSS filter of that name does.
 */
#include "filters/family/point.h"

static const struct ml_param contrast_params[] = {
    {.name = "amount",
     .type = ML_PERCENT,
     .min = 0,
     .max = 1000,
     .required = true,
     .help = "100% changes nothing, 50% halves it, 0% leaves mid-gray"},
};

ML_POINT_CURVE(contrast)
{
    return (x - 0.5) * v[0].number / 100 + 0.5;
}

const struct ml_filter ml_filter_contrast = {
    .name = "contrast",
    .summary = "more or less difference between light and dark",
    .example = "contrast:130%",
    ML_PARAMS(contrast_params),
    ML_POINT_FAMILY(contrast),
};
