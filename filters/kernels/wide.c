/* wide.c: the passes in floats, one per level, each product and each sum
 * rounded by itself in the order of the taps: the same at every vector width.
 */
#include "base/simd.h"
#include "filters/kernels/passes.h"
#include "filters/kernels/transpose.h"

typedef float band_value;
#define BAND_TILE_ROWS ML_WIDE_TILE_ROWS
#define BAND_WEIGHTS(taps) ((taps)->wide)
#define BAND_PRODUCT(a, k) ((a) * (k))
#define BAND_PAIRS 0
#define BAND_BLOCK 4
#define band_transpose ml_transpose_4x4

ML_SIMD_FUNCTION(band_load_8,
                 (const struct ml_band *band, int64_t from, int64_t end,
                  size_t x, size_t count),
                 (band, from, end, x, count))
{
    float *to = band->tile;
    for (int64_t y = from; y < end; y++, to += ML_TILE) {
        const uint8_t *row = ml_window_row(band, y) + x;
        ml_window_fetch(band, row, x, sizeof *row);
        if (count == ML_TILE) {
            for (size_t i = 0; i < ML_TILE; i++)
                to[i] = row[i];
            continue;
        }
        for (size_t i = 0; i < count; i++)
            to[i] = row[i];
    }
}

ML_SIMD_FUNCTION(band_load_16,
                 (const struct ml_band *band, int64_t from, int64_t end,
                  size_t x, size_t count),
                 (band, from, end, x, count))
{
    float *to = band->tile;
    for (int64_t y = from; y < end; y++, to += ML_TILE) {
        const uint16_t *row =
            (const uint16_t *)(const void *)ml_window_row(band, y) + x;
        ml_window_fetch(band, row, x, sizeof *row);
        if (count == ML_TILE) {
            for (size_t i = 0; i < ML_TILE; i++)
                to[i] = row[i];
            continue;
        }
        for (size_t i = 0; i < count; i++)
            to[i] = row[i];
    }
}

static void band_load(const struct ml_band *band, int64_t from, int64_t end,
                      size_t x, size_t count)
{
    if (band->plane->bits == 8)
        band_load_8(band, from, end, x, count);
    else
        band_load_16(band, from, end, x, count);
}

#include "filters/kernels/band.h"

void ml_wide_band(const struct ml_band *band)
{
    band_run(band);
}
