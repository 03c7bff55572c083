/* wide.c: the passes in floats, one per level, each product and each sum
 * rounded by itself in the order of the taps: the same at every vector width.
 */
#include "filters/kernels/passes.h"
#include "filters/kernels/transpose.h"

typedef float band_value;
#define BAND_TILE_ROWS ML_WIDE_TILE_ROWS
#define BAND_WEIGHTS(taps) ((taps)->wide)
#define BAND_PRODUCT(a, k) ((a) * (k))
#define BAND_BLOCK 4
#define band_transpose ml_transpose_4x4

ML_CLONES static void band_load_8(float *restrict to,
                                  const uint8_t *restrict from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = from[i];
}

ML_CLONES static void band_load_16(float *restrict to,
                                   const uint16_t *restrict from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = from[i];
}

static void band_load(const struct ml_band *band, float *to, int64_t y,
                      size_t x, size_t count)
{
    const void *row = ml_window_row(band, y);
    if (band->plane->bits == 8)
        band_load_8(to, (const uint8_t *)row + x, count);
    else
        band_load_16(to, (const uint16_t *)row + x, count);
}

#include "filters/kernels/band.h"

void ml_wide_band(const struct ml_band *band)
{
    band_run(band);
}
