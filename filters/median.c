/* median.c: each sample becomes the middle one of a square around it.
 *
 * In: gray or RGB, with or without alpha, 8 or 16 bits.  Out: the same shape.
 * Takes away specks and keeps edges.  Each channel goes by itself; outside the
 * picture the border samples are repeated.  With alpha, samples come
 * premultiplied: no colour is above its alpha anywhere in the square, so no
 * median of colours is above that of the alphas.
 */
#include "filters/filter.h"

#include <string.h>

#include "filters/kernels/median.h"

#define MEDIAN_RADIUS_MAX 2
#define MEDIAN_SIDE_MAX (2 * MEDIAN_RADIUS_MAX + 1)
/* Samples of a row's end with its repetitions: what the pixels within the
 * radius of it need. */
#define MEDIAN_END (3 * MEDIAN_RADIUS_MAX * ML_CHANNEL_MAX)

struct median_state {
    struct ml_shape shape;
    uint32_t radius;
};

static const struct ml_param median_params[] = {
    {.name = "radius",
     .type = ML_INTEGER,
     .unit = "px",
     .min = 1,
     .max = MEDIAN_RADIUS_MAX,
     .def = 1,
     .help = "1 for a square of 3x3, 2 for 5x5"},
};

static enum ml_status median_prepare(struct ml_filter_setup *setup,
                                     struct ml_error *err)
{
    struct median_state *state = ml_arena_alloc(setup->arena, sizeof *state);
    if (!state)
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the plan",
                       "raise --memory", "%zu bytes", sizeof *state);
    state->shape = setup->in;
    state->radius = (uint32_t)setup->values[0].number;
    setup->state = state;
    setup->out = setup->in;
    return ML_OK;
}

static struct ml_range median_window(const void *state_in, uint32_t y,
                                     uint32_t y_end)
{
    const struct median_state *state = state_in;
    const uint32_t height = state->shape.height, radius = state->radius;
    return (struct ml_range){y > radius ? y - radius : 0,
                             height - y_end > radius ? y_end + radius : height};
}

/* Row or column `at` + `by`, moved into the picture. */
static uint32_t median_at(uint32_t at, int64_t by, uint32_t length)
{
    const int64_t moved = at + by;
    return moved < 0 ? 0 : moved >= length ? length - 1 : (uint32_t)moved;
}

/* ---- rows ---- */

/* Medians of samples [0, count) of squares that begin there. */
static void median_piece(const struct median_state *state, uint8_t *to,
                         const uint8_t *const *rows, size_t count)
{
    const size_t channels = ml_channels(state->shape.layout);
    const unsigned side = 2 * state->radius + 1;
    if (state->shape.bits == 8) {
        ml_median_8(to, rows, count, channels, side);
        return;
    }
    const uint16_t *rows_16[MEDIAN_SIDE_MAX];
    for (size_t y = 0; y < side; y++)
        rows_16[y] = (const uint16_t *)(const void *)rows[y];
    ml_median_16((uint16_t *)(void *)to, rows_16, count, channels, side);
}

/* Pixels [x, x_end), at most as many as the radius, from copies of the rows
 * with the border repeated. */
static void median_end(const struct median_state *state, uint8_t *to,
                       const uint8_t *const *rows, uint32_t x, uint32_t x_end)
{
    const size_t channels = ml_channels(state->shape.layout);
    const size_t pixel = channels * state->shape.bits / 8;
    const uint32_t radius = state->radius;
    uint16_t ends[MEDIAN_SIDE_MAX][MEDIAN_END];
    const uint8_t *copies[MEDIAN_SIDE_MAX];
    for (size_t y = 0; y < 2 * radius + 1; y++) {
        uint8_t *copy = (uint8_t *)ends[y];
        copies[y] = copy;
        for (uint32_t i = 0; i < x_end - x + 2 * radius; i++)
            memcpy(copy + i * pixel,
                   rows[y] +
                       median_at(x, (int64_t)i - radius, state->shape.width) *
                           pixel,
                   pixel);
    }
    median_piece(state, to + x * pixel, copies, (x_end - x) * channels);
}

static void median_row(const struct median_state *state, uint8_t *to,
                       const uint8_t *const *rows)
{
    const uint32_t width = state->shape.width, radius = state->radius;
    const size_t channels = ml_channels(state->shape.layout);
    const size_t bytes = state->shape.bits / 8U;
    if (width > 2 * radius)
        median_piece(state, to + radius * channels * bytes, rows,
                     (width - 2 * radius) * channels);
    const uint32_t left = radius < width ? radius : width;
    const uint32_t right = width - left > radius ? width - radius : left;
    median_end(state, to, rows, 0, left);
    if (right < width)
        median_end(state, to, rows, right, width);
}

static void median_render(const void *state_in, void *scratch,
                          const struct ml_dst *dst, const struct ml_src *src)
{
    const struct median_state *state = state_in;
    const int64_t radius = state->radius;
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++) {
        const uint8_t *rows[MEDIAN_SIDE_MAX];
        for (int64_t i = 0; i <= 2 * radius; i++)
            rows[i] =
                ml_src_row(src, median_at(y, i - radius, state->shape.height));
        median_row(state, ml_dst_row(dst, y), rows);
    }
}

/* ---- reference ---- */

static uint16_t median_sample(const struct median_state *state,
                              const struct ml_src *src, uint32_t x, uint32_t y,
                              size_t channel)
{
    const uint8_t *row = ml_src_row(src, y);
    const size_t at = x * (size_t)ml_channels(state->shape.layout) + channel;
    uint16_t sample;
    if (state->shape.bits == 8)
        return row[at];
    memcpy(&sample, row + at * sizeof sample, sizeof sample);
    return sample;
}

static uint16_t median_middle(uint16_t *samples, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const uint16_t sample = samples[i];
        size_t k = i;
        for (; k > 0 && samples[k - 1] > sample; k--)
            samples[k] = samples[k - 1];
        samples[k] = sample;
    }
    return samples[count / 2];
}

static uint16_t median_of_square(const struct median_state *state,
                                 const struct ml_src *src, uint32_t x,
                                 uint32_t y, size_t channel)
{
    const struct ml_shape *shape = &state->shape;
    const int64_t radius = state->radius;
    uint16_t samples[MEDIAN_SIDE_MAX * MEDIAN_SIDE_MAX];
    size_t count = 0;
    for (int64_t dy = -radius; dy <= radius; dy++)
        for (int64_t dx = -radius; dx <= radius; dx++)
            samples[count++] =
                median_sample(state, src, median_at(x, dx, shape->width),
                              median_at(y, dy, shape->height), channel);
    return median_middle(samples, count);
}

static void median_render_ref(const void *state_in, void *scratch,
                              const struct ml_dst *dst,
                              const struct ml_src *src)
{
    const struct median_state *state = state_in;
    const size_t channels = ml_channels(state->shape.layout);
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++) {
        uint8_t *to = ml_dst_row(dst, y);
        for (size_t i = 0; i < state->shape.width * channels; i++) {
            const uint16_t middle = median_of_square(
                state, src, (uint32_t)(i / channels), y, i % channels);
            if (state->shape.bits == 8)
                to[i] = (uint8_t)middle;
            else
                memcpy(to + i * sizeof middle, &middle, sizeof middle);
        }
    }
}

const struct ml_filter ml_filter_median = {
    .name = "median",
    .summary = "take away specks: the middle sample of a square",
    .example = "median:1",
    .params = median_params,
    .param_count = sizeof median_params / sizeof *median_params,
    .flags = ML_FILTER_PREMULTIPLIED,
    .prepare = median_prepare,
    .input_window = median_window,
    .render = median_render,
    .render_ref = median_render_ref,
};
