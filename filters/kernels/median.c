/* median.c: see median.h. */
#include "filters/kernels/median.h"

#include <string.h>

#include "filters/kernels/vectors.h"
#include "os/simd_level.h"

/* Samples made at once: enough that sorted columns have arrived in the cache
 * when they are read, few enough to stay there.  The pitch has space for the
 * columns of a piece, 4 pixels more, in whole vectors. */
#define MEDIAN_PIECE 1024
#define MEDIAN_PITCH (MEDIAN_PIECE + 64)
/* Samples ahead of which input and output rows are prefetched. */
#define MEDIAN_AHEAD 2048

#define median_sample uint8_t
#define MEDIAN_KIND byte
#include "filters/kernels/median_targets.h"

#define median_sample uint16_t
#define MEDIAN_KIND word
#include "filters/kernels/median_targets.h"

void ml_median_row(void *to, const uint8_t *const *rows, size_t count,
                   size_t step, unsigned side, unsigned bits)
{
    const uint16_t *rows_16[ML_MEDIAN_SIDE_MAX];
    if (bits == 8) {
        median_row_byte_any(to, rows, count, step, side);
        return;
    }
    for (unsigned y = 0; y < side; y++)
        rows_16[y] = (const uint16_t *)(const void *)rows[y];
    median_row_word_any(to, rows_16, count, step, side);
}
