/* q6.c: the passes in 16-bit arithmetic, in 1/64 of a level. */
#include "filters/kernels/separable/passes.h"
#include "filters/kernels/vectors.h"

typedef int16_t band_value;
#define BAND_TILE_ROWS ML_Q6_TILE_ROWS
#define BAND_WEIGHTS(taps) ((taps)->q15)
#define BAND_PAIRS 1
#define BAND_BLOCK 8
#define BAND_KIND shorts
#define BAND_SUM_(bytes) ml_add_##bytes
#define BAND_SUM(bytes) BAND_SUM_(bytes)
#define BAND_PRODUCT_(bytes) ml_mulhrs_##bytes
#define BAND_PRODUCT(bytes) BAND_PRODUCT_(bytes)

ML_INLINE void band_load_row(int16_t *restrict to, const void *restrict from,
                             const struct ml_band *band, size_t count)
{
    const uint8_t *row = from;
    (void)band;
    for (size_t i = 0; i < count; i++)
        to[i] = (int16_t)(row[i] * ML_Q6_ONE);
}

#include "filters/kernels/separable/variants.h"

void ml_band_run_q6(const struct ml_band *band)
{
    band_run(band);
}
