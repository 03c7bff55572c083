/* solarize.c: invert what is brighter than a threshold. */
#include "filters/family/point.h"

static const struct ml_param solarize_params[] = {
    {.name = "threshold",
     .type = ML_PERCENT,
     .min = 0,
     .max = 100,
     .def = 50,
     .help = "brighter samples are inverted"},
};

ML_POINT_CURVE(solarize)
{
    return x > v[0].number / 100 ? 1 - x : x;
}

const struct ml_filter ml_filter_solarize = {
    .name = "solarize",
    .summary = "invert what is brighter than a threshold",
    .example = "solarize:50%",
    ML_PARAMS(solarize_params),
    ML_POINT_FAMILY(solarize),
};
