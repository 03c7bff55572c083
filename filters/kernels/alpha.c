/* alpha.c: see alpha.h. */
#include "filters/kernels/alpha.h"

#include <string.h>

#include "os/simd_level.h"

typedef float alpha_four __attribute__((vector_size(16)));

void ml_alpha_mask(uint8_t pattern[ML_ALPHA_MASK_BYTES],
                   const struct ml_shape *shape)
{
    const size_t channels = ml_channels(shape->layout);
    const size_t bytes = shape->bits / 8U;
    for (size_t i = 0; i < ML_ALPHA_MASK_BYTES; i++) {
        const bool last = i / bytes % channels == channels - 1;
        pattern[i] = ml_has_alpha(shape->layout) && last ? 255 : 0;
    }
}

/* Four samples at once: two pixels or one. */
ML_INLINE void alpha_spread(float *restrict to, const float *restrict from,
                            size_t count, size_t channels)
{
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        alpha_four v;
        memcpy(&v, from + i, sizeof v);
        v = channels == 2 ? __builtin_shufflevector(v, v, 1, 1, 3, 3)
                          : __builtin_shufflevector(v, v, 3, 3, 3, 3);
        memcpy(to + i, &v, sizeof v);
    }
    for (; i < count; i++)
        to[i] = from[i - i % channels + channels - 1];
}

ML_SIMD_FUNCTION(alpha_spread_row,
                 (float *restrict to, const float *restrict from, size_t count,
                  size_t channels),
                 (to, from, count, channels))
{
    if (channels == 2)
        alpha_spread(to, from, count, 2);
    else
        alpha_spread(to, from, count, 4);
}

void ml_alpha_broadcast(float *restrict to, const float *restrict from,
                        size_t count, size_t channels)
{
    alpha_spread_row(to, from, count, channels);
}

ML_SIMD_FUNCTION(alpha_keep_row,
                 (uint8_t *restrict to, const uint8_t *restrict from,
                  size_t bytes, uint64_t kept),
                 (to, from, bytes, kept))
{
    const size_t words = bytes / sizeof kept;
    for (size_t i = 0; i < words; i++) {
        uint64_t word, alpha;
        memcpy(&word, to + i * sizeof word, sizeof word);
        memcpy(&alpha, from + i * sizeof alpha, sizeof alpha);
        word = (word & ~kept) | (alpha & kept);
        memcpy(to + i * sizeof word, &word, sizeof word);
    }
}

void ml_alpha_restore(void *restrict to, const void *restrict from,
                      size_t bytes, const uint8_t pattern[ML_ALPHA_MASK_BYTES])
{
    uint8_t *to_bytes = to;
    const uint8_t *from_bytes = from;
    uint64_t kept;
    memcpy(&kept, pattern, sizeof kept);
    alpha_keep_row(to_bytes, from_bytes, bytes, kept);
    for (size_t i = bytes - bytes % sizeof kept; i < bytes; i++)
        to_bytes[i] =
            pattern[i % ML_ALPHA_MASK_BYTES] ? from_bytes[i] : to_bytes[i];
}
