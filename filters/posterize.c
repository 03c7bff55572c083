/* posterize.c: few levels, evenly spaced from black to white, instead of all.
 */
#include "filters/family/point.h"

#include <math.h>

static const struct ml_param posterize_params[] = {
    {.name = "levels",
     .type = ML_INTEGER,
     .min = 2,
     .max = 256,
     .def = 4,
     .help = "levels that each colour keeps, black and white among them"},
};

ML_POINT_CURVE(posterize)
{
    const double steps = v[0].number - 1;
    return floor(x * steps + 0.5) / steps;
}

const struct ml_filter ml_filter_posterize = {
    .name = "posterize",
    .summary = "round every colour to one of a few levels",
    .example = "posterize:4",
    ML_PARAMS(posterize_params),
    ML_POINT_FAMILY(posterize),
};
