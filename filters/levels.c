/* levels.c: stretch the tones between a black and a white point, and bend them.
 *
 * In: gray or RGB, with or without alpha, 8 or 16 bits.  Out: the same shape,
 * alpha as it was.  A point operation: with samples from 0 to 1,
 *     out = clamp((in - black) / (white - black), 0, 1) ^ (1 / gamma)
 * looked up in a table that has every sample value.  Gamma above 1 lightens.
 *
 * Not for planes: gamma bends each colour by itself, and even without it what
 * falls below black or above white is clipped colour by colour.  Luma would be
 * clipped as a whole: pure blue, darker than most blacks, would lose its blue.
 *
 * Not scale free: clipping and bending before a picture is shrunk is not the
 * same as after.
 */
#include "filters/filter.h"

#include <string.h>

#include "filters/family/lut.h"
#include "filters/kernels/power.h"
#include "os/simd_level.h"

/* Results that near to a half count as halves and go up.  A half is what round
 * parameters give; the last bits of a power must not decide. */
#define LEVELS_TIE 1e-7

struct levels_state {
    struct ml_shape shape;
    /* Of 256 or 65536 entries; the other is NULL. */
    const uint8_t *table_8;
    const uint16_t *table_16;
    uint8_t keep[ML_ALPHA_MASK_BYTES]; /* bytes of alpha */
};

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

/* ---- tables ---- */

struct levels_curve {
    double black, white; /* as parts of all light */
    double power;
    double most; /* the sample value of white */
};

/* Where samples of 0..most go; an entry at least for each. */
ML_SIMD_FUNCTION(levels_build_lut,
                 (uint16_t *restrict table, const struct levels_curve *curve),
                 (table, curve))
{
    const double black = curve->black, range = curve->white - curve->black;
    const double power = curve->power, most = curve->most;
    const uint32_t count = (uint32_t)most + 1;
    for (uint32_t level = 0; level < count; level++) {
        const double part = ((double)(int32_t)level / most - black) / range;
        const double light = part < 0 ? 0 : part > 1 ? 1 : part;
        const double bent = ml_power(light, power);
        const double out = light > 0 && light < 1 && power != 1 ? bent : light;
        table[level] = (uint16_t)(int32_t)(out * most + (0.5 + LEVELS_TIE));
    }
}

static bool levels_tables(struct levels_state *state,
                          const struct ml_filter_setup *setup)
{
    const struct ml_value *values = setup->values;
    const bool bytes = state->shape.bits == 8;
    const struct levels_curve curve = {
        .black = values[LEVELS_BLACK].number / 100,
        .white = values[LEVELS_WHITE].number / 100,
        .power = 1 / values[LEVELS_GAMMA].number,
        .most = bytes ? UINT8_MAX : UINT16_MAX};
    const size_t count = (size_t)curve.most + 1;
    uint16_t *table = ml_arena_alloc(setup->arena, count * sizeof *table);
    if (!table)
        return false;
    levels_build_lut(table, &curve);
    state->table_16 = bytes ? NULL : table;
    if (!bytes)
        return true;
    uint8_t *table_8 = ml_arena_alloc(setup->arena, count);
    for (size_t level = 0; table_8 && level < count; level++)
        table_8[level] = (uint8_t)table[level];
    state->table_8 = table_8;
    return table_8 != NULL;
}

static enum ml_status levels_prepare(struct ml_filter_setup *setup,
                                     struct ml_error *err)
{
    const double black = setup->values[LEVELS_BLACK].number;
    const double white = setup->values[LEVELS_WHITE].number;
    if (black >= white)
        return ml_fail(err, ML_ERR_USAGE, "levels has black at or above white",
                       "give a black below white", "black %g%%, white %g%%",
                       black, white);
    struct levels_state *state = ml_arena_alloc(setup->arena, sizeof *state);
    setup->out = setup->in;
    setup->is_identity =
        black <= 0 && white >= 100 && setup->values[LEVELS_GAMMA].number == 1;
    if (state) {
        const size_t channels = ml_channels(setup->in.layout);
        *state = (struct levels_state){.shape = setup->in};
        for (size_t i = 0; i < ML_ALPHA_MASK_BYTES; i++)
            state->keep[i] =
                ml_has_alpha(setup->in.layout) && i % channels == channels - 1
                    ? 255
                    : 0;
    }
    if (!state || !levels_tables(state, setup))
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the table of levels",
                       "raise --memory", "%u bits a sample", setup->in.bits);
    setup->state = state;
    return ML_OK;
}

/* ---- rows ---- */

static void levels_row_8(uint8_t *restrict to, const uint8_t *restrict from,
                         size_t samples, const uint8_t *restrict table)
{
    for (size_t i = 0; i < samples; i++)
        to[i] = table[from[i]];
}

static void levels_row_16(uint16_t *restrict to, const uint16_t *restrict from,
                          size_t samples, const uint16_t *restrict table)
{
    for (size_t i = 0; i < samples; i++)
        to[i] = table[from[i]];
}

/* Alpha, the last sample of each pixel, put back to what it was. */
static void levels_alpha_8(uint8_t *restrict to, const uint8_t *restrict from,
                           size_t samples, size_t channels)
{
    for (size_t i = channels - 1; i < samples; i += channels)
        to[i] = from[i];
}

static void levels_alpha_16(uint16_t *restrict to,
                            const uint16_t *restrict from, size_t samples,
                            size_t channels)
{
    for (size_t i = channels - 1; i < samples; i += channels)
        to[i] = from[i];
}

static void levels_render_ref(const void *state_in, void *scratch,
                              const struct ml_dst *dst,
                              const struct ml_src *src)
{
    const struct levels_state *state = state_in;
    const size_t channels = ml_channels(state->shape.layout);
    const size_t samples = state->shape.width * channels;
    const bool alpha = ml_has_alpha(state->shape.layout);
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++) {
        void *to = ml_dst_row(dst, y);
        const void *from = ml_src_row(src, y);
        if (state->table_8) {
            levels_row_8(to, from, samples, state->table_8);
            if (alpha)
                levels_alpha_8(to, from, samples, channels);
        } else {
            levels_row_16(to, from, samples, state->table_16);
            if (alpha)
                levels_alpha_16(to, from, samples, channels);
        }
    }
}

static void levels_render(const void *state_in, void *scratch,
                          const struct ml_dst *dst, const struct ml_src *src)
{
    const struct levels_state *state = state_in;
    const size_t samples =
        (size_t)state->shape.width * ml_channels(state->shape.layout);
    if (!state->table_8) {
        levels_render_ref(state, scratch, dst, src);
        return;
    }
    for (uint32_t y = dst->y; y < dst->y_end; y++)
        ml_lut_apply_8(ml_dst_row(dst, y), ml_src_row(src, y), samples,
                       state->table_8, state->keep);
}

const struct ml_filter ml_filter_levels = {
    .name = "levels",
    .summary = "stretch the tones between black and white, and bend them",
    .example = "levels:2%,98%,gamma=1.2",
    .params = levels_params,
    .param_count = sizeof levels_params / sizeof *levels_params,
    .flags = ML_FILTER_STRAIGHT_ALPHA,
    .prepare = levels_prepare,
    .input_window = ml_window_same_rows,
    .render = levels_render,
    .render_ref = levels_render_ref,
};
