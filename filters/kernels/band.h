/* band.h: the two passes over a band of rows, written once for both
 * precisions.  Included by narrow.c and wide.c, which define before:
 *
 *   band_value            type of a value and of a weight
 *   BAND_TILE_ROWS        source rows in a tile
 *   BAND_WEIGHTS(taps)    their weights
 *   BAND_PRODUCT(a, k)    value times weight
 *   BAND_PAIRS            1 when planes may be paired, else 0
 *   band_load(band, from, end, x, count)   samples of source rows into the tile
 *   band_transpose(to, to_stride, from, from_stride), BAND_BLOCK square
 *
 * All is static; what it makes is band_run().
 */
#ifndef ML_FILTERS_KERNELS_BAND_H
#define ML_FILTERS_KERNELS_BAND_H

#include <string.h>

#include "base/simd.h"
#include "filters/kernels/passes.h"

/* sums[i] += weights[t] * values[t * stride + i] for a constant `width`, in
 * pieces whose sums stay in registers. */
ML_INLINE void band_add(band_value *restrict sums, size_t width,
                        const band_value *restrict values, size_t stride,
                        const band_value *restrict weights, size_t count)
{
    band_value s[ML_TILE];
    memcpy(s, sums, width * sizeof *s);
    for (size_t t = 0; t < count; t++) {
        const band_value weight = weights[t];
        const band_value *row = values + t * stride;
#pragma omp simd
        for (size_t i = 0; i < width; i++)
            s[i] = (band_value)(s[i] + BAND_PRODUCT(row[i], weight));
    }
    memcpy(sums, s, width * sizeof *s);
}

/* The same for weights that read the same from either end. */
ML_INLINE void band_add_pairs(band_value *restrict sums, size_t width,
                              const band_value *restrict values, size_t stride,
                              const band_value *restrict weights, size_t count)
{
    const size_t half = count / 2;
    band_value s[ML_TILE];
    memcpy(s, sums, width * sizeof *s);
    for (size_t t = 0; t < half; t++) {
        const band_value weight = weights[t];
        const band_value *a = values + t * stride;
        const band_value *b = values + (count - 1 - t) * stride;
#pragma omp simd
        for (size_t i = 0; i < width; i++)
            s[i] = (band_value)(s[i] + BAND_PRODUCT((band_value)(a[i] + b[i]),
                                                    weight));
    }
    const band_value *middle = values + half * stride;
#pragma omp simd
    for (size_t i = 0; i < width; i++)
        s[i] = (band_value)(s[i] + BAND_PRODUCT(middle[i], weights[half]));
    memcpy(sums, s, width * sizeof *s);
}

/* ---- rows ---- */

ML_SIMD_FUNCTION(band_row_sums,
                 (band_value *restrict sums, const band_value *restrict tile,
                  const band_value *restrict weights, size_t count,
                  bool paired),
                 (sums, tile, weights, count, paired))
{
    for (size_t half = 0; half < ML_TILE; half += ML_TILE / 2)
        if (BAND_PAIRS && paired)
            band_add_pairs(sums + half, ML_TILE / 2, tile + half, ML_TILE,
                           weights, count);
        else
            band_add(sums + half, ML_TILE / 2, tile + half, ML_TILE, weights,
                     count);
}

/* Add what source rows [from, end), now in the tile, give to each row. */
static void band_rows_of_tile(const struct ml_band *band, int64_t from,
                              int64_t end)
{
    const struct ml_taps *taps = &band->plane->y;
    const band_value *tile = band->tile;
    band_value *mid = band->mid;
    for (uint32_t j = 0; j < band->rows; j++) {
        const struct ml_tap *at = &taps->at[band->y + j];
        const int64_t first = at->first, last = first + at->count;
        const int64_t lo = first > from ? first : from;
        const int64_t hi = last < end ? last : end;
        if (lo < hi)
            band_row_sums(mid + (size_t)j * ML_TILE,
                          tile + (size_t)(lo - from) * ML_TILE,
                          BAND_WEIGHTS(taps) + at->weights + (lo - first),
                          (size_t)(hi - lo), band->plane->paired);
    }
}

/* Sums over rows of columns [x, x + count), transposed into the strip. */
static void band_columns_of_rows(const struct ml_band *band, size_t x,
                                 size_t count)
{
    const struct ml_tap *head = &band->plane->y.at[band->y];
    const struct ml_tap *tail = head + band->rows - 1;
    const int64_t end = (int64_t)tail->first + tail->count;
    memset(band->mid, 0, (size_t)band->lanes * ML_TILE * sizeof(band_value));
    for (int64_t from = head->first; from < end; from += BAND_TILE_ROWS) {
        const int64_t stop =
            from + BAND_TILE_ROWS < end ? from + BAND_TILE_ROWS : end;
        band_load(band, from, stop, x, count);
        band_rows_of_tile(band, from, stop);
    }
}

ML_SIMD_FUNCTION(band_turn,
                 (band_value *restrict to, size_t to_stride, size_t to_rows,
                  const band_value *restrict from, size_t from_stride,
                  size_t to_columns),
                 (to, to_stride, to_rows, from, from_stride, to_columns))
{
    for (size_t j = 0; j < to_columns; j += BAND_BLOCK)
        for (size_t i = 0; i < to_rows; i += BAND_BLOCK)
            band_transpose(to + i * to_stride + j, to_stride,
                           from + j * from_stride + i, from_stride);
}

/* Tiles from left to right; the last overlaps the one before, so that each but
 * a lone one is whole. */
static void band_rows(const struct ml_band *band)
{
    const struct ml_taps *taps = &band->plane->x;
    const size_t channels = band->plane->channels, lanes = band->lanes;
    const size_t samples = (size_t)taps->in * channels;
    band_value *strip =
        (band_value *)band->strip + taps->reach * channels * lanes;
    if (samples < ML_TILE)
        memset(band->tile, 0, sizeof(band_value) * ML_TILE * BAND_TILE_ROWS);
    for (size_t x = 0; x < samples; x += ML_TILE) {
        if (samples >= ML_TILE && x > samples - ML_TILE)
            x = samples - ML_TILE;
        const size_t count = samples < ML_TILE ? samples : ML_TILE;
        band_columns_of_rows(band, x, count);
        band_turn(strip + x * lanes, lanes, count, band->mid, ML_TILE, lanes);
    }
}

/* Repeat the first and last pixel of the strip into its padding. */
static void band_pad(const struct ml_band *band)
{
    const struct ml_taps *taps = &band->plane->x;
    const size_t pixel = band->plane->channels * band->lanes;
    band_value *head = band->strip;
    band_value *tail = head + (taps->reach + taps->in) * pixel;
    for (size_t i = 0; i < taps->reach; i++) {
        memcpy(head + i * pixel, head + taps->reach * pixel,
               pixel * sizeof *head);
        memcpy(tail + i * pixel, tail - pixel, pixel * sizeof *head);
    }
}

/* ---- columns ---- */

/* Pixels [x, x_end), each `width` = channels * lanes values side by side. */
ML_INLINE void band_pixels(const struct ml_band *band, size_t width, uint32_t x,
                           uint32_t x_end)
{
    const struct ml_taps *taps = &band->plane->x;
    const band_value *strip = band->strip;
    band_value *turned = band->turned;
    for (; x < x_end; x++, turned += width) {
        const struct ml_tap *at = &taps->at[x];
        const size_t first = (size_t)(at->first + (int64_t)taps->reach);
        memset(turned, 0, width * sizeof *turned);
        const band_value *weights = BAND_WEIGHTS(taps) + at->weights;
        if (BAND_PAIRS && band->plane->paired)
            band_add_pairs(turned, width, strip + first * width, width, weights,
                           at->count);
        else
            band_add(turned, width, strip + first * width, width, weights,
                     at->count);
    }
}

/* The width must be a constant for the sums to stay in registers. */
ML_SIMD_FUNCTION(band_pixels_any,
                 (const struct ml_band *band, uint32_t x, uint32_t x_end),
                 (band, x, x_end))
{
    switch (band->plane->channels * band->lanes / 8) {
    case 1:
        band_pixels(band, 8, x, x_end);
        break;
    case 2:
        band_pixels(band, 16, x, x_end);
        break;
    case 3:
        band_pixels(band, 24, x, x_end);
        break;
    case 4:
        band_pixels(band, 32, x, x_end);
        break;
    case 6:
        band_pixels(band, 48, x, x_end);
        break;
    case 8:
        band_pixels(band, 64, x, x_end);
        break;
    case 12:
        band_pixels(band, 96, x, x_end);
        break;
    default:
        band_pixels(band, 128, x, x_end);
        break;
    }
}

static void band_run(const struct ml_band *band)
{
    const uint32_t channels = band->plane->channels;
    const uint32_t step = ML_PIXELS, out = band->plane->x.out;
    band_rows(band);
    band_pad(band);
    for (uint32_t x = 0; x < out; x += step) {
        const uint32_t x_end = out - x < step ? out : x + step;
        const size_t count = (size_t)(x_end - x) * channels;
        band_pixels_any(band, x, x_end);
        band_turn(band->ready, ML_TURNED, band->lanes, band->turned,
                  band->lanes, count);
        const struct ml_block block = {.plane = band->plane,
                                       .y = band->y,
                                       .rows = band->rows,
                                       .x = (size_t)x * channels,
                                       .count = count,
                                       .values = band->ready,
                                       .stride = ML_TURNED};
        band->emit->block(band->emit->context, &block);
    }
}

#endif
