/* sepia.c: the brown of old photographs, by the matrix of the CSS filter of
 * that name (Filter Effects Module Level 1).
 */
#include "filters/family/matrix.h"

static const struct ml_param sepia_params[] = {
    {.name = "amount",
     .type = ML_PERCENT,
     .min = 0,
     .max = 100,
     .def = 100,
     .help = "how much of it; 0% changes nothing"},
};

ML_MATRIX(sepia)
{
    static const double sepia[3][3] = {
        {0.393, 0.769, 0.189}, {0.349, 0.686, 0.168}, {0.272, 0.534, 0.131}};
    const double amount = v[0].number / 100;
    m->rows = 3;
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++)
            m->at[r][c] = amount * sepia[r][c] + (r == c ? 1 - amount : 0);
}

const struct ml_filter ml_filter_sepia = {
    .name = "sepia",
    .summary = "the brown tones of old photographs",
    .example = "sepia:80%",
    ML_PARAMS(sepia_params),
    ML_MATRIX_FAMILY(sepia),
};
