/* box.c: box blur: the mean of a square around each sample.
 *
 * The square has a side of 2 * radius + 1 pixels.  With a fractional radius the
 * outer pixels count by the part of them that the square covers.  In a chroma
 * plane, whose pixels are larger, the square covers the same area of the
 * picture, but at least the sample itself.
 */
#include "filters/family/smooth.h"

#include <math.h>

#define BOX_MAX_ERROR 0.95 /* levels, before rounding */

static const struct ml_param box_params[] = {
    {.name = "radius",
     .type = ML_REAL,
     .unit = "px",
     .min = 0,
     .max = 250,
     .def = 1,
     .help = "of the square: its side is twice this and one more"},
};

static bool box_taps(const void *values, const struct ml_smooth_axis *axis,
                     struct ml_taps *taps, struct ml_arena *arena)
{
    const struct ml_value *radius = values;
    const double side = (2 * radius->number + 1) / axis->sub;
    return ml_taps_box(taps, arena, axis->length, fmax(side - 1, 0) / 2);
}

static enum ml_status box_prepare(struct ml_filter_setup *setup,
                                  struct ml_error *err)
{
    const struct ml_smooth smooth = {
        .taps = box_taps, .context = setup->values, .max_error = BOX_MAX_ERROR};
    return ml_smooth_prepare(setup, &smooth, err);
}

const struct ml_filter ml_filter_box = {
    .name = "box",
    .summary = "box blur: the mean of a square",
    .example = "box:1.5",
    ML_PARAMS(box_params),
    .flags = ML_FILTER_PREMULTIPLIED | ML_FILTER_YCC,
    .prepare = box_prepare,
    ML_SMOOTH_FAMILY,
};
