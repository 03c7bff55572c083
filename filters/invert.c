/* invert.c: the negative of a picture.
 *
 * In: any interleaved layout, 8 or 16 bits.  Out: the same shape.  A point
 * operation: each output row needs its own input row and no other.  Alpha is
 * left as it is.
 */
#include "filters/filter.h"

#include <string.h>

#include "base/simd.h"

/* White minus a sample is the sample with all its bits turned over, at 8 and
 * 16 bits alike; so a row is inverted as bytes under a mask that spares alpha.
 * The mask's length is a multiple of every pixel that has alpha (2, 4 or 8
 * bytes), and pixels without are masked throughout. */
#define INVERT_MASK_BYTES 8

struct invert_plan {
    struct ml_shape shape;
    uint8_t mask[INVERT_MASK_BYTES];
};

static enum ml_status invert_prepare(struct ml_prepare *prepare,
                                     struct ml_error *err)
{
    struct invert_plan *plan = ml_arena_take(prepare->arena, sizeof *plan);
    if (!plan)
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the plan",
                       "raise --memory", "%zu bytes", sizeof *plan);
    const size_t sample = prepare->in.bits / 8U;
    const size_t pixel = ml_channels(prepare->in.layout) * sample;
    const size_t alpha = ml_has_alpha(prepare->in.layout) ? sample : 0;
    for (size_t i = 0; i < INVERT_MASK_BYTES; i++)
        plan->mask[i] = i % pixel < pixel - alpha ? 255 : 0;
    plan->shape = prepare->in;
    prepare->plan = plan;
    prepare->out = prepare->in;
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

static void invert_rows(const void *plan_in, void *scratch,
                        const struct ml_dst *dst, const struct ml_src *src)
{
    const struct invert_plan *plan = plan_in;
    const size_t bytes = ml_row_bytes(&plan->shape, 0);
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++)
        invert_row(ml_dst_row(dst, y), ml_src_row(src, y), bytes, plan->mask);
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

static void invert_rows_ref(const void *plan_in, void *scratch,
                            const struct ml_dst *dst, const struct ml_src *src)
{
    const struct ml_shape *shape =
        &((const struct invert_plan *)plan_in)->shape;
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
}

const struct ml_filter ml_filter_invert = {
    .name = "invert",
    .summary = "the negative: every colour sample subtracted from white",
    .example = "invert",
    .flags = ML_TONES | ML_ON_CMYK | ML_SCALE_FREE,
    .prepare = invert_prepare,
    .needs = ml_needs_same_rows,
    .rows = invert_rows,
    .rows_ref = invert_rows_ref,
};
