/* sharpen.c: unsharp mask.
 *
 * In: any interleaved layout at 8 or 16 bits, or planes.  Out: the same shape.
 * The difference between a sample and its Gaussian blur is added to it,
 * `amount` times, where it is above `threshold` (a hard threshold: a difference
 * just above it counts whole).  Sums are clamped.
 *
 * Planes: without threshold and clamping, a sample becomes a weighted sum that
 * is the same for all colours, so Y, Cb and Cr may be summed as well as R, G
 * and B; in a chroma plane sigma is counted in its own, larger pixels. (Leaving
 * chroma as it is loses up to 1.7 dB against RGB.)  Clamping comes out the same
 * where only some colours leave their range: planes still hold them, and they
 * are clamped when shown.  A threshold is asked of each colour, of which planes
 * know nothing: pictures then leave them.
 *
 * With alpha, samples come premultiplied.  A colour is then compared with the
 * mean colour around it weighted by alpha, blur(p) / blur(a), so that edges of
 * transparency make no halo; alpha itself stays as it is.  In premultiplied
 * samples: p + amount * (p - a * blur(p) / blur(a)), within [0, a], with the
 * threshold on that difference.
 */
#include "filters/filter.h"

#include <math.h>
#include <string.h>

#include "filters/family/alpha.h"
#include "filters/kernels/planes.h"
#include "filters/kernels/separable/separable.h"
#include "os/simd_level.h"

struct sharpen_state {
    struct ml_shape shape;
    struct ml_separable blurs[ML_PLANE_MAX];
    int32_t amount_8192ths; /* at most 81920 */
    int16_t threshold_64ths;
    float amount;
    float threshold;             /* in sample levels */
    uint8_t kept[ML_ALPHA_MASK]; /* bytes of alpha */
};

enum { SHARPEN_AMOUNT, SHARPEN_RADIUS, SHARPEN_THRESHOLD };

static const struct ml_param sharpen_params[] = {
    [SHARPEN_AMOUNT] = {.name = "amount",
                        .type = ML_REAL,
                        .min = 0,
                        .max = 10,
                        .def = 1,
                        .help = "how much of the difference is added"},
    [SHARPEN_RADIUS] = {.name = "radius",
                        .type = ML_REAL,
                        .unit = "px",
                        .min = 0.3,
                        .max = 100,
                        .def = 1,
                        .help = "sigma of the blur it is compared with"},
    [SHARPEN_THRESHOLD] = {.name = "threshold",
                           .type = ML_REAL,
                           .unit = "levels of 255",
                           .min = 0,
                           .max = 255,
                           .def = 0,
                           .help = "differences up to this are left alone"},
};

/* ---- rows ---- */

/* All in 16 bits.  A difference times the amount is wanted in 2^-19 of a level;
 * it is computed in 2^-3, from the high half of the product, which rounds the
 * same.  That half is at most 64 * 255 * 81920 / 2^16 = 20400; amounts from
 * 2^15 on are taken as 2^16 and something negative. */
ML_SIMD_FUNCTION(sharpen_narrow,
                 (uint8_t *restrict to, const uint8_t *restrict from,
                  const int16_t *restrict blurred, size_t count, int32_t amount,
                  int16_t threshold),
                 (to, from, blurred, count, amount, threshold))
{
    const int16_t whole = amount > INT16_MAX ? -1 : 0;
    const int16_t part = (int16_t)(whole ? amount - 65536 : amount);
    for (size_t i = 0; i < count; i++) {
        const int16_t d = (int16_t)(from[i] * 64 - blurred[i]);
        const int16_t size = d < 0 ? (int16_t)-d : d;
        const int16_t kept = size > threshold ? d : 0;
        const int16_t more =
            (int16_t)((int16_t)(kept * part >> 16) + (kept & whole));
        const int16_t levels = (int16_t)(more + 4) >> 3;
        int16_t level = (int16_t)(from[i] + levels);
        level = level < 0 ? 0 : level;
        level = level > 255 ? 255 : level;
        to[i] = (uint8_t)level;
    }
}

/* ---- floats ---- */

/* What the user asks for, in sample levels. */
struct sharpen_settings {
    float amount, threshold;
};

/* A sample, the mean it is compared with, and what it may become at most. */
ML_INLINE float sharpen_one(float sample, float mean, float most, float amount,
                            float threshold)
{
    const float d = sample - mean;
    const float size = d < 0 ? -d : d;
    /* Product first, so that it is a choice between two values. */
    const float more = amount * d;
    float level = sample + (size > threshold ? more : 0);
    level = level < 0 ? 0 : level;
    return level > most ? most : level;
}

/* Without alpha the mean is the blur. */
ML_SIMD_FUNCTION(sharpen_opaque_8,
                 (uint8_t *restrict to, const uint8_t *restrict from,
                  const float *restrict blurred, size_t count, float amount,
                  float threshold),
                 (to, from, blurred, count, amount, threshold))
{
    for (size_t i = 0; i < count; i++) {
        const float level =
            sharpen_one(from[i], blurred[i], 255, amount, threshold);
        to[i] = (uint8_t)(int32_t)(level + 0.5F);
    }
}

ML_SIMD_FUNCTION(sharpen_opaque_16,
                 (uint16_t *restrict to, const uint16_t *restrict from,
                  const float *restrict blurred, size_t count, float amount,
                  float threshold),
                 (to, from, blurred, count, amount, threshold))
{
    for (size_t i = 0; i < count; i++) {
        const float level =
            sharpen_one(from[i], blurred[i], 65535, amount, threshold);
        to[i] = (uint16_t)(int32_t)(level + 0.5F);
    }
}

/* ---- floats under alpha, in pieces of a row ---- */

#define SHARPEN_PIECE 256 /* samples: whole pixels of 2 and 4 channels */

ML_SIMD_FUNCTION(sharpen_load,
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

ML_SIMD_FUNCTION(sharpen_store,
                 (void *restrict to, const float *restrict level, size_t count,
                  unsigned bits),
                 (to, level, count, bits))
{
    uint8_t *to_8 = to;
    uint16_t *to_16 = to;
    if (bits == 8)
        for (size_t i = 0; i < count; i++)
            to_8[i] = (uint8_t)(int32_t)(level[i] + 0.5F);
    else
        for (size_t i = 0; i < count; i++)
            to_16[i] = (uint16_t)(int32_t)(level[i] + 0.5F);
}

/* `around` is the blur of alpha.  Where all around is clear so is the pixel,
 * which stays 0. */
ML_SIMD_FUNCTION(sharpen_under_alpha,
                 (float *restrict level, const float *restrict alpha,
                  const float *restrict around, const float *restrict blurred,
                  size_t count, const struct sharpen_settings *how),
                 (level, alpha, around, blurred, count, how))
{
    const float amount = how->amount, threshold = how->threshold;
    for (size_t i = 0; i < count; i++) {
        const float ratio = alpha[i] / (around[i] > 0 ? around[i] : 1);
        const float mean = (around[i] > 0 ? ratio : 0) * blurred[i];
        level[i] = sharpen_one(level[i], mean, alpha[i], amount, threshold);
    }
}

static void sharpen_wide_alpha(const struct sharpen_state *state, uint8_t *to,
                               const uint8_t *from, const float *blurred,
                               size_t count)
{
    const size_t channels = ml_channels(state->shape.layout);
    const unsigned bits = state->shape.bits;
    const struct sharpen_settings how = {state->amount, state->threshold};
    float level[SHARPEN_PIECE], alpha[SHARPEN_PIECE], around[SHARPEN_PIECE];
    for (size_t i = 0; i < count; i += SHARPEN_PIECE) {
        const size_t part =
            count - i < SHARPEN_PIECE ? count - i : SHARPEN_PIECE;
        sharpen_load(level, from + i * bits / 8, part, bits);
        ml_alpha_broadcast(alpha, level, part, channels);
        ml_alpha_broadcast(around, blurred + i, part, channels);
        sharpen_under_alpha(level, alpha, around, blurred + i, part, &how);
        sharpen_store(to + i * bits / 8, level, part, bits);
    }
    ml_alpha_restore(to, from, count * bits / 8, state->kept);
}

static void sharpen_wide(const struct sharpen_state *state, void *to,
                         const void *from, const float *blurred, size_t count)
{
    if (ml_has_alpha(state->shape.layout))
        sharpen_wide_alpha(state, to, from, blurred, count);
    else if (state->shape.bits == 8)
        sharpen_opaque_8(to, from, blurred, count, state->amount,
                         state->threshold);
    else
        sharpen_opaque_16(to, from, blurred, count, state->amount,
                          state->threshold);
}

struct sharpen_render {
    const struct sharpen_state *state;
    struct ml_plane_dst to;
    struct ml_plane_src from;
};

/* Samples of a block against their blur. */
static void sharpen_block(const void *context, const struct ml_block *block)
{
    const struct sharpen_render *rows = context;
    const struct sharpen_state *state = rows->state;
    const bool q6 = block->plane->q6;
    const size_t x_bytes = block->x * (block->plane->bits / 8U);
    const size_t value_bytes = q6 ? sizeof(int16_t) : sizeof(float);
    const uint8_t *values = block->values;
    const uint8_t *from = rows->from.data + x_bytes +
                          (block->y - rows->from.y) * rows->from.stride_bytes;
    uint8_t *to = rows->to.data + x_bytes +
                  (block->y - rows->to.y) * rows->to.stride_bytes;
    for (uint32_t j = 0; j < block->rows; j++) {
        const void *blurred = values + j * block->stride * value_bytes;
        ml_block_fetch(to, block->count * (block->plane->bits / 8U));
        if (q6)
            sharpen_narrow(to, from, blurred, block->count,
                           state->amount_8192ths, state->threshold_64ths);
        else
            sharpen_wide(state, to, from, blurred, block->count);
        to += rows->to.stride_bytes;
        from += rows->from.stride_bytes;
    }
}

static void sharpen_with(const struct sharpen_state *state, void *scratch,
                         const struct ml_dst *dst, const struct ml_src *src,
                         void (*sums)(const struct ml_separable *, void *,
                                      const struct ml_plane_src *, uint32_t,
                                      uint32_t, const struct ml_emit *))
{
    const struct ml_shape *shape = &state->shape;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const struct sharpen_render rows = {state,
                                            ml_plane_dst_of(dst, shape, p),
                                            ml_plane_src_of(src, shape, p)};
        const struct ml_emit emit = {sharpen_block, &rows};
        sums(&state->blurs[p], scratch, &rows.from, rows.to.y,
             ml_plane_y(shape, p, dst->y_end), &emit);
    }
}

static void sharpen_render(const void *state, void *scratch,
                           const struct ml_dst *dst, const struct ml_src *src)
{
    sharpen_with(state, scratch, dst, src, ml_separable_rows);
}

static void sharpen_render_ref(const void *state, void *scratch,
                               const struct ml_dst *dst,
                               const struct ml_src *src)
{
    sharpen_with(state, scratch, dst, src, ml_separable_rows_ref);
}

/* ---- prepare ---- */

/* What the blur is off by is added `amount` times; alpha divides by it. */
static double sharpen_allowed(const struct ml_filter_setup *setup,
                              double amount)
{
    if (ml_has_alpha(setup->in.layout))
        return 0;
    return 0.9 / fmax(amount, 0.1);
}

static bool sharpen_tables(struct sharpen_state *state,
                           struct ml_filter_setup *setup, double sigma,
                           double max_error_levels)
{
    const struct ml_shape *shape = &state->shape;
    struct ml_arena *arena = setup->arena;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        struct ml_separable *blur = &state->blurs[p];
        *blur = (struct ml_separable){.channels = ml_channels(shape->layout),
                                      .bits = shape->bits};
        if (!ml_taps_gauss(&blur->x, arena, ml_plane_width(shape, p),
                           sigma / ml_plane_sub_x(shape, p)) ||
            !ml_taps_gauss(&blur->y, arena, ml_plane_height(shape, p),
                           sigma / ml_plane_sub_y(shape, p)) ||
            !ml_separable_prepare(blur, arena, max_error_levels))
            return false;
        if (blur->scratch_bytes > setup->scratch_bytes)
            setup->scratch_bytes = blur->scratch_bytes;
    }
    return true;
}

static enum ml_status sharpen_prepare(struct ml_filter_setup *setup,
                                      struct ml_error *err)
{
    const double amount = setup->values[SHARPEN_AMOUNT].number;
    const double sigma = setup->values[SHARPEN_RADIUS].number;
    const double threshold = setup->values[SHARPEN_THRESHOLD].number;
    struct sharpen_state *state = ml_arena_alloc(setup->arena, sizeof *state);
    setup->scratch_bytes = 0;
    setup->out = setup->in;
    setup->needs_rgb = threshold > 0;
    if (state)
        state->shape = setup->in;
    if (!state ||
        (!setup->size_only &&
         !sharpen_tables(state, setup, sigma, sharpen_allowed(setup, amount))))
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the blur's tables",
                       "raise --memory", "%u x %u pixels", setup->in.width,
                       setup->in.height);
    state->amount = (float)amount;
    state->amount_8192ths = (int32_t)floor(amount * 8192 + 0.5);
    state->threshold = (float)(threshold * (setup->in.bits == 8 ? 1 : 257));
    state->threshold_64ths = (int16_t)floor(threshold * 64 + 0.5);
    ml_alpha_mask(state->kept, &state->shape);
    setup->state = state;
    return ML_OK;
}

static struct ml_range sharpen_window(const void *state_in, uint32_t y,
                                      uint32_t y_end)
{
    const struct sharpen_state *state = state_in;
    return ml_separable_needs(state->blurs, &state->shape, y, y_end);
}

const struct ml_filter ml_filter_sharpen = {
    .name = "sharpen",
    .summary = "sharpen with an unsharp mask",
    .example = "sharpen:0.8,radius=1.2,threshold=2",
    .params = sharpen_params,
    .param_count = sizeof sharpen_params / sizeof *sharpen_params,
    .flags = ML_FILTER_PREMULTIPLIED | ML_FILTER_YCC,
    .prepare = sharpen_prepare,
    .input_window = sharpen_window,
    .render = sharpen_render,
    .render_ref = sharpen_render_ref,
};
