/* convert.c: the conversions that the chain inserts by itself.
 *
 * A filter that mixes neighbours must see colour weighted by its alpha, or
 * invisible pixels bleed into visible ones.  Premultiplied samples are always
 * 16 bits, so that 8-bit colours survive the way there and back.  All are point
 * operations; integer arithmetic, rounded to nearest.
 */
#include "chain/chain_exec.h"

#include "image/luma.h"
#include "os/simd_level.h"

struct convert_state {
    struct ml_shape in;
    uint16_t background[3]; /* at the depth of the input */
};

static struct convert_state *convert_state_new(struct ml_filter_setup *prepare,
                                               struct ml_error *err)
{
    struct convert_state *state = ml_arena_alloc(prepare->arena, sizeof *state);
    if (!state) {
        (void)ml_fail(err, ML_ERR_MEMORY, "no memory for a conversion",
                      "raise --memory", "%zu bytes", sizeof *state);
        return NULL;
    }
    state->in = prepare->in;
    prepare->state = state;
    prepare->out = prepare->in;
    return state;
}

ML_INLINE uint32_t convert_divide_65535(uint64_t product)
{
    return (uint32_t)((product + 32767) / 65535);
}

/* ---- premultiply ---- */

static enum ml_status premultiply_prepare(struct ml_filter_setup *prepare,
                                          struct ml_error *err)
{
    if (!convert_state_new(prepare, err))
        return err->status;
    prepare->out.bits = 16;
    return ML_OK;
}

/* Loops over pixels of a constant number of channels, inlined into functions
 * that are compiled for each level of vector instructions. */

ML_INLINE void premultiply_pixels_8(uint16_t *restrict to,
                                    const uint8_t *restrict from, size_t pixels,
                                    size_t channels)
{
    for (size_t x = 0; x < pixels; x++, from += channels, to += channels) {
        const uint32_t alpha = from[channels - 1];
        /* c / 255 * a / 255 * 65535 = c * a * 257 / 255 */
        for (size_t c = 0; c + 1 < channels; c++)
            to[c] = (uint16_t)((from[c] * alpha * 257 + 127) / 255);
        to[channels - 1] = (uint16_t)(alpha * 257);
    }
}

ML_INLINE void premultiply_pixels_16(uint16_t *restrict to,
                                     const uint16_t *restrict from,
                                     size_t pixels, size_t channels)
{
    for (size_t x = 0; x < pixels; x++, from += channels, to += channels) {
        const uint64_t alpha = from[channels - 1];
        for (size_t c = 0; c + 1 < channels; c++)
            to[c] = (uint16_t)convert_divide_65535(from[c] * alpha);
        to[channels - 1] = (uint16_t)alpha;
    }
}

ML_SIMD_FUNCTION(premultiply_row_8,
                 (uint16_t *restrict to, const uint8_t *restrict from,
                  size_t pixels, size_t channels),
                 (to, from, pixels, channels))
{
    if (channels == 2)
        premultiply_pixels_8(to, from, pixels, 2);
    else
        premultiply_pixels_8(to, from, pixels, 4);
}

ML_SIMD_FUNCTION(premultiply_row_16,
                 (uint16_t *restrict to, const uint16_t *restrict from,
                  size_t pixels, size_t channels),
                 (to, from, pixels, channels))
{
    if (channels == 2)
        premultiply_pixels_16(to, from, pixels, 2);
    else
        premultiply_pixels_16(to, from, pixels, 4);
}

static void premultiply_render(const void *state_in, void *scratch,
                               const struct ml_dst *dst,
                               const struct ml_src *src)
{
    const struct convert_state *state = state_in;
    const size_t channels = ml_channels(state->in.layout);
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++) {
        void *to = ml_dst_row(dst, y);
        const void *from = ml_src_row(src, y);
        if (state->in.bits == 8)
            premultiply_row_8(to, from, state->in.width, channels);
        else
            premultiply_row_16(to, from, state->in.width, channels);
    }
}

const struct ml_filter ml_convert_premultiply = {
    .name = "premultiply",
    .summary = "weight colour by alpha, at 16 bits",
    .flags = ML_FILTER_ANY_ALPHA,
    .prepare = premultiply_prepare,
    .input_window = ml_window_same_rows,
    .render = premultiply_render,
    .render_ref = premultiply_render,
};

/* ---- unpremultiply ---- */

static enum ml_status unpremultiply_prepare_8(struct ml_filter_setup *prepare,
                                              struct ml_error *err)
{
    if (!convert_state_new(prepare, err))
        return err->status;
    prepare->out.bits = 8;
    return ML_OK;
}

static enum ml_status unpremultiply_prepare_16(struct ml_filter_setup *prepare,
                                               struct ml_error *err)
{
    return convert_state_new(prepare, err) ? ML_OK : err->status;
}

/* Kernels with negative lobes can leave colour above alpha: clamped. */
ML_INLINE uint32_t unpremultiply_sample(uint32_t sample, uint32_t alpha,
                                        uint32_t full)
{
    if (alpha == 0)
        return 0;
    if (sample >= alpha)
        return full;
    return (uint32_t)(((uint64_t)sample * full + alpha / 2) / alpha);
}

ML_INLINE void unpremultiply_pixels_8(uint8_t *restrict to,
                                      const uint16_t *restrict from,
                                      size_t pixels, size_t channels)
{
    for (size_t x = 0; x < pixels; x++, from += channels, to += channels) {
        const uint32_t alpha = from[channels - 1];
        for (size_t c = 0; c + 1 < channels; c++)
            to[c] = (uint8_t)unpremultiply_sample(from[c], alpha, 255);
        to[channels - 1] = (uint8_t)((alpha * 255U + 32767) / 65535);
    }
}

ML_INLINE void unpremultiply_pixels_16(uint16_t *restrict to,
                                       const uint16_t *restrict from,
                                       size_t pixels, size_t channels)
{
    for (size_t x = 0; x < pixels; x++, from += channels, to += channels) {
        const uint32_t alpha = from[channels - 1];
        for (size_t c = 0; c + 1 < channels; c++)
            to[c] = (uint16_t)unpremultiply_sample(from[c], alpha, 65535);
        to[channels - 1] = (uint16_t)alpha;
    }
}

ML_SIMD_FUNCTION(unpremultiply_row_8,
                 (uint8_t *restrict to, const uint16_t *restrict from,
                  size_t pixels, size_t channels),
                 (to, from, pixels, channels))
{
    if (channels == 2)
        unpremultiply_pixels_8(to, from, pixels, 2);
    else
        unpremultiply_pixels_8(to, from, pixels, 4);
}

ML_SIMD_FUNCTION(unpremultiply_row_16,
                 (uint16_t *restrict to, const uint16_t *restrict from,
                  size_t pixels, size_t channels),
                 (to, from, pixels, channels))
{
    if (channels == 2)
        unpremultiply_pixels_16(to, from, pixels, 2);
    else
        unpremultiply_pixels_16(to, from, pixels, 4);
}

static void unpremultiply_render_8(const void *state_in, void *scratch,
                                   const struct ml_dst *dst,
                                   const struct ml_src *src)
{
    const struct convert_state *state = state_in;
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++)
        unpremultiply_row_8(ml_dst_row(dst, y),
                            (const void *)ml_src_row(src, y), state->in.width,
                            ml_channels(state->in.layout));
}

static void unpremultiply_render_16(const void *state_in, void *scratch,
                                    const struct ml_dst *dst,
                                    const struct ml_src *src)
{
    const struct convert_state *state = state_in;
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++)
        unpremultiply_row_16((void *)ml_dst_row(dst, y),
                             (const void *)ml_src_row(src, y), state->in.width,
                             ml_channels(state->in.layout));
}

const struct ml_filter ml_convert_unpremultiply_8 = {
    .name = "unpremultiply to 8 bits",
    .summary = "undo the weighting by alpha",
    .flags = ML_FILTER_ANY_ALPHA,
    .prepare = unpremultiply_prepare_8,
    .input_window = ml_window_same_rows,
    .render = unpremultiply_render_8,
    .render_ref = unpremultiply_render_8,
};

const struct ml_filter ml_convert_unpremultiply_16 = {
    .name = "unpremultiply",
    .summary = "undo the weighting by alpha",
    .flags = ML_FILTER_ANY_ALPHA,
    .prepare = unpremultiply_prepare_16,
    .input_window = ml_window_same_rows,
    .render = unpremultiply_render_16,
    .render_ref = unpremultiply_render_16,
};

/* ---- flatten: over a background, alpha gone ---- */

static enum ml_status flatten_prepare(struct ml_filter_setup *prepare,
                                      struct ml_error *err)
{
    struct convert_state *state = convert_state_new(prepare, err);
    if (!state)
        return err->status;
    const uint8_t *colour = prepare->values[0].colour;
    const uint32_t unit = state->in.bits == 8 ? 1 : 257;
    for (size_t c = 0; c < 3; c++)
        state->background[c] = (uint16_t)(colour[c] * unit);
    if (state->in.layout == ML_GRAYA) {
        const uint16_t *rgb = state->background;
        state->background[0] = (uint16_t)ml_luma(rgb[0], rgb[1], rgb[2]);
    }
    prepare->out.layout = state->in.layout == ML_GRAYA ? ML_GRAY : ML_RGB;
    return ML_OK;
}

ML_INLINE void flatten_pixels_8(uint8_t *restrict to,
                                const uint8_t *restrict from, size_t pixels,
                                const uint16_t *restrict background,
                                size_t colours)
{
    for (size_t x = 0; x < pixels; x++, from += colours + 1, to += colours) {
        const uint32_t a = from[colours];
        for (size_t c = 0; c < colours; c++)
            to[c] = (uint8_t)((from[c] * a + background[c] * (255 - a) + 127) /
                              255);
    }
}

ML_INLINE void flatten_pixels_16(uint16_t *restrict to,
                                 const uint16_t *restrict from, size_t pixels,
                                 const uint16_t *restrict background,
                                 size_t colours)
{
    for (size_t x = 0; x < pixels; x++, from += colours + 1, to += colours) {
        const uint64_t a = from[colours];
        for (size_t c = 0; c < colours; c++)
            to[c] = (uint16_t)convert_divide_65535(from[c] * a +
                                                   background[c] * (65535 - a));
    }
}

ML_SIMD_FUNCTION(flatten_row_8,
                 (uint8_t *restrict to, const uint8_t *restrict from,
                  size_t pixels, const uint16_t *restrict background,
                  size_t colours),
                 (to, from, pixels, background, colours))
{
    if (colours == 1)
        flatten_pixels_8(to, from, pixels, background, 1);
    else
        flatten_pixels_8(to, from, pixels, background, 3);
}

ML_SIMD_FUNCTION(flatten_row_16,
                 (uint16_t *restrict to, const uint16_t *restrict from,
                  size_t pixels, const uint16_t *restrict background,
                  size_t colours),
                 (to, from, pixels, background, colours))
{
    if (colours == 1)
        flatten_pixels_16(to, from, pixels, background, 1);
    else
        flatten_pixels_16(to, from, pixels, background, 3);
}

static void flatten_render(const void *state_in, void *scratch,
                           const struct ml_dst *dst, const struct ml_src *src)
{
    const struct convert_state *state = state_in;
    const size_t colours = ml_channels(state->in.layout) - 1;
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++) {
        void *to = ml_dst_row(dst, y);
        const void *from = ml_src_row(src, y);
        if (state->in.bits == 8)
            flatten_row_8(to, from, state->in.width, state->background,
                          colours);
        else
            flatten_row_16(to, from, state->in.width, state->background,
                           colours);
    }
}

const struct ml_filter ml_convert_flatten = {
    .name = "flatten",
    .summary = "lay the picture over a background",
    .flags = ML_FILTER_STRAIGHT_ALPHA,
    .prepare = flatten_prepare,
    .input_window = ml_window_same_rows,
    .render = flatten_render,
    .render_ref = flatten_render,
};

/* ---- 16 bits to 8 ---- */

/* Exactly round(v * 255 / 65535) = round(v / 257). */
ML_SIMD_FUNCTION(to_8_bits_row,
                 (uint8_t *restrict to, const uint16_t *restrict from,
                  size_t samples),
                 (to, from, samples))
{
    for (size_t i = 0; i < samples; i++)
        to[i] = (uint8_t)((from[i] + 128U) / 257U);
}

static void to_8_bits_render(const void *state_in, void *scratch,
                             const struct ml_dst *dst, const struct ml_src *src)
{
    const struct convert_state *state = state_in;
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++)
        to_8_bits_row(ml_dst_row(dst, y), (const void *)ml_src_row(src, y),
                      state->in.width * ml_channels(state->in.layout));
}

const struct ml_filter ml_convert_to_8_bits = {
    .name = "8 bits",
    .summary = "round samples of 16 bits to 8",
    .flags = ML_FILTER_ANY_ALPHA,
    .prepare = unpremultiply_prepare_8,
    .input_window = ml_window_same_rows,
    .render = to_8_bits_render,
    .render_ref = to_8_bits_render,
};
