/* convolve.c: weighted sums of the samples around, with weights of the user's.
 *
 * In: gray or RGB, with or without alpha, 8 or 16 bits, or planes.  Out: the
 * same shape.  The weights are laid over the picture as they are written, the
 * middle one over the sample that is made; outside the picture the border
 * samples are repeated.  The sum is divided by `divisor`, `offset` is added,
 * and what leaves the range is clamped.
 *
 * Kernels that are rows times columns and large are worked on so
 * (separable.h), all others tap by tap (direct.h).  Which, depends on the
 * weights alone.
 *
 * Alpha: samples come premultiplied.  Where the weights average (they sum to
 * the divisor, nothing is added), alpha is one more channel, as in a blur; in
 * all other cases, edges of a flat picture's alpha for one, it stays as it is,
 * and the offset is that part of it which alpha lets through.  Colours stay at
 * or below alpha.
 *
 * Planes: only averages, as what is the same sum for all colours may be taken
 * of Y, Cb and Cr; and only planes of one size, as chroma planes of larger
 * pixels know nothing of single ones.
 */
#include "filters/filter.h"

#include <math.h>
#include <string.h>

#include "filters/family/alpha.h"
#include "filters/family/conv2d.h"
#include "filters/family/conv_kernel.h"
#include "filters/kernels/planes.h"
#include "filters/kernels/separable/separable.h"
#include "os/simd_level.h"

/* Taps from which rows and columns apart are faster; measured. */
#define CONVOLVE_SEPARABLE 25
/* Half of 2^8 still fits 16 bits with the largest sum, 127 * 255, and with the
 * largest that rows and columns leave, 1.98 * 255 * ML_Q6_ONE. */
#define CONVOLVE_SHIFT_MOST 8
/* Error of a picture's worst sample, in levels, before rounding. */
#define CONVOLVE_ALLOWED 0.9
/* Weights that sum to that near to the divisor average, or to zero cancel. */
#define CONVOLVE_SAME 1e-9

struct convolve_state {
    struct ml_shape shape;
    bool separable;
    bool exact; /* sums are divided by 2^shift: all in int16 */
    int shift;
    bool averages;              /* see above */
    float scale;                /* a value times this is in levels */
    float offset;               /* in levels of the samples */
    float part;                 /* the same as a part of white */
    struct ml_separable passes; /* one of these two; planes are alike */
    struct ml_conv2d conv2d;
    uint32_t radius_y;
    uint8_t kept[ML_ALPHA_MASK]; /* bytes of alpha */
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

/* ---- values to samples ---- */

ML_INLINE float convolve_level(const void *values, size_t i, bool q6,
                               float scale, float offset)
{
    const float value =
        q6 ? ((const int16_t *)values)[i] : ((const float *)values)[i];
    return value * scale + offset;
}

/* Clamped before rounding, so that the conversion is always defined. */
ML_INLINE float convolve_clamp(float level, float most)
{
    level = level < 0 ? 0 : level;
    return level > most ? most : level;
}

ML_INLINE uint8_t convolve_byte(int16_t level)
{
    level = level < 0 ? 0 : level;
    return (uint8_t)(level > 255 ? 255 : level);
}

/* Whole sums and offsets and a divisor of 2^shift, at most 256: all stays
 * within 16 bits, and floats would come to the same, as none of them is
 * rounded.  Compilers shift words by a variable number of bits as longs; the
 * high half of a product is the same shift, and of two negative numbers, as
 * 2^15 is none of 16 bits but -2^15 is. */
ML_SIMD_FUNCTION(convolve_store_exact,
                 (uint8_t *restrict to, const int16_t *restrict values,
                  size_t count, int16_t offset, int shift),
                 (to, values, count, offset, shift))
{
    if (shift == 0) {
        for (size_t i = 0; i < count; i++)
            to[i] = convolve_byte((int16_t)(values[i] + offset));
        return;
    }
    const int16_t half = (int16_t)(1 << shift >> 1);
    const int16_t part = (int16_t) - (1 << (16 - shift));
    for (size_t i = 0; i < count; i++) {
        const int16_t less = (int16_t) - (values[i] + half);
        const int16_t level = (int16_t)(less * part >> 16);
        to[i] = convolve_byte((int16_t)(level + offset));
    }
}

ML_SIMD_FUNCTION(convolve_store_8,
                 (uint8_t *restrict to, const void *restrict values,
                  size_t count, bool q6, float scale, float offset),
                 (to, values, count, q6, scale, offset))
{
    if (q6)
        for (size_t i = 0; i < count; i++) {
            const float l = convolve_level(values, i, true, scale, offset);
            to[i] = (uint8_t)(int32_t)(convolve_clamp(l, 255) + 0.5F);
        }
    else
        for (size_t i = 0; i < count; i++) {
            const float l = convolve_level(values, i, false, scale, offset);
            to[i] = (uint8_t)(int32_t)(convolve_clamp(l, 255) + 0.5F);
        }
}

ML_SIMD_FUNCTION(convolve_store_16,
                 (uint16_t *restrict to, const float *restrict values,
                  size_t count, float scale, float offset),
                 (to, values, count, scale, offset))
{
    for (size_t i = 0; i < count; i++) {
        const float l = convolve_level(values, i, false, scale, offset);
        to[i] = (uint16_t)(int32_t)(convolve_clamp(l, 65535) + 0.5F);
    }
}

/* ---- under alpha, in pieces of a row ---- */

#define CONVOLVE_PIECE 256 /* samples: whole pixels of 2 and 4 channels */

ML_SIMD_FUNCTION(convolve_levels,
                 (float *restrict level, const void *restrict values,
                  size_t count, bool q6, float scale),
                 (level, values, count, q6, scale))
{
    if (q6)
        for (size_t i = 0; i < count; i++)
            level[i] = convolve_level(values, i, true, scale, 0);
    else
        for (size_t i = 0; i < count; i++)
            level[i] = convolve_level(values, i, false, scale, 0);
}

/* Colours get their offset and stay at or below `most`, what alpha becomes;
 * `alpha` is what it was. */
ML_SIMD_FUNCTION(convolve_premultiplied,
                 (float *restrict level, const float *restrict alpha,
                  const float *restrict most, size_t count, float part),
                 (level, alpha, most, count, part))
{
    for (size_t i = 0; i < count; i++)
        level[i] = convolve_clamp(level[i] + part * alpha[i], most[i]);
}

/* Samples and floats, one per level. */
ML_SIMD_FUNCTION(convolve_load,
                 (float *restrict level, const void *restrict from,
                  size_t count, unsigned bits),
                 (level, from, count, bits))
{
    const uint8_t *from_8 = from;
    const uint16_t *from_16 = from;
    if (bits == 8)
        for (size_t i = 0; i < count; i++)
            level[i] = from_8[i];
    else
        for (size_t i = 0; i < count; i++)
            level[i] = from_16[i];
}

static void convolve_row_alpha(const struct convolve_state *state, uint8_t *to,
                               const uint8_t *from, const void *values,
                               size_t count, bool q6)
{
    const unsigned bits = state->shape.bits;
    const size_t bytes = bits / 8, channels = ml_channels(state->shape.layout);
    const size_t unit = q6 ? sizeof(int16_t) : sizeof(float);
    float level[CONVOLVE_PIECE], was[CONVOLVE_PIECE], is[CONVOLVE_PIECE];
    for (size_t i = 0; i < count; i += CONVOLVE_PIECE) {
        const size_t n =
            count - i < CONVOLVE_PIECE ? count - i : CONVOLVE_PIECE;
        convolve_levels(level, (const uint8_t *)values + i * unit, n, q6,
                        state->scale);
        convolve_load(is, from + i * bytes, n, bits);
        ml_alpha_broadcast(was, is, n, channels);
        ml_alpha_broadcast(is, level, n, channels);
        convolve_premultiplied(level, was, state->averages ? is : was, n,
                               state->part);
        if (bits == 8)
            convolve_store_8(to + i, level, n, false, 1, 0);
        else
            convolve_store_16((uint16_t *)(void *)(to + i * bytes), level, n, 1,
                              0);
    }
    if (!state->averages)
        ml_alpha_restore(to, from, count * bytes, state->kept);
}

struct convolve_render {
    const struct convolve_state *state;
    bool rounded; /* by direct.h: blocks are samples */
    struct ml_plane_dst to;
    struct ml_plane_src from;
};

static void convolve_row(const struct convolve_render *rows, void *to,
                         const void *from, const void *values, size_t count)
{
    const struct convolve_state *state = rows->state;
    const bool q6 = state->separable ? state->passes.q6 : state->conv2d.q6;
    if (rows->rounded)
        memcpy(to, values, count);
    else if (ml_has_alpha(state->shape.layout))
        convolve_row_alpha(state, to, from, values, count, q6);
    else if (state->exact)
        convolve_store_exact(to, values, count, (int16_t)state->offset,
                             state->shift);
    else if (state->shape.bits == 8)
        convolve_store_8(to, values, count, q6, state->scale, state->offset);
    else
        convolve_store_16(to, values, count, state->scale, state->offset);
}

static void convolve_block(const void *context, const struct ml_block *block)
{
    const struct convolve_render *rows = context;
    const struct convolve_state *state = rows->state;
    const size_t bytes = state->shape.bits / 8U;
    const size_t value_bytes =
        state->separable && state->passes.q6 ? sizeof(int16_t) : sizeof(float);
    const uint8_t *values = block->values;
    const uint8_t *from = rows->from.data + block->x * bytes +
                          (block->y - rows->from.y) * rows->from.stride_bytes;
    uint8_t *to = rows->to.data + block->x * bytes +
                  (block->y - rows->to.y) * rows->to.stride_bytes;
    for (uint32_t j = 0; j < block->rows; j++) {
        ml_block_fetch(to, block->count * bytes);
        convolve_row(rows, to, from, values, block->count);
        values += block->stride * value_bytes;
        from += rows->from.stride_bytes;
        to += rows->to.stride_bytes;
    }
}

static void convolve_with(const struct convolve_state *state, void *scratch,
                          const struct ml_dst *dst, const struct ml_src *src,
                          bool plain)
{
    const struct ml_shape *shape = &state->shape;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const struct convolve_render rows = {
            state, !plain && !state->separable && state->conv2d.rounded,
            ml_plane_dst_of(dst, shape, p), ml_plane_src_of(src, shape, p)};
        const struct ml_emit emit = {convolve_block, &rows};
        if (state->separable)
            (plain ? ml_separable_rows_ref : ml_separable_rows)(
                &state->passes, scratch, &rows.from, dst->y, dst->y_end, &emit);
        else
            (plain ? ml_conv2d_rows_ref : ml_conv2d_rows)(
                &state->conv2d, scratch, &rows.from, dst->y, dst->y_end, &emit);
    }
}

static void convolve_render(const void *state, void *scratch,
                            const struct ml_dst *dst, const struct ml_src *src)
{
    convolve_with(state, scratch, dst, src, false);
}

static void convolve_render_ref(const void *state, void *scratch,
                                const struct ml_dst *dst,
                                const struct ml_src *src)
{
    convolve_with(state, scratch, dst, src, true);
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

/* Values are `divisor` times a level. */
static void convolve_choose_exact(struct convolve_state *state, bool q6,
                                  double divisor)
{
    state->shift = 0;
    while (state->shift < CONVOLVE_SHIFT_MOST && divisor > 1 << state->shift)
        state->shift++;
    state->exact = q6 && divisor == 1 << state->shift &&
                   state->offset == floorf(state->offset);
}

/* Rows and columns, when the weights are those and there are enough. */
static bool convolve_passes(struct convolve_state *state,
                            struct ml_arena *arena,
                            const struct ml_conv_kernel *weights,
                            double divisor)
{
    double x[ML_CONV2D_SIDE_MAX], y[ML_CONV2D_SIDE_MAX];
    const double gain = ml_conv_kernel_abs_sum(weights) / divisor;
    struct ml_separable *passes = &state->passes;
    state->separable = weights->width * weights->height >= CONVOLVE_SEPARABLE &&
                       ml_conv_kernel_factor(weights, x, y);
    if (!state->separable)
        return true;
    *passes =
        (struct ml_separable){.channels = ml_channels(state->shape.layout),
                              .bits = state->shape.bits};
    if (!ml_taps_given(&passes->x, arena, state->shape.width, x,
                       weights->width) ||
        !ml_taps_given(&passes->y, arena, state->shape.height, y,
                       weights->height) ||
        !ml_separable_prepare(passes, arena, CONVOLVE_ALLOWED / gain))
        return false;
    state->scale = (float)(passes->q6 ? gain / ML_Q6_ONE : gain);
    convolve_choose_exact(state, passes->q6, ML_Q6_ONE / gain);
    return true;
}

static bool convolve_taps(struct convolve_state *state, struct ml_arena *arena,
                          const struct ml_conv_kernel *weights, double divisor)
{
    state->conv2d =
        (struct ml_conv2d){.width = state->shape.width,
                           .height = state->shape.height,
                           .channels = ml_channels(state->shape.layout),
                           .bits = state->shape.bits};
    state->scale = (float)(1 / divisor);
    if (!ml_conv2d_prepare(&state->conv2d, arena, weights->at, weights->width,
                           weights->height))
        return false;
    convolve_choose_exact(state, state->conv2d.q6, divisor);
    if (state->exact && !ml_has_alpha(state->shape.layout))
        ml_conv2d_round(&state->conv2d, state->shift, (int16_t)state->offset);
    return true;
}

static enum ml_status convolve_prepare(struct ml_filter_setup *setup,
                                       struct ml_error *err)
{
    struct convolve_state *state = ml_arena_alloc(setup->arena, sizeof *state);
    struct ml_conv_kernel weights;
    if (convolve_weights(setup, &weights, err) != ML_OK)
        return err->status;
    const double divisor = convolve_divisor(setup, &weights);
    const double offset = setup->values[CONVOLVE_OFFSET].number;
    const bool averages =
        offset == 0 && fabs(ml_conv_kernel_sum(&weights) - divisor) <=
                           CONVOLVE_SAME * ml_conv_kernel_abs_sum(&weights);
    bool enough = state != NULL;
    if (enough)
        *state = (struct convolve_state){
            .shape = setup->in,
            .averages = averages,
            .offset = (float)(offset * (setup->in.bits == 8 ? 1 : 257)),
            .part = (float)(offset / 255),
            .radius_y = weights.height / 2};
    if (enough)
        ml_alpha_mask(state->kept, &state->shape);
    if (enough && !setup->size_only)
        enough = convolve_passes(state, setup->arena, &weights, divisor) &&
                 (state->separable ||
                  convolve_taps(state, setup->arena, &weights, divisor));
    if (!enough)
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the kernel's tables",
                       "raise --memory", "%u x %u pixels", setup->in.width,
                       setup->in.height);
    setup->out = setup->in;
    setup->state = state;
    setup->needs_rgb = !averages || setup->in.sub_x > 1 || setup->in.sub_y > 1;
    setup->scratch_bytes = state->separable ? state->passes.scratch_bytes
                                            : state->conv2d.scratch_bytes;
    return ML_OK;
}

static struct ml_range convolve_window(const void *state_in, uint32_t y,
                                       uint32_t y_end)
{
    const struct convolve_state *state = state_in;
    const uint32_t height = state->shape.height, radius = state->radius_y;
    return (struct ml_range){y > radius ? y - radius : 0,
                             height - y_end > radius ? y_end + radius : height};
}

const struct ml_filter ml_filter_convolve = {
    .name = "convolve",
    .summary = "weighted sums of the samples around, weights as given",
    .example = "convolve:weights=-2_-1_0_-1_1_1_0_1_2",
    .params = convolve_params,
    .param_count = sizeof convolve_params / sizeof *convolve_params,
    .flags = ML_FILTER_PREMULTIPLIED | ML_FILTER_YCC,
    .prepare = convolve_prepare,
    .input_window = convolve_window,
    .render = convolve_render,
    .render_ref = convolve_render_ref,
};
