/* narrow.c: the passes in 16-bit arithmetic, in 1/64 of a level. */
#include "filters/kernels/narrow.h"

#include "filters/kernels/passes.h"
#include "filters/kernels/transpose.h"

typedef int16_t band_value;
#define BAND_TILE_ROWS ML_NARROW_TILE_ROWS
#define BAND_WEIGHTS(taps) ((taps)->narrow)
#define BAND_PRODUCT(a, k) ml_narrow_product(a, k)
#define BAND_BLOCK 8
#define band_transpose ml_transpose_8x8

/* On its own: gcc does not find the rounded product where samples are widened
 * in the same loop. */
ML_CLONES static void band_load_row(int16_t *restrict to,
                                    const uint8_t *restrict from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (int16_t)(from[i] << 6);
}

static void band_load(const struct ml_band *band, int16_t *to, int64_t y,
                      size_t x, size_t count)
{
    band_load_row(to, ml_window_row(band, y) + x, count);
}

#include "filters/kernels/band.h"

void ml_narrow_band(const struct ml_band *band)
{
    band_run(band);
}
