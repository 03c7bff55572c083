/* threshold.c: every colour sample becomes black or white. */
#include "filters/family/point.h"

static const struct ml_param threshold_params[] = {
    {.name = "level",
     .type = ML_PERCENT,
     .min = 0,
     .max = 100,
     .def = 50,
     .help = "samples at or above it become white, others black"},
};

ML_POINT_CURVE(threshold)
{
    return x >= v[0].number / 100 ? 1 : 0;
}

const struct ml_filter ml_filter_threshold = {
    .name = "threshold",
    .summary = "black or white, each colour by itself; after gray: two tones",
    .example = "threshold:50%",
    ML_PARAMS(threshold_params),
    ML_POINT_FAMILY(threshold),
};
