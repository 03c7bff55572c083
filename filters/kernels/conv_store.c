/* conv_store.c: see conv_store.h. */
#include "filters/kernels/conv_store.h"

#include <math.h>

#include "filters/kernels/float_rows.h"
#include "os/simd_level.h"

/* Half of 2^8 still fits 16 bits with the largest sum, 127 * 255, and with the
 * largest that rows and columns leave, 1.98 * 255 * ML_Q6_ONE. */
#define CONV_SHIFT_MAX 8

void ml_conv_store_prepare(struct ml_conv_store *store,
                           const struct ml_shape *shape,
                           const struct ml_conv_scale *scale)
{
    const double unit = shape->bits == 8 ? 1 : 257;
    *store = (struct ml_conv_store){.layout = shape->layout,
                                    .bits = shape->bits,
                                    .averages = scale->averages,
                                    .scale = (float)scale->scale,
                                    .scale_whole = (float)scale->scale_whole,
                                    .offset = (float)(scale->offset * unit),
                                    .part = (float)(scale->offset / 255)};
    while (store->shift < CONV_SHIFT_MAX && scale->divisor > 1 << store->shift)
        store->shift++;
    store->exact = scale->divisor == 1 << store->shift &&
                   store->offset == floorf(store->offset);
    ml_alpha_mask(store->alpha, shape);
}

/* ---- without alpha ---- */

ML_INLINE float conv_level(const void *sums, size_t i, bool whole, float scale,
                           float offset)
{
    const float sum =
        whole ? ((const int16_t *)sums)[i] : ((const float *)sums)[i];
    return sum * scale + offset;
}

/* Clamped before rounding, so that the conversion is always defined. */
ML_INLINE float conv_clamp(float level, float most)
{
    level = level < 0 ? 0 : level;
    return level > most ? most : level;
}

ML_INLINE uint8_t conv_byte(int16_t level)
{
    level = level < 0 ? 0 : level;
    return (uint8_t)(level > 255 ? 255 : level);
}

/* Whole sums and offsets and a divisor of 2^shift, at most 256: all values fit
 * 16 bits, and floats would give the same, as none of them is rounded.
 * Compilers shift words by a variable number of bits as longs; the high half of
 * a product is the same shift.  Both factors are negative, as 2^15 does not fit
 * 16 bits but -2^15 does. */
ML_SIMD_FUNCTION(conv_store_exact,
                 (uint8_t *restrict to, const int16_t *restrict sums,
                  size_t count, int16_t offset, int shift),
                 (to, sums, count, offset, shift))
{
    if (shift == 0) {
        for (size_t i = 0; i < count; i++)
            to[i] = conv_byte((int16_t)(sums[i] + offset));
        return;
    }
    const int16_t half = (int16_t)(1 << shift >> 1);
    const int16_t part = (int16_t) - (1 << (16 - shift));
    for (size_t i = 0; i < count; i++) {
        const int16_t less = (int16_t) - (sums[i] + half);
        const int16_t level = (int16_t)(less * part >> 16);
        to[i] = conv_byte((int16_t)(level + offset));
    }
}

ML_SIMD_FUNCTION(conv_store_8,
                 (uint8_t *restrict to, const void *restrict sums, size_t count,
                  bool whole, float scale, float offset),
                 (to, sums, count, whole, scale, offset))
{
    if (whole)
        for (size_t i = 0; i < count; i++) {
            const float l = conv_level(sums, i, true, scale, offset);
            to[i] = (uint8_t)(int32_t)(conv_clamp(l, 255) + 0.5F);
        }
    else
        for (size_t i = 0; i < count; i++) {
            const float l = conv_level(sums, i, false, scale, offset);
            to[i] = (uint8_t)(int32_t)(conv_clamp(l, 255) + 0.5F);
        }
}

ML_SIMD_FUNCTION(conv_store_16,
                 (uint16_t *restrict to, const float *restrict sums,
                  size_t count, float scale, float offset),
                 (to, sums, count, scale, offset))
{
    for (size_t i = 0; i < count; i++) {
        const float l = conv_level(sums, i, false, scale, offset);
        to[i] = (uint16_t)(int32_t)(conv_clamp(l, 65535) + 0.5F);
    }
}

/* ---- with alpha, in pieces of a row ---- */

ML_SIMD_FUNCTION(conv_levels,
                 (float *restrict level, const void *restrict sums,
                  size_t count, bool whole, float scale),
                 (level, sums, count, whole, scale))
{
    if (whole)
        for (size_t i = 0; i < count; i++)
            level[i] = conv_level(sums, i, true, scale, 0);
    else
        for (size_t i = 0; i < count; i++)
            level[i] = conv_level(sums, i, false, scale, 0);
}

/* Add the offset to colours and keep them at or below `most`, the alpha of the
 * output; `alpha` is that of the input. */
ML_SIMD_FUNCTION(conv_premultiplied,
                 (float *restrict level, const float *restrict alpha,
                  const float *restrict most, size_t count, float part,
                  float white),
                 (level, alpha, most, count, part, white))
{
    for (size_t i = 0; i < count; i++) {
        const float l = conv_clamp(level[i] + part * alpha[i], most[i]);
        level[i] = conv_clamp(l, white);
    }
}

static void conv_row_alpha(const struct ml_conv_store *store, uint8_t *to,
                           const uint8_t *from, const void *sums, size_t count,
                           bool whole)
{
    const unsigned bits = store->bits;
    const size_t bytes = bits / 8, channels = ml_channels(store->layout);
    const size_t unit = whole ? sizeof(int16_t) : sizeof(float);
    const float white = bits == 8 ? UINT8_MAX : UINT16_MAX;
    float level[ML_FLOAT_PIECE], was[ML_FLOAT_PIECE], is[ML_FLOAT_PIECE];
    for (size_t i = 0; i < count; i += ML_FLOAT_PIECE) {
        const size_t n =
            count - i < ML_FLOAT_PIECE ? count - i : ML_FLOAT_PIECE;
        conv_levels(level, (const uint8_t *)sums + i * unit, n, whole,
                    whole ? store->scale_whole : store->scale);
        ml_float_row_load(is, from + i * bytes, n, bits);
        ml_alpha_broadcast(was, is, n, channels);
        ml_alpha_broadcast(is, level, n, channels);
        conv_premultiplied(level, was, store->averages ? is : was, n,
                           store->part, white);
        ml_float_row_store(to + i * bytes, level, n, bits);
    }
    if (!store->averages)
        ml_alpha_restore(to, from, count * bytes, store->alpha);
}

void ml_conv_store_row(const void *store_in, void *to, const void *from,
                       const void *sums, size_t count, bool whole)
{
    const struct ml_conv_store *store = store_in;
    if (ml_has_alpha(store->layout))
        conv_row_alpha(store, to, from, sums, count, whole);
    else if (whole && store->exact)
        conv_store_exact(to, sums, count, (int16_t)store->offset, store->shift);
    else if (store->bits == 8)
        conv_store_8(to, sums, count, whole,
                     whole ? store->scale_whole : store->scale, store->offset);
    else
        conv_store_16(to, sums, count, store->scale, store->offset);
}

/* ---- reference ---- */

float ml_conv_store_sample(const void *store_in, const float *pixel,
                           const float *sums, size_t channel, bool whole)
{
    const struct ml_conv_store *store = store_in;
    const size_t last = ml_channels(store->layout) - 1U;
    const float level = sums[channel] * store->scale;
    (void)whole; /* floats hold both, and round neither */
    if (!ml_has_alpha(store->layout))
        return level + store->offset;
    if (channel == last && !store->averages)
        return pixel[last];
    const float most =
        store->averages ? sums[last] * store->scale : pixel[last];
    return fminf(fmaxf(level + store->part * pixel[last], 0), most);
}
