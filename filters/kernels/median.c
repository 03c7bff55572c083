/* median.c: see median.h. */
#include "filters/kernels/median.h"

#include <string.h>

#include "base/simd.h"
#include "filters/kernels/vectors.h"

#define MEDIAN_PIECE 256                 /* samples made at once, and the */
#define MEDIAN_PITCH (MEDIAN_PIECE + 16) /* columns that takes: 4 pixels more  \
                                          */

#define median_sample uint8_t
#define MEDIAN_KIND byte
#include "filters/kernels/median_levels.h"

#define median_sample uint16_t
#define MEDIAN_KIND word
#include "filters/kernels/median_levels.h"

void ml_median_8(uint8_t *to, const uint8_t *const *rows, size_t count,
                 size_t step, unsigned side)
{
    median_row_byte_any(to, rows, count, step, side);
}

void ml_median_16(uint16_t *to, const uint16_t *const *rows, size_t count,
                  size_t step, unsigned side)
{
    median_row_word_any(to, rows, count, step, side);
}
