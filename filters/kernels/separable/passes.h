/* passes.h: the two passes over a band of rows, which separable.c calls.
 *
 * A band is at most `lanes` output rows.  Memory of a band, all from the
 * scratch of the call:
 *   tile   source rows x ML_TILE columns, converted once for all rows of the
 *          band; fits the first-level cache
 *   mid    lanes x ML_TILE sums over rows, row by row
 *   strip  the same sums for the whole width, transposed: for each sample
 *          column one value a lane, with `pad` replicated pixels at both ends
 *   columns up to ML_COLUMNS finished columns, transposed
 *   ready  the same columns as rows again, as emitted
 * Lanes beyond the rows of the band hold zeros; their sums are not used.
 */
#ifndef ML_FILTERS_KERNELS_SEPARABLE_PASSES_H
#define ML_FILTERS_KERNELS_SEPARABLE_PASSES_H

#include "filters/kernels/planes.h"
#include "filters/kernels/separable/plane.h"
#include "os/simd_level.h"

#define ML_PIXELS 64                         /* pixels finished at once */
#define ML_CHANNELS 4                        /* at most */
#define ML_COLUMNS (ML_PIXELS * ML_CHANNELS) /* their samples, at most */
#define ML_TILE 128                          /* sample columns */
/* Source rows in a tile: 32 KB in both precisions. */
#define ML_Q6_TILE_ROWS 128
#define ML_F32_TILE_ROWS 64
/* Output rows of a band, at most and at least. */
#define ML_Q6_LANES 32
#define ML_F32_LANES 16
#define ML_LANES_LEAST 8

struct ml_band {
    const struct ml_separable *plane;
    const struct ml_plane_src *src;
    const struct ml_emit *emit;
    uint32_t y, rows, lanes;
    void *tile, *mid, *strip, *columns, *ready;
};

void ml_band_run_q6(const struct ml_band *band);
void ml_band_run_f32(const struct ml_band *band);

/* Row `y` of the plane, moved to the border if it is outside the picture. */
ML_INLINE const uint8_t *ml_window_row(const struct ml_band *band, int64_t y)
{
    const int64_t last = (int64_t)band->plane->y.in - 1;
    y = y < 0 ? 0 : y > last ? last : y;
    return band->src->data +
           (size_t)(y - band->src->y) * band->src->stride_bytes;
}

/* Prefetch the piece of a row that the next tile reads.  A tile reads two cache
 * lines from each of many rows, which no hardware prefetcher follows. */
ML_INLINE void ml_window_fetch(const struct ml_band *band, const void *piece,
                               size_t x, size_t sample_bytes)
{
    const size_t samples = (size_t)band->plane->x.in * band->plane->channels;
    const size_t tile = ML_TILE * sample_bytes;
    if (samples - x < 2 * ML_TILE)
        return;
    /* The ends of the lines: they may begin in the tile before. */
    for (size_t i = 63; i < tile; i += 64)
        __builtin_prefetch((const char *)piece + tile + i);
}

#endif
