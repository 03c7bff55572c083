/* invert.c: the negative of a picture.
 *
 * In: any layout, 8 or 16 bits.  Out: the same shape.  A point operation: each
 * output row needs its own input row and no other.  Alpha is left as it is.
 *
 * Planes: JFIF's Y is a mean of R, G and B, so the negative's is 255 - Y.  Its
 * Cb and Cr are differences around 128 and only change sign: 256 - Cb; what is
 * lost is that 256 becomes 255.  Colours that lie outside RGB do so after as
 * before, and are clamped to the same ones when they are shown.
 */
#include "filters/filter.h"

#include <string.h>

#include "filters/kernels/planes.h"
#include "os/simd_level.h"

/* White minus a sample is the sample with all its bits turned over, at 8 and
 * 16 bits alike; so a row is inverted as bytes under a mask that spares alpha.
 * The mask's length is a multiple of every pixel that has alpha (2, 4 or 8
 * bytes), and pixels without are masked throughout. */
#define INVERT_MASK_BYTES 8

struct invert_state {
    struct ml_shape shape;
    uint8_t mask[INVERT_MASK_BYTES];
};

static enum ml_status invert_prepare(struct ml_filter_setup *setup,
                                     struct ml_error *err)
{
    struct invert_state *state = ml_arena_alloc(setup->arena, sizeof *state);
    if (!state)
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the plan",
                       "raise --memory", "%zu bytes", sizeof *state);
    const size_t sample = setup->in.bits / 8U;
    const size_t pixel = ml_channels(setup->in.layout) * sample;
    const size_t alpha = ml_has_alpha(setup->in.layout) ? sample : 0;
    for (size_t i = 0; i < INVERT_MASK_BYTES; i++)
        state->mask[i] = i % pixel < pixel - alpha ? 255 : 0;
    state->shape = setup->in;
    setup->state = state;
    setup->out = setup->in;
    return ML_OK;
}

ML_SIMD_FUNCTION(invert_row,
                 (uint8_t *restrict dst, const uint8_t *restrict src,
                  size_t bytes, const uint8_t *restrict mask),
                 (dst, src, bytes, mask))
{
    uint64_t all, word;
    size_t i = 0;
    memcpy(&all, mask, sizeof all);
    for (; i + sizeof word <= bytes; i += sizeof word) {
        memcpy(&word, src + i, sizeof word);
        word ^= all;
        memcpy(dst + i, &word, sizeof word);
    }
    for (; i < bytes; i++)
        dst[i] = src[i] ^ mask[i % INVERT_MASK_BYTES];
}

ML_SIMD_FUNCTION(invert_chroma_row,
                 (uint8_t *restrict dst, const uint8_t *restrict src,
                  size_t samples),
                 (dst, src, samples))
{
    for (size_t i = 0; i < samples; i++)
        dst[i] = (uint8_t)(255 - src[i] + (src[i] > 0));
}

static void invert_render(const void *state_in, void *scratch,
                          const struct ml_dst *dst, const struct ml_src *src)
{
    const struct invert_state *state = state_in;
    (void)scratch;
    for (uint32_t p = 0; p < ml_plane_count(&state->shape); p++) {
        const struct ml_plane_src from = ml_plane_src_of(src, &state->shape, p);
        const struct ml_plane_dst to = ml_plane_dst_of(dst, &state->shape, p);
        const uint32_t rows = ml_plane_y(&state->shape, p, dst->y_end) - to.y;
        const size_t bytes = ml_row_bytes(&state->shape, p);
        for (size_t y = 0; y < rows; y++) {
            uint8_t *row = to.data + y * to.stride_bytes;
            const uint8_t *from_row =
                from.data + (to.y - from.y + y) * from.stride_bytes;
            if (p == 0)
                invert_row(row, from_row, bytes, state->mask);
            else
                invert_chroma_row(row, from_row, bytes);
        }
    }
}

/* ---- reference ---- */

static void invert_sample(uint8_t *to, const uint8_t *from, uint8_t bits)
{
    uint16_t sample;
    if (bits == 8) {
        *to = (uint8_t)(255 - *from);
        return;
    }
    memcpy(&sample, from, sizeof sample);
    sample = (uint16_t)(65535 - sample);
    memcpy(to, &sample, sizeof sample);
}

static void invert_chroma_ref(const struct ml_shape *shape, uint32_t p,
                              const struct ml_dst *dst,
                              const struct ml_src *src)
{
    const struct ml_plane_src from = ml_plane_src_of(src, shape, p);
    const struct ml_plane_dst to = ml_plane_dst_of(dst, shape, p);
    const uint32_t y_end = ml_plane_y(shape, p, dst->y_end);
    for (uint32_t y = to.y; y < y_end; y++) {
        for (size_t x = 0; x < ml_plane_width(shape, p); x++) {
            const int level =
                256 - from.data[(y - from.y) * from.stride_bytes + x];
            to.data[(y - to.y) * to.stride_bytes + x] =
                (uint8_t)(level > 255 ? 255 : level);
        }
    }
}

static void invert_render_ref(const void *state_in, void *scratch,
                              const struct ml_dst *dst,
                              const struct ml_src *src)
{
    const struct ml_shape *shape =
        &((const struct invert_state *)state_in)->shape;
    const size_t channels = ml_channels(shape->layout);
    const size_t sample = shape->bits / 8U;
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++) {
        for (size_t i = 0; i < shape->width * channels; i++) {
            uint8_t *to = ml_dst_row(dst, y) + i * sample;
            const uint8_t *from = ml_src_row(src, y) + i * sample;
            if (ml_has_alpha(shape->layout) && i % channels == channels - 1)
                memcpy(to, from, sample);
            else
                invert_sample(to, from, shape->bits);
        }
    }
    for (uint32_t p = 1; p < ml_plane_count(shape); p++)
        invert_chroma_ref(shape, p, dst, src);
}

const struct ml_filter ml_filter_invert = {
    .name = "invert",
    .summary = "the negative: every colour sample subtracted from white",
    .example = "invert",
    .flags = ML_FILTER_STRAIGHT_ALPHA | ML_FILTER_YCC | ML_FILTER_CMYK |
             ML_FILTER_SCALE_INVARIANT,
    .prepare = invert_prepare,
    .input_window = ml_window_same_rows,
    .render = invert_render,
    .render_ref = invert_render_ref,
};
