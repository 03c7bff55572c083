/* composite.c: see composite.h.  The loops round integers exactly; a quotient
 * by an odd number is never a half. */
#include "filters/family/composite.h"

#include <assert.h>
#include <math.h>

#include "filters/family/samples_ref.h"
#include "image/luma.h"
#include "os/simd_level.h"

struct composite_state {
    struct ml_shape in, out;
    enum ml_composite step;
    uint16_t background[3]; /* at the depth of the input */
};

/* ---- prepare ---- */

static void composite_background(struct composite_state *state,
                                 const uint8_t *colour)
{
    const uint32_t unit = state->in.bits == 8 ? 1 : 257;
    uint16_t *to = state->background;
    for (size_t c = 0; c < 3; c++)
        to[c] = (uint16_t)(colour[c] * unit);
    if (state->in.layout == ML_GRAYA)
        to[0] = (uint16_t)ml_luma(to[0], to[1], to[2]);
}

enum ml_status ml_composite_prepare(struct ml_filter_setup *setup,
                                    enum ml_composite step, uint8_t bits,
                                    struct ml_error *err)
{
    struct composite_state *state = ml_filter_alloc(setup, sizeof *state, err);
    if (!state)
        return err->status;
    assert(ml_has_alpha(setup->in.layout));
    state->step = step;
    state->in = setup->out = setup->in;
    setup->out.bits = bits;
    if (step == ML_COMPOSITE_OVER) {
        assert(bits == setup->in.bits);
        composite_background(state, setup->values[0].colour);
        setup->out.layout = setup->in.layout == ML_GRAYA ? ML_GRAY : ML_RGB;
    }
    state->out = setup->out;
    setup->state = state;
    return ML_OK;
}

/* ---- rows: loops over pixels of a constant number of channels, inlined into
 * functions that are compiled for each SIMD target ---- */

ML_INLINE uint32_t composite_divide_65535(uint64_t product)
{
    return (uint32_t)((product + 32767) / 65535);
}

ML_INLINE void composite_premultiply_pixels_8(uint16_t *restrict to,
                                              const uint8_t *restrict from,
                                              size_t pixels, size_t channels)
{
    for (size_t x = 0; x < pixels; x++, from += channels, to += channels) {
        const uint32_t alpha = from[channels - 1];
        /* c / 255 * a / 255 * 65535 = c * a * 257 / 255 */
        for (size_t c = 0; c + 1 < channels; c++)
            to[c] = (uint16_t)((from[c] * alpha * 257 + 127) / 255);
        to[channels - 1] = (uint16_t)(alpha * 257);
    }
}

ML_INLINE void composite_premultiply_pixels_16(uint16_t *restrict to,
                                               const uint16_t *restrict from,
                                               size_t pixels, size_t channels)
{
    for (size_t x = 0; x < pixels; x++, from += channels, to += channels) {
        const uint64_t alpha = from[channels - 1];
        for (size_t c = 0; c + 1 < channels; c++)
            to[c] = (uint16_t)composite_divide_65535(from[c] * alpha);
        to[channels - 1] = (uint16_t)alpha;
    }
}

/* Kernels with negative lobes can leave colour above alpha: clamped. */
ML_INLINE uint32_t composite_unpremultiply_sample(uint32_t sample,
                                                  uint32_t alpha, uint32_t full)
{
    if (alpha == 0)
        return 0;
    if (sample >= alpha)
        return full;
    return (uint32_t)(((uint64_t)sample * full + alpha / 2) / alpha);
}

ML_INLINE void composite_unpremultiply_pixels_8(uint8_t *restrict to,
                                                const uint16_t *restrict from,
                                                size_t pixels, size_t channels)
{
    for (size_t x = 0; x < pixels; x++, from += channels, to += channels) {
        const uint32_t alpha = from[channels - 1];
        for (size_t c = 0; c + 1 < channels; c++)
            to[c] =
                (uint8_t)composite_unpremultiply_sample(from[c], alpha, 255);
        to[channels - 1] = (uint8_t)((alpha * 255U + 32767) / 65535);
    }
}

ML_INLINE void composite_unpremultiply_pixels_16(uint16_t *restrict to,
                                                 const uint16_t *restrict from,
                                                 size_t pixels, size_t channels)
{
    for (size_t x = 0; x < pixels; x++, from += channels, to += channels) {
        const uint32_t alpha = from[channels - 1];
        for (size_t c = 0; c + 1 < channels; c++)
            to[c] =
                (uint16_t)composite_unpremultiply_sample(from[c], alpha, 65535);
        to[channels - 1] = (uint16_t)alpha;
    }
}

ML_INLINE void composite_over_pixels_8(uint8_t *restrict to,
                                       const uint8_t *restrict from,
                                       size_t pixels, size_t channels,
                                       const uint16_t *restrict background)
{
    const size_t colours = channels - 1;
    for (size_t x = 0; x < pixels; x++, from += channels, to += colours) {
        const uint32_t a = from[colours];
        for (size_t c = 0; c < colours; c++)
            to[c] = (uint8_t)((from[c] * a + background[c] * (255 - a) + 127) /
                              255);
    }
}

ML_INLINE void composite_over_pixels_16(uint16_t *restrict to,
                                        const uint16_t *restrict from,
                                        size_t pixels, size_t channels,
                                        const uint16_t *restrict background)
{
    const size_t colours = channels - 1;
    for (size_t x = 0; x < pixels; x++, from += channels, to += colours) {
        const uint64_t a = from[colours];
        for (size_t c = 0; c < colours; c++)
            to[c] = (uint16_t)composite_divide_65535(
                from[c] * a + background[c] * (65535 - a));
    }
}

/* A function that makes a row by `pixels_function`, of 2 or of 4 channels. */
#define COMPOSITE_ROW(name, pixels_function, out, in)                          \
    ML_SIMD_FUNCTION(name,                                                     \
                     (out *restrict to, const in *restrict from,               \
                      size_t pixels, size_t channels),                         \
                     (to, from, pixels, channels))                             \
    {                                                                          \
        if (channels == 2)                                                     \
            pixels_function(to, from, pixels, 2);                              \
        else                                                                   \
            pixels_function(to, from, pixels, 4);                              \
    }

COMPOSITE_ROW(composite_premultiply_row_8, composite_premultiply_pixels_8,
              uint16_t, uint8_t)
COMPOSITE_ROW(composite_premultiply_row_16, composite_premultiply_pixels_16,
              uint16_t, uint16_t)
COMPOSITE_ROW(composite_unpremultiply_row_8, composite_unpremultiply_pixels_8,
              uint8_t, uint16_t)
COMPOSITE_ROW(composite_unpremultiply_row_16, composite_unpremultiply_pixels_16,
              uint16_t, uint16_t)

ML_SIMD_FUNCTION(composite_over_row_8,
                 (uint8_t *restrict to, const uint8_t *restrict from,
                  size_t pixels, size_t channels,
                  const uint16_t *restrict background),
                 (to, from, pixels, channels, background))
{
    if (channels == 2)
        composite_over_pixels_8(to, from, pixels, 2, background);
    else
        composite_over_pixels_8(to, from, pixels, 4, background);
}

ML_SIMD_FUNCTION(composite_over_row_16,
                 (uint16_t *restrict to, const uint16_t *restrict from,
                  size_t pixels, size_t channels,
                  const uint16_t *restrict background),
                 (to, from, pixels, channels, background))
{
    if (channels == 2)
        composite_over_pixels_16(to, from, pixels, 2, background);
    else
        composite_over_pixels_16(to, from, pixels, 4, background);
}

static void composite_row(const struct composite_state *state, void *to,
                          const void *from)
{
    const size_t width = state->in.width;
    const size_t channels = ml_channels(state->in.layout);
    switch (state->step) {
    case ML_COMPOSITE_PREMULTIPLY:
        if (state->in.bits == 8)
            composite_premultiply_row_8(to, from, width, channels);
        else
            composite_premultiply_row_16(to, from, width, channels);
        break;
    case ML_COMPOSITE_UNPREMULTIPLY:
        if (state->out.bits == 8)
            composite_unpremultiply_row_8(to, from, width, channels);
        else
            composite_unpremultiply_row_16(to, from, width, channels);
        break;
    case ML_COMPOSITE_OVER:
        if (state->in.bits == 8)
            composite_over_row_8(to, from, width, channels, state->background);
        else
            composite_over_row_16(to, from, width, channels, state->background);
        break;
    }
}

void ml_composite_render(const void *state, void *scratch,
                         const struct ml_dst *dst, const struct ml_src *src)
{
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++)
        composite_row(state, ml_dst_row(dst, y), ml_src_row(src, y));
}

/* ---- reference: in doubles, sample by sample ---- */

/* One colour of a pixel, in levels of the output.  Products come first: they
 * are exact, so that a quotient of exactly a half stays a half. */
static double composite_colour_ref(const struct composite_state *state,
                                   double colour, double alpha,
                                   double background)
{
    const double in = state->in.bits == 8 ? 255 : 65535;
    const double out = state->out.bits == 8 ? 255 : 65535;
    switch (state->step) {
    case ML_COMPOSITE_PREMULTIPLY:
        return colour * alpha * out / (in * in);
    case ML_COMPOSITE_UNPREMULTIPLY:
        return alpha > 0 ? fmin(colour, alpha) * out / alpha : 0;
    case ML_COMPOSITE_OVER:
        break;
    }
    return (colour * alpha + background * (in - alpha)) / in;
}

static void composite_pixel_ref(const struct composite_state *state,
                                uint8_t *to, const uint8_t *from, size_t x)
{
    const size_t in = ml_channels(state->in.layout);
    const size_t out = ml_channels(state->out.layout);
    const unsigned in_bits = state->in.bits, out_bits = state->out.bits;
    const double alpha = ml_row_load_ref(from, in_bits, in * x + in - 1);
    for (size_t c = 0; c + 1 < in; c++) {
        const double colour = ml_row_load_ref(from, in_bits, in * x + c);
        ml_row_store_ref(
            to, out_bits, out * x + c,
            composite_colour_ref(state, colour, alpha, state->background[c]));
    }
    if (out == in)
        ml_row_store_ref(to, out_bits, out * x + out - 1,
                         in_bits == out_bits ? alpha
                         : in_bits == 8      ? alpha * 257
                                             : alpha / 257);
}

void ml_composite_render_ref(const void *state_in, void *scratch,
                             const struct ml_dst *dst, const struct ml_src *src)
{
    const struct composite_state *state = state_in;
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++)
        for (size_t x = 0; x < state->in.width; x++)
            composite_pixel_ref(state, ml_dst_row(dst, y), ml_src_row(src, y),
                                x);
}
