/* f32.c: the passes in floats, one per level, each product and each sum
 * rounded by itself in the order of the taps: the same at every vector width.
 */
#include "filters/kernels/separable/passes.h"
#include "filters/kernels/vectors.h"

typedef float band_value;
#define BAND_TILE_ROWS ML_F32_TILE_ROWS
#define BAND_WEIGHTS(taps) ((taps)->f32)
#define BAND_PAIRS 0
#define BAND_BLOCK 4
#define BAND_KIND floats
#define BAND_SUM(bytes) F32_SUM
#define F32_SUM(a, b) ((a) + (b))
#define BAND_PRODUCT(bytes) F32_PRODUCT
#define F32_PRODUCT(a, k) ((a) * (k))

ML_INLINE void band_load_row(float *restrict to, const void *restrict from,
                             const struct ml_band *band, size_t count)
{
    const uint8_t *row_8 = from;
    const uint16_t *row_16 = from;
    if (band->plane->bits == 8)
        for (size_t i = 0; i < count; i++)
            to[i] = row_8[i];
    else
        for (size_t i = 0; i < count; i++)
            to[i] = row_16[i];
}

#include "filters/kernels/separable/variants.h"

void ml_band_run_f32(const struct ml_band *band)
{
    band_run(band);
}
