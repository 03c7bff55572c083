/* band.h: the two passes over a band of rows, written once for both precisions
 * and all SIMD targets.  A template: variants.h includes it for each target,
 * for q6.c and f32.c, which define before:
 *
 *   band_value            type of a value and of a weight
 *   BAND_TILE_ROWS        source rows in a tile
 *   BAND_WEIGHTS(taps)    their weights
 *   BAND_PAIRS            1 when planes may be paired, else 0
 *   BAND_KIND             shorts or floats
 *   BAND_SUM(bytes), BAND_PRODUCT(bytes)   functions of two vectors
 *   band_load_row(to, from, band, count)   samples of a row into values
 *
 * and variants.h for each target:
 *
 *   BAND_BYTES            of a vector
 *   BAND_TARGET           target of the functions
 *   BAND_NAME(name)       their names
 *
 * All is static; the result is band_run().
 */
#define band_vector BAND_NAME(band_vector)
#define band_load BAND_NAME(band_load)
#define band_rows_of_tile BAND_NAME(band_rows_of_tile)
#define band_columns_of_rows BAND_NAME(band_columns_of_rows)
#define band_to_columns BAND_NAME(band_to_columns)
#define band_to_rows BAND_NAME(band_to_rows)
#define band_rows BAND_NAME(band_rows)
#define band_pixels BAND_NAME(band_pixels)
#define band_pixels_any BAND_NAME(band_pixels_any)
#define band_run BAND_NAME(band_run)

#define BAND_INLINE BAND_TARGET ML_INLINE
#define band_plus BAND_SUM(BAND_BYTES)
#define band_times BAND_PRODUCT(BAND_BYTES)
#define BAND_STEP (BAND_BYTES / sizeof(band_value)) /* values in a vector */

typedef band_value band_vector __attribute__((vector_size(BAND_BYTES)));

#include "filters/kernels/separable/band_sums.h"

/* ---- rows ---- */

/* Not within the sums: each row is converted once for all output rows. */
BAND_TARGET static void band_load(const struct ml_band *band, int64_t from,
                                  int64_t end, size_t x, size_t count)
{
    const size_t sample_bytes = band->plane->bits / 8U;
    band_value *to = band->tile;
    for (int64_t y = from; y < end; y++, to += ML_TILE) {
        const uint8_t *row = ml_window_row(band, y) + x * sample_bytes;
        ml_window_fetch(band, row, x, sample_bytes);
        if (count == ML_TILE)
            band_load_row(to, row, band, ML_TILE);
        else
            band_load_row(to, row, band, count);
    }
}

/* Add to each row its share of source rows [from, end), which are in the tile.
 */
BAND_TARGET static void band_rows_of_tile(const struct ml_band *band,
                                          int64_t from, int64_t end)
{
    const struct ml_taps *taps = &band->plane->y;
    const band_value *tile = band->tile;
    for (uint32_t j = 0, made = 1; j < band->rows; j += made) {
        band_value *sums = (band_value *)band->mid + (size_t)j * ML_TILE;
        const struct ml_tap *at = &taps->at[band->y + j];
        const int64_t first = at->first, last = first + at->count;
        const int64_t lo = first > from ? first : from;
        const int64_t hi = last < end ? last : end;
        const bool two = BAND_TWO && taps->same && lo == first && last < end &&
                         j + 1 < band->rows;
        made = two ? 2 : 1;
        if (lo >= hi)
            continue;
        const band_value *values = tile + (lo - from) * ML_TILE;
        const struct band_weights by = {
            BAND_WEIGHTS(taps) + at->weights + (lo - first), (size_t)(hi - lo),
            band->plane->symmetric_pairs};
        if (two)
            band_sum_two(sums, sums + ML_TILE, values, ML_TILE, &by,
                         ML_TILE / BAND_STEP);
        else
            band_sum(sums, lo == first ? NULL : sums, values, ML_TILE, &by,
                     ML_TILE / BAND_STEP);
    }
}

/* Sums over rows of columns [x, x + count). */
static void band_columns_of_rows(const struct ml_band *band, size_t x,
                                 size_t count)
{
    const struct ml_tap *head = &band->plane->y.at[band->y];
    const struct ml_tap *tail = head + band->rows - 1;
    const int64_t end = (int64_t)tail->first + tail->count;
    for (int64_t from = head->first; from < end; from += BAND_TILE_ROWS) {
        const int64_t stop =
            from + BAND_TILE_ROWS < end ? from + BAND_TILE_ROWS : end;
        band_load(band, from, stop, x, count);
        band_rows_of_tile(band, from, stop);
    }
}

/* The sums, rows of ML_TILE, to columns of `lanes`. */
BAND_TARGET static void band_to_columns(const struct ml_band *band,
                                        band_value *to, size_t count)
{
    const size_t lanes = band->lanes;
    const band_value *from = band->mid;
    for (size_t j = 0; j < count; j += BAND_BLOCK, from += BAND_BLOCK)
        for (size_t i = 0; i < lanes;) {
            band_value *at = to + j * lanes + i;
            const band_value *row = from + i * ML_TILE;
#if BAND_BYTES == 64
            if (lanes - i >= 4 * BAND_BLOCK) {
                BAND_TRANSPOSE(load, 64)(at, lanes, row, ML_TILE);
                i += 4 * BAND_BLOCK;
                continue;
            }
#endif
#if BAND_BYTES >= 32
            if (lanes - i >= 2 * BAND_BLOCK) {
                BAND_TRANSPOSE(load, 32)(at, lanes, row, ML_TILE);
                i += 2 * BAND_BLOCK;
                continue;
            }
#endif
            BAND_TRANSPOSE(load, 16)(at, lanes, row, ML_TILE);
            i += BAND_BLOCK;
        }
}

/* Finished columns of `lanes` back to rows of ML_COLUMNS. */
BAND_TARGET static void band_to_rows(const struct ml_band *band, size_t count)
{
    const size_t lanes = band->lanes;
    for (size_t j = 0; j < count; j += BAND_BLOCK)
        for (size_t i = 0; i < lanes;) {
            band_value *at = (band_value *)band->ready + i * ML_COLUMNS + j;
            const band_value *column =
                (const band_value *)band->columns + j * lanes + i;
#if BAND_BYTES == 64
            if (lanes - i >= 4 * BAND_BLOCK) {
                BAND_TRANSPOSE(store, 64)(at, ML_COLUMNS, column, lanes);
                i += 4 * BAND_BLOCK;
                continue;
            }
#endif
#if BAND_BYTES >= 32
            if (lanes - i >= 2 * BAND_BLOCK) {
                BAND_TRANSPOSE(store, 32)(at, ML_COLUMNS, column, lanes);
                i += 2 * BAND_BLOCK;
                continue;
            }
#endif
            BAND_TRANSPOSE(store, 16)(at, ML_COLUMNS, column, lanes);
            i += BAND_BLOCK;
        }
}

/* Tiles from left to right; the last overlaps the one before, so that each but
 * a single one is whole. */
static void band_rows(const struct ml_band *band)
{
    const struct ml_taps *taps = &band->plane->x;
    const size_t channels = band->plane->channels, lanes = band->lanes;
    const size_t samples = (size_t)taps->in * channels;
    band_value *strip =
        (band_value *)band->strip + taps->radius * channels * lanes;
    if (samples < ML_TILE)
        memset(band->tile, 0, sizeof(band_value) * ML_TILE * BAND_TILE_ROWS);
    /* Lanes that are not rows. */
    memset((band_value *)band->mid + (size_t)band->rows * ML_TILE, 0,
           (lanes - band->rows) * ML_TILE * sizeof(band_value));
    for (size_t x = 0; x < samples; x += ML_TILE) {
        if (samples >= ML_TILE && x > samples - ML_TILE)
            x = samples - ML_TILE;
        const size_t count = samples < ML_TILE ? samples : ML_TILE;
        band_columns_of_rows(band, x, count);
        band_to_columns(band, strip + x * lanes, count);
    }
}

/* ---- columns ---- */

/* Pixels [x, x_end), each of `width` = channels * lanes values side by side, in
 * `vectors` vectors.  Values of the last vector beyond the width are garbage,
 * written to the place of the next pixel, or for the last pixel to `ready`,
 * which is not filled yet. */
BAND_INLINE void band_pixels(const struct ml_band *band, uint32_t x,
                             uint32_t x_end, size_t vectors)
{
    const struct ml_taps *taps = &band->plane->x;
    const size_t width = (size_t)band->plane->channels * band->lanes;
    const bool symmetric_pairs = band->plane->symmetric_pairs;
    const band_value *strip = band->strip;
    band_value *columns = band->columns;
    for (uint32_t made; x < x_end; x += made, columns += made * width) {
        const struct ml_tap *at = &taps->at[x];
        const band_value *values =
            strip + (size_t)(at->first + (int64_t)taps->radius) * width;
        const struct band_weights by = {BAND_WEIGHTS(taps) + at->weights,
                                        at->count, symmetric_pairs};
        const bool two = BAND_TWO && taps->same && x + 1 < x_end;
        made = two ? 2 : 1;
        if (two)
            band_sum_two(columns, columns + width, values, width, &by, vectors);
        else
            band_sum(columns, NULL, values, width, &by, vectors);
    }
}

/* The number must be a constant for the sums to stay in registers. */
BAND_TARGET static void band_pixels_any(const struct ml_band *band, uint32_t x,
                                        uint32_t x_end)
{
    const size_t width = (size_t)band->plane->channels * band->lanes;
    switch ((width + BAND_STEP - 1) / BAND_STEP) {
    case 1:
        band_pixels(band, x, x_end, 1);
        break;
    case 2:
        band_pixels(band, x, x_end, 2);
        break;
    case 3:
        band_pixels(band, x, x_end, 3);
        break;
    case 4:
        band_pixels(band, x, x_end, 4);
        break;
#if BAND_BYTES < 64
    case 6:
        band_pixels(band, x, x_end, 6);
        break;
    case 8:
        band_pixels(band, x, x_end, 8);
        break;
#endif
#if BAND_BYTES < 32
    case 12:
        band_pixels(band, x, x_end, 12);
        break;
    case 16:
        band_pixels(band, x, x_end, 16);
        break;
#endif
    default:
        assert(false);
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
        band_to_rows(band, count);
        const struct ml_block block = {.plane = band->plane,
                                       .y = band->y,
                                       .rows = band->rows,
                                       .x = (size_t)x * channels,
                                       .count = count,
                                       .values = band->ready,
                                       .stride = ML_COLUMNS};
        band->emit->block(band->emit->context, &block);
    }
}

#undef band_vector
#undef band_get
#undef band_put
#undef band_add
#undef band_add_pairs
#undef band_part
#undef band_sum
#undef band_add_two
#undef band_add_two_pairs
#undef band_part_two
#undef band_sum_two
#undef band_load
#undef band_rows_of_tile
#undef band_columns_of_rows
#undef band_to_columns
#undef band_to_rows
#undef band_rows
#undef band_pixels
#undef band_pixels_any
#undef band_run
#undef band_plus
#undef band_times
#undef BAND_INLINE
#undef BAND_STEP
#undef BAND_HELD_TWO
#undef BAND_TWO
#undef BAND_BYTES
#undef BAND_TARGET
#undef BAND_NAME
