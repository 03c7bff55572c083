/* float_rows.h: rows of samples to floats, one per level, and back.  Static, so
 * that each file that includes it has loops for the depths that it uses.
 */
#ifndef ML_FILTERS_KERNELS_FLOAT_ROWS_H
#define ML_FILTERS_KERNELS_FLOAT_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "os/simd_level.h"

/* Samples in a piece of a row: whole pixels of 2 and 4 channels. */
#define ML_FLOAT_PIECE 256

/* `from`: samples of 8 or 16 bits. */
ML_SIMD_FUNCTION(ml_float_row_load,
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

/* To the nearest sample, halves up.  Levels are within the range of samples. */
ML_SIMD_FUNCTION(ml_float_row_store,
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

#endif
