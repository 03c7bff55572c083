/* median.c: each sample becomes the middle one of a square around it.
 *
 * Takes away specks and keeps edges.  Each channel goes by itself.  With alpha
 * no colour is above its alpha anywhere in the square, so no median of colours
 * is above that of the alphas.
 */
#include "filters/family/window.h"
#include "filters/kernels/median.h"

#define MEDIAN_RADIUS_MAX 2
#define MEDIAN_SIDE_MAX (2 * MEDIAN_RADIUS_MAX + 1)

static const struct ml_param median_params[] = {
    {.name = "radius",
     .type = ML_INTEGER,
     .unit = "px",
     .min = 1,
     .max = MEDIAN_RADIUS_MAX,
     .def = 1,
     .help = "1 for a square of 3x3, 2 for 5x5"},
};

static void median_row(const struct ml_window *window, void *to,
                       const uint8_t *const *rows, size_t count)
{
    const size_t channels = ml_channels(window->shape.layout);
    const unsigned side = 2 * window->radius_y + 1;
    const uint16_t *rows_16[MEDIAN_SIDE_MAX];
    for (size_t y = 0; y < side; y++)
        rows_16[y] = (const uint16_t *)(const void *)rows[y];
    if (window->shape.bits == 8)
        ml_median_8(to, rows, count, channels, side);
    else
        ml_median_16(to, rows_16, count, channels, side);
}

static void median_render(const struct ml_window *window, void *scratch,
                          const struct ml_plane_dst *to, uint32_t y_end,
                          const struct ml_plane_src *from)
{
    ml_window_each_row(window, scratch, to, y_end, from, median_row);
}

/* The definition: as few of the square are below as are above. */
static float median_sample(const struct ml_window_at *at, size_t channel)
{
    const int32_t radius = (int32_t)at->window->radius_y;
    float sorted[MEDIAN_SIDE_MAX * MEDIAN_SIDE_MAX];
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

static const struct ml_window_kernel median_kernel = {.render = median_render,
                                                      .sample = median_sample};

static enum ml_status median_prepare(struct ml_filter_setup *setup,
                                     struct ml_error *err)
{
    const uint32_t radius = (uint32_t)setup->values[0].number;
    const struct ml_window window = {
        .radius_x = radius,
        .radius_y = radius,
        .kernel = &median_kernel,
        .scratch_bytes = ml_window_each_row_scratch(radius, &setup->in)};
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
