/* median.c: each sample becomes the median of a square around it.
 *
 * Removes specks and keeps edges.  Each channel is filtered by itself.  With
 * alpha no colour is above its alpha anywhere in the square, so no median of
 * colours is above that of the alphas.
 */
#include "filters/family/window.h"
#include "filters/kernels/median.h"

static const struct ml_param median_params[] = {
    {.name = "radius",
     .type = ML_INTEGER,
     .unit = "px",
     .min = 1,
     .max = 2,
     .def = 1,
     .help = "1 for a square of 3x3, 2 for 5x5"},
};

static void median_row(const struct ml_window *window, void *to,
                       const uint8_t *const *rows, size_t count)
{
    ml_median_row(to, rows, count, ml_channels(window->shape.layout),
                  2 * window->radius_y + 1, window->shape.bits);
}

/* The definition: as many samples of the square are below as are above. */
static float median_sample(const struct ml_window_at *at, size_t channel)
{
    const int32_t radius = (int32_t)at->window->radius_y;
    float sorted[ML_MEDIAN_SIDE_MAX * ML_MEDIAN_SIDE_MAX];
    size_t count = 0;
    for (int32_t dy = -radius; dy <= radius; dy++)
        for (int32_t dx = -radius; dx <= radius; dx++) {
            const float level = ml_window_level(at, dx, dy, channel);
            size_t i = count++;
            for (; i > 0 && sorted[i - 1] > level; i--)
                sorted[i] = sorted[i - 1];
            sorted[i] = level;
        }
    return sorted[count / 2];
}

static const struct ml_window_kernel median_kernel = {.row = median_row,
                                                      .sample = median_sample};

static enum ml_status median_prepare(struct ml_filter_setup *setup,
                                     struct ml_error *err)
{
    const uint32_t radius = (uint32_t)setup->values[0].number;
    const struct ml_window window = {
        .radius_x = radius, .radius_y = radius, .kernel = &median_kernel};
    return ml_window_prepare(setup, &window, err);
}

const struct ml_filter ml_filter_median = {
    .name = "median",
    .summary = "take away specks: the middle sample of a square",
    .example = "median:1",
    ML_PARAMS(median_params),
    .flags = ML_FILTER_PREMULTIPLIED,
    .prepare = median_prepare,
    ML_WINDOW_FAMILY,
};
