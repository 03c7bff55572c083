/* invert.c: the negative of a picture.
 *
 * In: any interleaved layout, 8 or 16 bits.  Out: the same shape.  A point
 * operation: each output row needs its own input row and no other.  Alpha is
 * left as it is.
 */
#include "filters/filter.h"

struct invert_plan {
    struct ml_shape shape;
};

static enum ml_status invert_prepare(struct ml_prepare *prepare,
                                     struct ml_error *err)
{
    struct invert_plan *plan = ml_arena_take(prepare->arena, sizeof *plan);
    if (!plan)
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the plan",
                       "raise --memory", "%zu bytes", sizeof *plan);
    plan->shape = prepare->in;
    prepare->plan = plan;
    prepare->out = prepare->in;
    return ML_OK;
}

/* Samples of a pixel are colour, then alpha where the layout has one. */
static void invert_row_8(uint8_t *restrict dst, const uint8_t *restrict src,
                         size_t samples)
{
    for (size_t i = 0; i < samples; i++)
        dst[i] = (uint8_t)(255 - src[i]);
}

static void invert_row_16(uint16_t *restrict dst, const uint16_t *restrict src,
                          size_t samples)
{
    for (size_t i = 0; i < samples; i++)
        dst[i] = (uint16_t)(65535 - src[i]);
}

static void invert_row_alpha_8(uint8_t *restrict dst,
                               const uint8_t *restrict src, size_t samples,
                               size_t channels)
{
    for (size_t i = 0; i < samples; i++)
        dst[i] =
            i % channels == channels - 1 ? src[i] : (uint8_t)(255 - src[i]);
}

static void invert_row_alpha_16(uint16_t *restrict dst,
                                const uint16_t *restrict src, size_t samples,
                                size_t channels)
{
    for (size_t i = 0; i < samples; i++)
        dst[i] =
            i % channels == channels - 1 ? src[i] : (uint16_t)(65535 - src[i]);
}

static void invert_rows(const void *plan_in, void *scratch,
                        const struct ml_dst *dst, const struct ml_src *src)
{
    const struct invert_plan *plan = plan_in;
    const size_t channels = ml_channels(plan->shape.layout);
    const size_t samples = plan->shape.width * channels;
    const bool alpha = ml_has_alpha(plan->shape.layout);
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++) {
        void *to = ml_dst_row(dst, y);
        const void *from = ml_src_row(src, y);
        if (plan->shape.bits == 8 && !alpha)
            invert_row_8(to, from, samples);
        else if (plan->shape.bits == 8)
            invert_row_alpha_8(to, from, samples, channels);
        else if (!alpha)
            invert_row_16(to, from, samples);
        else
            invert_row_alpha_16(to, from, samples, channels);
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
    .rows_ref = invert_rows,
};
