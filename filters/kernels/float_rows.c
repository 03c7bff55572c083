/* float_rows.c: see float_rows.h. */
#include "filters/kernels/float_rows.h"

#include "os/simd_level.h"

ML_SIMD_FUNCTION(float_row_load,
                 (float *restrict level, const void *restrict from,
                  size_t count, unsigned bits),
                 (level, from, count, bits))
{
    const uint8_t *from_8 = from;
    const uint16_t *from_16 = from;
    if (bits == 8)
        for (size_t i = 0; i < count; i++)
            level[i] = from_8[i];
    else
        for (size_t i = 0; i < count; i++)
            level[i] = from_16[i];
}

void ml_float_row_load(float *restrict level, const void *restrict from,
                       size_t count, unsigned bits)
{
    float_row_load(level, from, count, bits);
}

ML_SIMD_FUNCTION(float_row_store,
                 (void *restrict to, const float *restrict level, size_t count,
                  unsigned bits),
                 (to, level, count, bits))
{
    uint8_t *to_8 = to;
    uint16_t *to_16 = to;
    if (bits == 8)
        for (size_t i = 0; i < count; i++)
            to_8[i] = (uint8_t)(int32_t)(level[i] + 0.5F);
    else
        for (size_t i = 0; i < count; i++)
            to_16[i] = (uint16_t)(int32_t)(level[i] + 0.5F);
}

void ml_float_row_store(void *restrict to, const float *restrict level,
                        size_t count, unsigned bits)
{
    float_row_store(to, level, count, bits);
}
