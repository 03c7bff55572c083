/* convolve.c: weighted sums of the samples around, with weights of the user's.
 *
 * The weights are laid over the picture as they are written, the middle one
 * over the sample that is made.  The sum is divided by `divisor`, `offset` is
 * added, and what leaves the range is clamped; see kernels/conv_store.h for
 * alpha.
 *
 * Kernels that are rows times columns and large are worked on so
 * (family/smooth.h), all others tap by tap (family/window.h).  Which, depends
 * on the weights alone.
 *
 * Planes: only averages, as what is the same sum for all colours may be taken
 * of Y, Cb and Cr; and only planes of one size, as chroma planes of larger
 * pixels know nothing of single ones.
 */
#include "filters/filter.h"

#include <math.h>
#include <string.h>

#include "filters/family/conv2d.h"
#include "filters/family/conv_kernel.h"
#include "filters/family/smooth.h"
#include "filters/family/window.h"
#include "filters/kernels/conv_store.h"
#include "filters/kernels/separable/block_rows.h"

/* Taps from which rows and columns apart are faster; measured. */
#define CONVOLVE_SEPARABLE 25
/* Error of a picture's worst sample, in levels, before rounding. */
#define CONVOLVE_MAX_ERROR 0.9
/* Weights that sum to that near to the divisor average, or to zero cancel. */
#define CONVOLVE_SAME 1e-9

struct convolve_state {
    struct ml_conv_store store; /* first: what the families' callbacks get */
    struct ml_conv_kernel weights;
    double divisor;
    /* One of these two. */
    bool separable;
    double x[ML_CONV2D_SIDE_MAX], y[ML_CONV2D_SIDE_MAX];
    struct ml_conv2d conv2d;
    void *family; /* the state of the family that is used */
};

enum {
    CONVOLVE_KERNEL,
    CONVOLVE_WEIGHTS,
    CONVOLVE_SIZE,
    CONVOLVE_DIVISOR,
    CONVOLVE_OFFSET
};

static const struct ml_param convolve_params[] = {
    [CONVOLVE_KERNEL] = {.name = "kernel",
                         .type = ML_CHOICE,
                         .choices = ml_conv_kernel_names,
                         .def = NAN,
                         .help = "a known one of 3x3; or give weights"},
    [CONVOLVE_WEIGHTS] = {.name = "weights",
                          .type = ML_NUMBER_LIST,
                          .min = -10000,
                          .max = 10000,
                          .help = "row by row, as they are laid over it"},
    [CONVOLVE_SIZE] = {.name = "size",
                       .type = ML_SIZE,
                       .help = "columns x rows of weights, odd, up to 15; left "
                               "out, a square"},
    [CONVOLVE_DIVISOR] = {.name = "divisor",
                          .type = ML_REAL,
                          .min = 0.0001,
                          .max = 1000000,
                          .def = NAN,
                          .help = "divides the sum; left out, what the weights "
                                  "sum to, or 1 if not above 0"},
    [CONVOLVE_OFFSET] = {.name = "offset",
                         .type = ML_REAL,
                         .unit = "levels of 255",
                         .min = -255,
                         .max = 255,
                         .def = 0,
                         .help = "is added; 128 shows negative sums"},
};

/* ---- rows and columns ---- */

static const struct ml_smooth_combine convolve_combine = {
    .row = ml_conv_store_row, .sample = ml_conv_store_sample};

static bool convolve_taps(const void *state_in,
                          const struct ml_smooth_axis *axis,
                          struct ml_taps *taps, struct ml_arena *arena)
{
    const struct convolve_state *state = state_in;
    const struct ml_conv_kernel *weights = &state->weights;
    return axis->vertical ? ml_taps_given(taps, arena, axis->length, state->y,
                                          weights->height)
                          : ml_taps_given(taps, arena, axis->length, state->x,
                                          weights->width);
}

static enum ml_status convolve_smooth(struct convolve_state *state,
                                      struct ml_filter_setup *setup,
                                      const struct ml_conv_scale *scale,
                                      struct ml_error *err)
{
    const double gain =
        ml_conv_kernel_abs_sum(&state->weights) / state->divisor;
    const struct ml_smooth smooth = {.taps = convolve_taps,
                                     .combine = &convolve_combine,
                                     .context = state,
                                     .max_error = CONVOLVE_MAX_ERROR / gain};
    struct ml_conv_scale sums = *scale;
    sums.scale = gain;
    sums.scale_whole = gain / ML_Q6_ONE;
    sums.divisor = ML_Q6_ONE / gain;
    ml_conv_store_prepare(&state->store, &setup->in, &sums);
    return ml_smooth_prepare(setup, &smooth, err);
}

/* ---- tap by tap ---- */

struct convolve_render {
    const struct convolve_state *state;
    struct ml_block_rows rows;
};

static void convolve_row(const void *context, void *to, const void *from,
                         const void *sums, size_t count)
{
    const struct convolve_state *state = context;
    if (state->conv2d.rounded)
        memcpy(to, sums, count);
    else
        ml_conv_store_row(&state->store, to, from, sums, count,
                          state->conv2d.q6);
}

static void convolve_block(const void *context, const struct ml_block *block)
{
    const struct convolve_render *rows = context;
    ml_block_each_row(&rows->rows, block, convolve_row, rows->state);
}

static void convolve_plane(const struct ml_window *window, void *scratch,
                           const struct ml_plane_dst *to, uint32_t y_end,
                           const struct ml_plane_src *from)
{
    const struct convolve_state *state = window->context;
    const struct convolve_render rows = {
        state, {*to, *from, state->store.bits, sizeof(float)}};
    const struct ml_emit emit = {convolve_block, &rows};
    ml_conv2d_rows(&state->conv2d, scratch, from, to->y, y_end, &emit);
}

/* Floats, added in the order of the weights. */
static float convolve_sum(const struct ml_window_at *at, size_t channel)
{
    const struct convolve_state *state = at->window->context;
    const struct ml_conv_kernel *weights = &state->weights;
    const double *weight = weights->at;
    float sum = 0;
    for (uint32_t j = 0; j < weights->height; j++)
        for (uint32_t i = 0; i < weights->width; i++)
            sum += (float)*weight++ *
                   ml_window_level(at, (int32_t)i - (int32_t)weights->width / 2,
                                   (int32_t)j - (int32_t)weights->height / 2,
                                   channel);
    return sum;
}

/* The definition. */
static float convolve_sample(const struct ml_window_at *at, size_t channel)
{
    const struct convolve_state *state = at->window->context;
    const size_t last = ml_channels(state->store.layout) - 1U;
    float pixel[ML_CHANNEL_MAX], sums[ML_CHANNEL_MAX];
    pixel[last] = ml_window_level(at, 0, 0, last);
    sums[last] = convolve_sum(at, last);
    pixel[channel] = ml_window_level(at, 0, 0, channel);
    sums[channel] = convolve_sum(at, channel);
    return ml_conv_store_sample(&state->store, pixel, sums, channel, false);
}

static const struct ml_window_kernel convolve_kernel = {
    .render = convolve_plane, .sample = convolve_sample};

static enum ml_status convolve_prepare_window(struct convolve_state *state,
                                              struct ml_filter_setup *setup,
                                              const struct ml_conv_scale *scale,
                                              struct ml_error *err)
{
    const struct ml_conv_kernel *weights = &state->weights;
    struct ml_conv2d *conv2d = &state->conv2d;
    struct ml_conv_scale sums = *scale;
    sums.scale = sums.scale_whole = 1 / state->divisor;
    sums.divisor = state->divisor;
    ml_conv_store_prepare(&state->store, &setup->in, &sums);
    *conv2d = (struct ml_conv2d){.width = setup->in.width,
                                 .height = setup->in.height,
                                 .channels = ml_channels(setup->in.layout),
                                 .bits = setup->in.bits};
    if (!ml_conv2d_prepare(conv2d, setup->arena, weights->at, weights->width,
                           weights->height))
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the filter's taps",
                       "raise --memory", "%u x %u weights", weights->width,
                       weights->height);
    if (conv2d->q6 && state->store.exact && !ml_has_alpha(setup->in.layout))
        ml_conv2d_round(conv2d, state->store.shift,
                        (int16_t)state->store.offset);
    const struct ml_window window = {.radius_x = weights->width / 2,
                                     .radius_y = weights->height / 2,
                                     .kernel = &convolve_kernel,
                                     .context = state,
                                     .scratch_bytes = conv2d->scratch_bytes};
    return ml_window_prepare(setup, &window, err);
}

/* ---- prepare ---- */

static enum ml_status convolve_weights(const struct ml_filter_setup *setup,
                                       struct ml_conv_kernel *weights,
                                       struct ml_error *err)
{
    const struct ml_value *values = setup->values;
    const bool named = values[CONVOLVE_KERNEL].given;
    if (named == values[CONVOLVE_WEIGHTS].given)
        return ml_fail(err, ML_ERR_USAGE, "convolve takes one kernel",
                       "give one of them, for instance convolve:emboss",
                       named ? "both a kernel and weights are given"
                             : "neither a kernel nor weights are given");
    if (named && values[CONVOLVE_SIZE].given)
        return ml_fail(err, ML_ERR_USAGE, "convolve has a size too many",
                       "leave out the size", "known kernels are 3x3");
    if (!named)
        return ml_conv_kernel_given(weights, setup->numbers,
                                    (size_t)values[CONVOLVE_WEIGHTS].number,
                                    &values[CONVOLVE_SIZE].size, err);
    ml_conv_kernel_named(weights, (size_t)values[CONVOLVE_KERNEL].number);
    return ML_OK;
}

static double convolve_divisor(const struct ml_filter_setup *setup,
                               const struct ml_conv_kernel *weights)
{
    const double sum = ml_conv_kernel_sum(weights);
    if (setup->values[CONVOLVE_DIVISOR].given)
        return setup->values[CONVOLVE_DIVISOR].number;
    return sum > CONVOLVE_SAME * ml_conv_kernel_abs_sum(weights) ? sum : 1;
}

static enum ml_status convolve_prepare(struct ml_filter_setup *setup,
                                       struct ml_error *err)
{
    struct convolve_state *state = ml_arena_calloc(setup->arena, sizeof *state);
    if (!state)
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the filter's state",
                       "raise --memory", "%zu bytes", sizeof *state);
    struct ml_conv_kernel *weights = &state->weights;
    if (convolve_weights(setup, weights, err) != ML_OK)
        return err->status;
    const double divisor = convolve_divisor(setup, weights);
    const double offset = setup->values[CONVOLVE_OFFSET].number;
    const double lacks = ml_conv_kernel_sum(weights) - divisor;
    const struct ml_conv_scale scale = {
        .offset = offset,
        .averages =
            offset == 0 &&
            fabs(lacks) <= CONVOLVE_SAME * ml_conv_kernel_abs_sum(weights)};
    setup->needs_rgb =
        !scale.averages || setup->in.sub_x > 1 || setup->in.sub_y > 1;
    state->divisor = divisor;
    state->separable = weights->width * weights->height >= CONVOLVE_SEPARABLE &&
                       ml_conv_kernel_factor(weights, state->x, state->y);
    const enum ml_status status =
        state->separable ? convolve_smooth(state, setup, &scale, err)
                         : convolve_prepare_window(state, setup, &scale, err);
    state->family = setup->state;
    setup->state = state;
    return status;
}

static struct ml_range convolve_window(const void *state_in, uint32_t y,
                                       uint32_t y_end)
{
    const struct convolve_state *state = state_in;
    return (state->separable ? ml_smooth_input_window
                             : ml_window_input_window)(state->family, y, y_end);
}

static void convolve_render(const void *state_in, void *scratch,
                            const struct ml_dst *dst, const struct ml_src *src)
{
    const struct convolve_state *state = state_in;
    (state->separable ? ml_smooth_render : ml_window_render)(state->family,
                                                             scratch, dst, src);
}

static void convolve_render_ref(const void *state_in, void *scratch,
                                const struct ml_dst *dst,
                                const struct ml_src *src)
{
    const struct convolve_state *state = state_in;
    (state->separable ? ml_smooth_render_ref
                      : ml_window_render_ref)(state->family, scratch, dst, src);
}

const struct ml_filter ml_filter_convolve = {
    .name = "convolve",
    .summary = "weighted sums of the samples around, weights as given",
    .example = "convolve:weights=-2_-1_0_-1_1_1_0_1_2",
    ML_PARAMS(convolve_params),
    .flags = ML_FILTER_PREMULTIPLIED | ML_FILTER_YCC,
    .prepare = convolve_prepare,
    .input_window = convolve_window,
    .render = convolve_render,
    .render_ref = convolve_render_ref,
};
