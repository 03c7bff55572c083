/* saturation.c: move colours away from the gray of their luma, or towards it.
 * 0% is what the filter gray makes.
 */
#include "filters/family/matrix.h"
#include "image/luma.h"

static const struct ml_param saturation_params[] = {
    {.name = "amount",
     .type = ML_PERCENT,
     .min = 0,
     .max = 1000,
     .required = true,
     .help = "100% changes nothing, 0% leaves gray, more is more colourful"},
};

ML_MATRIX(saturation)
{
    static const double luma[3] = ML_LUMA_WEIGHTS;
    const double amount = v[0].number / 100;
    m->rows = 3;
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++)
            m->at[r][c] = (1 - amount) * luma[c] + (r == c ? amount : 0);
}

const struct ml_filter ml_filter_saturation = {
    .name = "saturation",
    .summary = "more or less colourful, of the same luma",
    .example = "saturation:150%",
    ML_PARAMS(saturation_params),
    ML_MATRIX_FAMILY(saturation),
};
