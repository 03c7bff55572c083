/* blur.c: Gaussian blur.
 *
 * Weights are those of a Gaussian out to 3 sigma (0.3 % of its volume is
 * beyond), scaled to sum to one.  In a chroma plane sigma is counted in its
 * own, larger pixels.
 */
#include "filters/family/smooth.h"

#define BLUR_MAX_ERROR 0.95 /* levels, before rounding */

static const struct ml_param blur_params[] = {
    {.name = "sigma",
     .type = ML_REAL,
     .unit = "px",
     .min = 0.3,
     .max = 250,
     .required = true,
     .help = "standard deviation of the Gaussian, in pixels"},
};

static bool blur_taps(const void *values, const struct ml_smooth_axis *axis,
                      struct ml_taps *taps, struct ml_arena *arena)
{
    const struct ml_value *sigma = values;
    return ml_taps_gauss(taps, arena, axis->length, sigma->number / axis->sub);
}

static enum ml_status blur_prepare(struct ml_filter_setup *setup,
                                   struct ml_error *err)
{
    const struct ml_smooth smooth = {.taps = blur_taps,
                                     .context = setup->values,
                                     .max_error = BLUR_MAX_ERROR};
    return ml_smooth_prepare(setup, &smooth, err);
}

const struct ml_filter ml_filter_blur = {
    .name = "blur",
    .summary = "Gaussian blur",
    .example = "blur:2.5",
    ML_PARAMS(blur_params),
    .flags = ML_FILTER_PREMULTIPLIED | ML_FILTER_YCC,
    .prepare = blur_prepare,
    ML_SMOOTH_FAMILY,
};
