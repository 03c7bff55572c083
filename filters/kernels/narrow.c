/* narrow.c: the passes in 16-bit arithmetic, in 1/64 of a level. */
#include "filters/kernels/narrow.h"

#include "base/simd.h"
#include "filters/kernels/passes.h"
#include "filters/kernels/transpose.h"

typedef int16_t band_value;
#define BAND_TILE_ROWS ML_NARROW_TILE_ROWS
#define BAND_WEIGHTS(taps) ((taps)->narrow)
#define BAND_PRODUCT(a, k) ml_narrow_product(a, k)
#define BAND_PAIRS 1
#define BAND_BLOCK 8
#define band_transpose ml_transpose_8x8

/* On its own: gcc does not find the rounded product where samples are widened
 * in the same loop. */
ML_SIMD_FUNCTION(band_load,
                 (const struct ml_band *band, int64_t from, int64_t end,
                  size_t x, size_t count),
                 (band, from, end, x, count))
{
    int16_t *to = band->tile;
    for (int64_t y = from; y < end; y++, to += ML_TILE) {
        const uint8_t *row = ml_window_row(band, y) + x;
        ml_window_fetch(band, row, x, 1);
        if (count == ML_TILE) {
            for (size_t i = 0; i < ML_TILE; i++)
                to[i] = (int16_t)(row[i] << 6);
            continue;
        }
        for (size_t i = 0; i < count; i++)
            to[i] = (int16_t)(row[i] << 6);
    }
}

#include "filters/kernels/band.h"

void ml_narrow_band(const struct ml_band *band)
{
    band_run(band);
}
