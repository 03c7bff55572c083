/* gray.c: the light of a picture without its colours.
 *
 * In: RGB, RGBA at 8 or 16 bits, or planes.  Out: gray, or gray+alpha with the
 * alpha as it was.  Gray pictures pass unchanged.  A point operation.
 *
 * Luma as JPEG defines its Y (JFIF 1.02, after ITU-R BT.601): 0.299 R + 0.587 G
 * + 0.114 B, of samples as they are stored.  So a JPEG's Y plane is its gray,
 * and on planes nothing is computed.
 */
#include "filters/filter.h"

#include <string.h>

#include "os/simd_level.h"

/* In 65536ths, adding up to 65536: white stays white, and gray stays gray.  The
 * largest sum, 65535 * 65536 + 32768, fits 32 bits. */
#define GRAY_RED 19595U
#define GRAY_GREEN 38470U
#define GRAY_BLUE 7471U
#define GRAY_HALF 32768U

struct gray_state {
    struct ml_shape in, out;
};

static enum ml_status gray_prepare(struct ml_filter_setup *setup,
                                   struct ml_error *err)
{
    struct gray_state *state = ml_arena_alloc(setup->arena, sizeof *state);
    if (!state)
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the plan",
                       "raise --memory", "%zu bytes", sizeof *state);
    const struct ml_shape *in = &setup->in;
    setup->out = *in;
    setup->out.layout = ml_has_alpha(in->layout) ? ML_GRAYA : ML_GRAY;
    setup->out.sub_x = setup->out.sub_y = 1;
    setup->is_identity = setup->out.layout == in->layout;
    *state = (struct gray_state){*in, setup->out};
    setup->state = state;
    return ML_OK;
}

ML_INLINE uint32_t gray_of(uint32_t red, uint32_t green, uint32_t blue)
{
    return (red * GRAY_RED + green * GRAY_GREEN + blue * GRAY_BLUE +
            GRAY_HALF) >>
           16;
}

/* ---- reference ---- */

static uint32_t gray_sample(const uint8_t *row, size_t index, uint8_t bits)
{
    uint16_t sample;
    if (bits == 8)
        return row[index];
    memcpy(&sample, row + index * sizeof sample, sizeof sample);
    return sample;
}

static void gray_put(uint8_t *row, size_t index, uint8_t bits, uint32_t level)
{
    const uint16_t sample = (uint16_t)level;
    if (bits == 8)
        row[index] = (uint8_t)level;
    else
        memcpy(row + index * sizeof sample, &sample, sizeof sample);
}

static void gray_row_ref(const struct gray_state *state, uint8_t *to,
                         const uint8_t *from)
{
    const size_t in = ml_channels(state->in.layout);
    const size_t out = ml_channels(state->out.layout);
    const uint8_t bits = state->in.bits;
    for (size_t x = 0; x < state->in.width; x++) {
        uint32_t pixel[ML_CHANNEL_MAX] = {0};
        for (size_t c = 0; c < in; c++)
            pixel[c] = gray_sample(from, x * in + c, bits);
        gray_put(to, x * out, bits,
                 in < 3 ? pixel[0] : gray_of(pixel[0], pixel[1], pixel[2]));
        if (out == 2)
            gray_put(to, x * out + 1, bits, pixel[in - 1]);
    }
}

static void gray_render_ref(const void *state_in, void *scratch,
                            const struct ml_dst *dst, const struct ml_src *src)
{
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++)
        gray_row_ref(state_in, ml_dst_row(dst, y), ml_src_row(src, y));
}

/* ---- rows ---- */

ML_SIMD_FUNCTION(gray_rgb_8,
                 (uint8_t *restrict to, const uint8_t *restrict from,
                  size_t width),
                 (to, from, width))
{
    for (size_t x = 0; x < width; x++)
        to[x] = (uint8_t)gray_of(from[3 * x], from[3 * x + 1], from[3 * x + 2]);
}

ML_SIMD_FUNCTION(gray_rgba_8,
                 (uint8_t *restrict to, const uint8_t *restrict from,
                  size_t width),
                 (to, from, width))
{
    for (size_t x = 0; x < width; x++) {
        to[2 * x] =
            (uint8_t)gray_of(from[4 * x], from[4 * x + 1], from[4 * x + 2]);
        to[2 * x + 1] = from[4 * x + 3];
    }
}

ML_SIMD_FUNCTION(gray_rgb_16,
                 (uint16_t *restrict to, const uint16_t *restrict from,
                  size_t width),
                 (to, from, width))
{
    for (size_t x = 0; x < width; x++)
        to[x] =
            (uint16_t)gray_of(from[3 * x], from[3 * x + 1], from[3 * x + 2]);
}

ML_SIMD_FUNCTION(gray_rgba_16,
                 (uint16_t *restrict to, const uint16_t *restrict from,
                  size_t width),
                 (to, from, width))
{
    for (size_t x = 0; x < width; x++) {
        to[2 * x] =
            (uint16_t)gray_of(from[4 * x], from[4 * x + 1], from[4 * x + 2]);
        to[2 * x + 1] = from[4 * x + 3];
    }
}

static void gray_render(const void *state_in, void *scratch,
                        const struct ml_dst *dst, const struct ml_src *src)
{
    const struct gray_state *state = state_in;
    const size_t width = state->in.width;
    const bool alpha = ml_has_alpha(state->in.layout);
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++) {
        void *to = ml_dst_row(dst, y);
        const void *from = ml_src_row(src, y);
        if (ml_channels(state->in.layout) < 3)
            memcpy(to, from, ml_row_bytes(&state->out, 0));
        else if (state->in.bits == 8 && alpha)
            gray_rgba_8(to, from, width);
        else if (state->in.bits == 8)
            gray_rgb_8(to, from, width);
        else if (alpha)
            gray_rgba_16(to, from, width);
        else
            gray_rgb_16(to, from, width);
    }
}

const struct ml_filter ml_filter_gray = {
    .name = "gray",
    .summary = "light only: luma as JPEG defines it",
    .example = "gray",
    .flags =
        ML_FILTER_STRAIGHT_ALPHA | ML_FILTER_YCC | ML_FILTER_SCALE_INVARIANT,
    .prepare = gray_prepare,
    .input_window = ml_window_same_rows,
    .render = gray_render,
    .render_ref = gray_render_ref,
};
