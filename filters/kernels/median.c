/* median.c: see median.h. */
#include "filters/kernels/median.h"

#include <string.h>

#include "filters/kernels/vectors.h"
#include "os/simd_level.h"

/* Samples made at once: enough that sorted columns have arrived in the cache
 * when they are read, few enough to stay there.  And the columns that takes, 4
 * pixels more, in whole vectors. */
#define MEDIAN_PIECE 1024
#define MEDIAN_PITCH (MEDIAN_PIECE + 64)
/* Samples by which rows, and the lines that results go to, are asked for. */
#define MEDIAN_AHEAD 2048

#define median_sample uint8_t
#define MEDIAN_KIND byte
#include "filters/kernels/median_targets.h"

#define median_sample uint16_t
#define MEDIAN_KIND word
#include "filters/kernels/median_targets.h"

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
