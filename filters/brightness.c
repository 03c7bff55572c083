/* brightness.c: multiply every colour sample, as the CSS filter of that name
 * does.
 */
#include "filters/family/point.h"

static const struct ml_param brightness_params[] = {
    {.name = "amount",
     .type = ML_PERCENT,
     .min = 0,
     .max = 1000,
     .required = true,
     .help = "100% changes nothing, 50% is half as bright, 0% black"},
};

ML_POINT_CURVE(brightness)
{
    return x * v[0].number / 100;
}

const struct ml_filter ml_filter_brightness = {
    .name = "brightness",
    .summary = "make all colours brighter or darker by one factor",
    .example = "brightness:120%",
    ML_PARAMS(brightness_params),
    ML_POINT_FAMILY(brightness),
};
