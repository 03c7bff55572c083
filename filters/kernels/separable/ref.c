/* ref.c: separable sums as plainly as they can be written; the oracle of
 * the tuned passes, with the same arithmetic. */
#include "filters/kernels/separable/separable.h"

#include "filters/kernels/separable/q6.h"

/* `at` brought into [0, length): border samples are repeated outwards. */
static size_t reference_clamp(int64_t at, uint32_t length)
{
    return at < 0 ? 0 : at >= length ? length - 1 : (size_t)at;
}

static const uint8_t *reference_row(const struct ml_separable *plane,
                                    const struct ml_plane_src *src, int64_t y)
{
    const size_t row = reference_clamp(y, plane->y.in) - src->y;
    return src->data + row * src->stride_bytes;
}

/* ---- 16-bit arithmetic ---- */

/* The weighted sum of `count` values.  When paired, values of equal weight,
 * the first with the last and so on, are added before the product. */
static int16_t reference_narrow_sum(const int16_t *values,
                                    const int16_t *weights, uint32_t count,
                                    bool symmetric_pairs)
{
    int16_t sum = 0;
    if (!symmetric_pairs) {
        for (uint32_t t = 0; t < count; t++)
            sum = (int16_t)(sum + ml_q6_product(values[t], weights[t]));
        return sum;
    }
    for (uint32_t t = 0; t < count / 2; t++) {
        const int16_t both = (int16_t)(values[t] + values[count - 1 - t]);
        sum = (int16_t)(sum + ml_q6_product(both, weights[t]));
    }
    return (int16_t)(sum +
                     ml_q6_product(values[count / 2], weights[count / 2]));
}

static void reference_narrow_rows(int16_t *mid, int16_t *values,
                                  const struct ml_separable *plane,
                                  const struct ml_plane_src *src, uint32_t y)
{
    const struct ml_tap *at = &plane->y.at[y];
    for (size_t i = 0; i < (size_t)plane->x.in * plane->channels; i++) {
        for (uint32_t t = 0; t < at->count; t++)
            values[t] =
                (int16_t)(reference_row(plane, src, at->first + (int64_t)t)[i] *
                          ML_Q6_ONE);
        mid[i] = reference_narrow_sum(values, plane->y.q15 + at->weights,
                                      at->count, plane->symmetric_pairs);
    }
}

static void reference_narrow_columns(int16_t *to, int16_t *values,
                                     const struct ml_separable *plane,
                                     const int16_t *mid)
{
    const size_t channels = plane->channels;
    for (size_t i = 0; i < plane->x.out * channels; i++) {
        const struct ml_tap *at = &plane->x.at[i / channels];
        for (uint32_t t = 0; t < at->count; t++)
            values[t] =
                mid[reference_clamp(at->first + (int64_t)t, plane->x.in) *
                        channels +
                    i % channels];
        to[i] = reference_narrow_sum(values, plane->x.q15 + at->weights,
                                     at->count, plane->symmetric_pairs);
    }
}

/* ---- floats ---- */

static void reference_wide_rows(float *mid, const struct ml_separable *plane,
                                const struct ml_plane_src *src, uint32_t y)
{
    const struct ml_tap *at = &plane->y.at[y];
    for (size_t i = 0; i < (size_t)plane->x.in * plane->channels; i++) {
        float sum = 0;
        for (uint32_t t = 0; t < at->count; t++) {
            const void *row = reference_row(plane, src, at->first + (int64_t)t);
            const float level = plane->bits == 8 ? ((const uint8_t *)row)[i]
                                                 : ((const uint16_t *)row)[i];
            sum += level * plane->y.f32[at->weights + t];
        }
        mid[i] = sum;
    }
}

static void reference_wide_columns(float *to, const struct ml_separable *plane,
                                   const float *mid)
{
    const size_t channels = plane->channels;
    for (size_t i = 0; i < plane->x.out * channels; i++) {
        const struct ml_tap *at = &plane->x.at[i / channels];
        float sum = 0;
        for (uint32_t t = 0; t < at->count; t++) {
            const size_t x =
                reference_clamp(at->first + (int64_t)t, plane->x.in);
            sum += mid[x * channels + i % channels] *
                   plane->x.f32[at->weights + t];
        }
        to[i] = sum;
    }
}

void ml_separable_rows_ref(const struct ml_separable *plane, void *scratch,
                           const struct ml_plane_src *src, uint32_t y,
                           uint32_t y_end, const struct ml_emit *emit)
{
    const size_t in = (size_t)plane->x.in * plane->channels;
    const size_t out = (size_t)plane->x.out * plane->channels;
    for (; y < y_end; y++) {
        struct ml_block block = {
            .plane = plane, .y = y, .rows = 1, .count = out};
        if (plane->q6) {
            int16_t *mid = scratch, *values = mid + in + out;
            reference_narrow_rows(mid, values, plane, src, y);
            reference_narrow_columns(mid + in, values, plane, mid);
            block.values = mid + in;
        } else {
            float *mid = scratch;
            reference_wide_rows(mid, plane, src, y);
            reference_wide_columns(mid + in, plane, mid);
            block.values = mid + in;
        }
        emit->block(emit->context, &block);
    }
}
