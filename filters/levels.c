/* levels.c: stretch the tones between a black and a white point, and bend them.
 *
 *     out = clamp((in - black) / (white - black), 0, 1) ^ (1 / gamma)
 *
 * Not for planes: gamma changes each colour by itself, and even without it each
 * colour is clipped at black and white by itself.  Luma would be clipped as a
 * whole: pure blue, darker than most blacks, would lose its blue.
 *
 * Not scale invariant: clipping and gamma before a picture is shrunk are not
 * the same as after.
 */
#include "filters/family/point.h"
#include "filters/kernels/power.h"

enum { LEVELS_BLACK, LEVELS_WHITE, LEVELS_GAMMA };

static const struct ml_param levels_params[] = {
    [LEVELS_BLACK] = {.name = "black",
                      .type = ML_PERCENT,
                      .min = 0,
                      .max = 100,
                      .def = 0,
                      .help = "what becomes black; must be below white"},
    [LEVELS_WHITE] = {.name = "white",
                      .type = ML_PERCENT,
                      .min = 0,
                      .max = 100,
                      .def = 100,
                      .help = "what becomes white"},
    [LEVELS_GAMMA] = {.name = "gamma",
                      .type = ML_REAL,
                      .min = 0.1,
                      .max = 10,
                      .def = 1,
                      .help = "bends the tones between; above 1 lightens"},
};

ML_POINT_CURVE(levels)
{
    const double black = v[LEVELS_BLACK].number / 100;
    const double range = v[LEVELS_WHITE].number / 100 - black;
    const double power = 1 / v[LEVELS_GAMMA].number;
    const double part = (x - black) / range;
    const double light = part < 0 ? 0 : part > 1 ? 1 : part;
    const double bent = ml_power(light, power);
    return light > 0 && light < 1 && power != 1 ? bent : light;
}

static enum ml_status levels_check(const struct ml_value *values,
                                   struct ml_error *err)
{
    const double black = values[LEVELS_BLACK].number;
    const double white = values[LEVELS_WHITE].number;
    if (black < white)
        return ML_OK;
    return ml_fail(err, ML_ERR_USAGE, "levels has black at or above white",
                   "give a black below white", "black %g%%, white %g%%", black,
                   white);
}

const struct ml_filter ml_filter_levels = {
    .name = "levels",
    .summary = "stretch the tones between black and white, and bend them",
    .example = "levels:2%,98%,gamma=1.2",
    ML_PARAMS(levels_params),
    ML_POINT_FAMILY_WITH(levels, 0, .check = levels_check),
};
