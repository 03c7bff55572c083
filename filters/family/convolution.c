/* convolution.c: see convolution.h. */
#include "filters/family/convolution.h"

#include <math.h>
#include <string.h>

#include "filters/family/conv2d.h"
#include "filters/family/smooth.h"
#include "filters/family/window.h"
#include "filters/kernels/conv_store.h"
#include "filters/kernels/separable/block_rows.h"

/* Taps from which rows and columns apart are faster; measured. */
#define CONVOLUTION_SEPARABLE 25
/* Error of a picture's worst sample, in levels, before rounding. */
#define CONVOLUTION_MAX_ERROR 0.9
/* A sum of weights within this part of the sum of their magnitudes of the
 * divisor, or of 0, counts as equal to it. */
#define CONVOLUTION_SAME 1e-9

struct convolution_state {
    struct ml_conv_store store; /* first: what the callbacks of smooth get */
    struct ml_conv_kernel kernel;
    double divisor;
    bool separable; /* x and y are used, else conv2d */
    double x[ML_CONV2D_SIDE_MAX], y[ML_CONV2D_SIDE_MAX];
    struct ml_conv2d conv2d;
    void *family; /* the state of smooth or of window */
};

/* ---- rows and columns ---- */

static const struct ml_smooth_combine convolution_combine = {
    .row = ml_conv_store_row, .sample = ml_conv_store_sample};

static bool convolution_taps(const void *state_in,
                             const struct ml_smooth_axis *axis,
                             struct ml_taps *taps, struct ml_arena *arena)
{
    const struct convolution_state *state = state_in;
    const struct ml_conv_kernel *kernel = &state->kernel;
    return axis->vertical ? ml_taps_given(taps, arena, axis->length, state->y,
                                          kernel->height)
                          : ml_taps_given(taps, arena, axis->length, state->x,
                                          kernel->width);
}

static enum ml_status convolution_smooth(struct convolution_state *state,
                                         struct ml_filter_setup *setup,
                                         const struct ml_conv_scale *scale,
                                         struct ml_error *err)
{
    const double gain = ml_conv_kernel_abs_sum(&state->kernel) / state->divisor;
    const struct ml_smooth smooth = {.taps = convolution_taps,
                                     .combine = &convolution_combine,
                                     .context = state,
                                     .max_error = CONVOLUTION_MAX_ERROR / gain};
    struct ml_conv_scale sums = *scale;
    sums.scale = gain;
    sums.scale_whole = gain / ML_Q6_ONE;
    sums.divisor = ML_Q6_ONE / gain;
    ml_conv_store_prepare(&state->store, &setup->in, &sums);
    return ml_smooth_prepare(setup, &smooth, err);
}

/* ---- tap by tap ---- */

struct convolution_rows {
    const struct convolution_state *state;
    struct ml_block_rows rows;
};

static void convolution_row(const void *context, void *to, const void *from,
                            const void *sums, size_t count)
{
    const struct convolution_state *state = context;
    if (state->conv2d.rounded)
        memcpy(to, sums, count);
    else
        ml_conv_store_row(&state->store, to, from, sums, count,
                          state->conv2d.s16);
}

static void convolution_block(const void *context, const struct ml_block *block)
{
    const struct convolution_rows *rows = context;
    ml_block_each_row(&rows->rows, block, convolution_row, rows->state);
}

static void convolution_plane(const struct ml_window *window, void *scratch,
                              const struct ml_plane_dst *to, uint32_t y_end,
                              const struct ml_plane_src *from)
{
    const struct convolution_state *state = window->context;
    const struct convolution_rows rows = {
        state, {*to, *from, state->store.bits, sizeof(float)}};
    const struct ml_emit emit = {convolution_block, &rows};
    ml_conv2d_rows(&state->conv2d, scratch, from, to->y, y_end, &emit);
}

/* Floats, added in the order of the weights. */
static float convolution_sum(const struct ml_window_at *at, size_t channel)
{
    const struct convolution_state *state = at->window->context;
    const struct ml_conv_kernel *kernel = &state->kernel;
    const double *weight = kernel->at;
    float sum = 0;
    for (uint32_t j = 0; j < kernel->height; j++)
        for (uint32_t i = 0; i < kernel->width; i++)
            sum += (float)*weight++ *
                   ml_window_level(at, (int32_t)i - (int32_t)kernel->width / 2,
                                   (int32_t)j - (int32_t)kernel->height / 2,
                                   channel);
    return sum;
}

/* The definition. */
static float convolution_sample(const struct ml_window_at *at, size_t channel)
{
    const struct convolution_state *state = at->window->context;
    const size_t last = ml_channels(state->store.layout) - 1U;
    float pixel[ML_CHANNEL_MAX], sums[ML_CHANNEL_MAX];
    pixel[last] = ml_window_level(at, 0, 0, last);
    sums[last] = convolution_sum(at, last);
    pixel[channel] = ml_window_level(at, 0, 0, channel);
    sums[channel] = convolution_sum(at, channel);
    return ml_conv_store_sample(&state->store, pixel, sums, channel, false);
}

static const struct ml_window_kernel convolution_taps_kernel = {
    .render = convolution_plane, .sample = convolution_sample};

static enum ml_status convolution_window(struct convolution_state *state,
                                         struct ml_filter_setup *setup,
                                         const struct ml_conv_scale *scale,
                                         struct ml_error *err)
{
    const struct ml_conv_kernel *kernel = &state->kernel;
    struct ml_conv2d *conv2d = &state->conv2d;
    struct ml_conv_scale sums = *scale;
    sums.scale = sums.scale_whole = 1 / state->divisor;
    sums.divisor = state->divisor;
    ml_conv_store_prepare(&state->store, &setup->in, &sums);
    *conv2d = (struct ml_conv2d){.width = setup->in.width,
                                 .height = setup->in.height,
                                 .channels = ml_channels(setup->in.layout),
                                 .bits = setup->in.bits};
    if (!ml_conv2d_prepare(conv2d, setup->arena, kernel->at, kernel->width,
                           kernel->height))
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the filter's taps",
                       "raise --memory", "%u x %u weights", kernel->width,
                       kernel->height);
    if (conv2d->s16 && state->store.exact && !ml_has_alpha(setup->in.layout))
        ml_conv2d_round(conv2d, state->store.shift,
                        (int16_t)state->store.offset);
    const struct ml_window window = {.radius_x = kernel->width / 2,
                                     .radius_y = kernel->height / 2,
                                     .kernel = &convolution_taps_kernel,
                                     .context = state,
                                     .scratch_bytes = conv2d->scratch_bytes};
    return ml_window_prepare(setup, &window, err);
}

/* ---- prepare ---- */

double ml_convolution_divisor(const struct ml_conv_kernel *kernel)
{
    const double sum = ml_conv_kernel_sum(kernel);
    return sum > CONVOLUTION_SAME * ml_conv_kernel_abs_sum(kernel) ? sum : 1;
}

enum ml_status ml_convolution_prepare(struct ml_filter_setup *setup,
                                      const struct ml_convolution *convolution,
                                      struct ml_error *err)
{
    struct convolution_state *state =
        ml_filter_alloc(setup, sizeof *state, err);
    const struct ml_conv_kernel *kernel = &convolution->kernel;
    const double missing = ml_conv_kernel_sum(kernel) - convolution->divisor;
    const struct ml_conv_scale scale = {
        .offset = convolution->offset,
        .averages =
            convolution->offset == 0 &&
            fabs(missing) <= CONVOLUTION_SAME * ml_conv_kernel_abs_sum(kernel)};
    if (!state)
        return err->status;
    setup->needs_rgb =
        !scale.averages || setup->in.sub_x > 1 || setup->in.sub_y > 1;
    state->kernel = *kernel;
    state->divisor = convolution->divisor;
    state->separable =
        kernel->width * kernel->height >= CONVOLUTION_SEPARABLE &&
        ml_conv_kernel_factor(kernel, state->x, state->y);
    const enum ml_status status =
        state->separable ? convolution_smooth(state, setup, &scale, err)
                         : convolution_window(state, setup, &scale, err);
    state->family = setup->state;
    setup->state = state;
    return status;
}

/* ---- the family that does the work ---- */

struct ml_range ml_convolution_input_window(const void *state_in, uint32_t y,
                                            uint32_t y_end)
{
    const struct convolution_state *state = state_in;
    return (state->separable ? ml_smooth_input_window
                             : ml_window_input_window)(state->family, y, y_end);
}

void ml_convolution_render(const void *state_in, void *scratch,
                           const struct ml_dst *dst, const struct ml_src *src)
{
    const struct convolution_state *state = state_in;
    (state->separable ? ml_smooth_render : ml_window_render)(state->family,
                                                             scratch, dst, src);
}

void ml_convolution_render_ref(const void *state_in, void *scratch,
                               const struct ml_dst *dst,
                               const struct ml_src *src)
{
    const struct convolution_state *state = state_in;
    (state->separable ? ml_smooth_render_ref
                      : ml_window_render_ref)(state->family, scratch, dst, src);
}
