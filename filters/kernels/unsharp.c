/* unsharp.c: see unsharp.h. */
#include "filters/kernels/unsharp.h"

#include <math.h>

#include "filters/kernels/float_rows.h"
#include "os/simd_level.h"

void ml_unsharp_prepare(struct ml_unsharp *unsharp,
                        const struct ml_shape *shape, double amount,
                        double threshold)
{
    *unsharp = (struct ml_unsharp){
        .layout = shape->layout,
        .bits = shape->bits,
        .amount = (float)amount,
        .amount_8192ths = (int32_t)floor(amount * 8192 + 0.5),
        .threshold = (float)(threshold * (shape->bits == 8 ? 1 : 257)),
        .threshold_64ths = (int16_t)floor(threshold * 64 + 0.5)};
    ml_alpha_mask(unsharp->alpha, shape);
}

/* ---- 16 bits ---- */

/* All in 16 bits.  A difference times the amount has a unit of 2^-19 of a
 * level; the high half of the product has 2^-3 and rounds the same.  That half
 * is at most 64 * 255 * 81920 / 2^16 = 20400; amounts from 2^15 on are split
 * into 2^16 and a negative part. */
ML_SIMD_FUNCTION(unsharp_q6,
                 (uint8_t *restrict to, const uint8_t *restrict from,
                  const int16_t *restrict means, size_t count, int32_t amount,
                  int16_t threshold),
                 (to, from, means, count, amount, threshold))
{
    const int16_t whole = amount > INT16_MAX ? -1 : 0;
    const int16_t part = (int16_t)(whole ? amount - 65536 : amount);
    for (size_t i = 0; i < count; i++) {
        const int16_t d = (int16_t)(from[i] * 64 - means[i]);
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

/* One sample; `mean` is compared with it, `most` is its limit. */
ML_INLINE float unsharp_one(float sample, float mean, float most, float amount,
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

ML_SIMD_FUNCTION(unsharp_opaque_8,
                 (uint8_t *restrict to, const uint8_t *restrict from,
                  const float *restrict means, size_t count, float amount,
                  float threshold),
                 (to, from, means, count, amount, threshold))
{
    for (size_t i = 0; i < count; i++) {
        const float level =
            unsharp_one(from[i], means[i], 255, amount, threshold);
        to[i] = (uint8_t)(int32_t)(level + 0.5F);
    }
}

ML_SIMD_FUNCTION(unsharp_opaque_16,
                 (uint16_t *restrict to, const uint16_t *restrict from,
                  const float *restrict means, size_t count, float amount,
                  float threshold),
                 (to, from, means, count, amount, threshold))
{
    for (size_t i = 0; i < count; i++) {
        const float level =
            unsharp_one(from[i], means[i], 65535, amount, threshold);
        to[i] = (uint16_t)(int32_t)(level + 0.5F);
    }
}

/* ---- floats with alpha, in pieces of a row ---- */

/* `around` is the mean of alpha.  If it is 0, so is the pixel, which stays 0.
 */
ML_SIMD_FUNCTION(unsharp_premultiplied,
                 (float *restrict level, const float *restrict alpha,
                  const float *restrict around, const float *restrict means,
                  size_t count, const struct ml_unsharp *unsharp),
                 (level, alpha, around, means, count, unsharp))
{
    const float amount = unsharp->amount, threshold = unsharp->threshold;
    for (size_t i = 0; i < count; i++) {
        const float ratio = alpha[i] / (around[i] > 0 ? around[i] : 1);
        const float mean = (around[i] > 0 ? ratio : 0) * means[i];
        level[i] = unsharp_one(level[i], mean, alpha[i], amount, threshold);
    }
}

static void unsharp_alpha(const struct ml_unsharp *unsharp, uint8_t *to,
                          const uint8_t *from, const float *means, size_t count)
{
    const size_t channels = ml_channels(unsharp->layout);
    const unsigned bits = unsharp->bits;
    float level[ML_FLOAT_PIECE], alpha[ML_FLOAT_PIECE], around[ML_FLOAT_PIECE];
    for (size_t i = 0; i < count; i += ML_FLOAT_PIECE) {
        const size_t part =
            count - i < ML_FLOAT_PIECE ? count - i : ML_FLOAT_PIECE;
        ml_float_row_load(level, from + i * bits / 8, part, bits);
        ml_alpha_broadcast(alpha, level, part, channels);
        ml_alpha_broadcast(around, means + i, part, channels);
        unsharp_premultiplied(level, alpha, around, means + i, part, unsharp);
        ml_float_row_store(to + i * bits / 8, level, part, bits);
    }
    ml_alpha_restore(to, from, count * bits / 8, unsharp->alpha);
}

void ml_unsharp_row(const void *unsharp_in, void *to, const void *from,
                    const void *means, size_t count, bool q6)
{
    const struct ml_unsharp *unsharp = unsharp_in;
    if (q6)
        unsharp_q6(to, from, means, count, unsharp->amount_8192ths,
                   unsharp->threshold_64ths);
    else if (ml_has_alpha(unsharp->layout))
        unsharp_alpha(unsharp, to, from, means, count);
    else if (unsharp->bits == 8)
        unsharp_opaque_8(to, from, means, count, unsharp->amount,
                         unsharp->threshold);
    else
        unsharp_opaque_16(to, from, means, count, unsharp->amount,
                          unsharp->threshold);
}

/* ---- reference ---- */

/* In 16-bit arithmetic amount and threshold are multiples of 1/8192 and 1/64,
 * and no product is rounded before the sum: doubles hold all of it. */
static float unsharp_sample_q6(const struct ml_unsharp *unsharp, float sample,
                               float mean)
{
    const double difference = (double)sample - (double)mean;
    const double more = difference * unsharp->amount_8192ths / 8192;
    if (fabs(difference) <= unsharp->threshold_64ths / 64.0)
        return sample;
    return (float)floor(sample + more + 0.5);
}

float ml_unsharp_sample(const void *unsharp_in, const float *pixel,
                        const float *means, size_t channel, bool q6)
{
    const struct ml_unsharp *unsharp = unsharp_in;
    const size_t last = ml_channels(unsharp->layout) - 1U;
    const float sample = pixel[channel];
    float mean = means[channel], most = UINT16_MAX;
    if (q6)
        return unsharp_sample_q6(unsharp, sample, mean);
    if (ml_has_alpha(unsharp->layout)) {
        if (channel == last)
            return sample;
        most = pixel[last];
        mean = means[last] > 0 ? most / means[last] * mean : 0;
    }
    const float difference = sample - mean;
    const bool above = fabsf(difference) > unsharp->threshold;
    const float level = above ? sample + unsharp->amount * difference : sample;
    return fminf(fmaxf(level, 0), most);
}
