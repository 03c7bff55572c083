/* separable.c: see separable.h. */
#include "filters/kernels/separable/separable.h"

#include "base/size_math.h"
#include "filters/kernels/separable/passes.h"
#include "filters/kernels/separable/ref.h"
#include "os/simd_level.h"

/* Bytes of the transposed columns above which a band has fewer lanes, so that
 * they stay in the second-level cache. */
#define STRIP_BYTES ((size_t)768 << 10)

/* ---- prepare ---- */

/* The largest error of 16-bit arithmetic, in levels, over all pictures: each
 * product is rounded to 1/64 of a level, and the weights were rounded.  The
 * weights of the columns multiply the error of the rows. */
static double separable_error(const struct ml_separable *plane,
                              const struct ml_tap_stats *x,
                              const struct ml_tap_stats *y)
{
    const uint32_t share = plane->symmetric_pairs ? 2 : 1;
    const double product = 0.5 / ML_Q6_ONE;
    const double rows = (plane->y.most / share + 1) * product + 255 * y->error;
    const double columns = (plane->x.most / share + 1) * product +
                           255 * (y->positive + y->negative) * x->error;
    return rows * (x->positive + x->negative) + columns;
}

/* The largest value that overshoot can reach must stay below 512 levels, the
 * range of int16 in 1/64. */
static bool separable_in_range(const struct ml_tap_stats *x,
                               const struct ml_tap_stats *y)
{
    return x->positive * y->positive + x->negative * y->negative < 1.98 &&
           x->positive * y->negative + x->negative * y->positive < 1.98;
}

static bool separable_choose(struct ml_separable *plane, struct ml_arena *arena,
                             double max_error_levels)
{
    plane->q6 = plane->symmetric_pairs = false;
    if (plane->bits == 8) {
        const size_t mark = ml_arena_mark(arena);
        struct ml_tap_stats x, y;
        if (!ml_taps_q15(&plane->x, arena, &x) ||
            !ml_taps_q15(&plane->y, arena, &y))
            return false;
        /* Sums of two stay below 512 levels where no weight is negative; the
         * rows of a band and their taps must fit one tile. */
        plane->symmetric_pairs =
            plane->x.symmetric && plane->y.symmetric &&
            plane->y.radius * 2 + ML_Q6_LANES <= ML_Q6_TILE_ROWS;
        plane->q6 = x.fits && y.fits && separable_in_range(&x, &y) &&
                    separable_error(plane, &x, &y) < max_error_levels;
        if (plane->q6)
            return true;
        plane->x.q15 = plane->y.q15 = NULL;
        plane->symmetric_pairs = false;
        ml_arena_reset(arena, mark);
    }
    return ml_taps_f32(&plane->x, arena) && ml_taps_f32(&plane->y, arena);
}

/* Columns of a strip: those of the plane, the padding at both ends, and space
 * for the last tile, which is written in whole blocks of eight. */
static size_t separable_columns(const struct ml_separable *plane)
{
    return ((size_t)plane->x.in + 2 * (size_t)plane->x.radius) *
               plane->channels +
           ML_TILE;
}

static size_t separable_unit(const struct ml_separable *plane)
{
    return plane->q6 ? sizeof(int16_t) : sizeof(float);
}

static size_t separable_tile_bytes(const struct ml_separable *plane)
{
    return separable_unit(plane) * ML_TILE *
           (plane->q6 ? ML_Q6_TILE_ROWS : ML_F32_TILE_ROWS);
}

bool ml_separable_prepare(struct ml_separable *plane, struct ml_arena *arena,
                          double max_error_levels)
{
    if (!separable_choose(plane, arena, max_error_levels))
        return false;
    const size_t unit = separable_unit(plane);
    const size_t columns = separable_columns(plane);
    plane->max_lanes = plane->q6 ? ML_Q6_LANES : ML_F32_LANES;
    while (plane->max_lanes > ML_LANES_LEAST &&
           columns * plane->max_lanes * unit > STRIP_BYTES)
        plane->max_lanes /= 2;
    plane->scratch_bytes =
        ML_ARENA_ALIGN + separable_tile_bytes(plane) +
        unit * (ML_TILE + 2 * ML_COLUMNS + columns) * plane->max_lanes;
    const size_t ref_bytes = ml_separable_ref_bytes(plane);
    if (plane->scratch_bytes < ref_bytes)
        plane->scratch_bytes = ref_bytes;
    return true;
}

/* ---- tuned ---- */

static void separable_scratch(struct ml_band *band, void *scratch)
{
    const struct ml_separable *plane = band->plane;
    const size_t unit = separable_unit(plane);
    const size_t columns = unit * ML_COLUMNS * band->lanes;
    uint8_t *at = scratch;
    at += -(uintptr_t)at % ML_ARENA_ALIGN;
    band->tile = at;
    band->mid = at += separable_tile_bytes(plane);
    band->columns = at += unit * ML_TILE * band->lanes;
    band->ready = at += columns;
    band->strip = at + columns;
}

struct ml_range ml_separable_input_window(const struct ml_separable *planes,
                                          const struct ml_shape *shape,
                                          uint32_t y, uint32_t y_end)
{
    struct ml_range range = {y, y_end};
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const struct ml_tap_range span =
            ml_taps_range(&planes[p].y, y / ml_plane_sub_y(shape, p),
                          ml_plane_y(shape, p, y_end));
        ml_range_widen(&range, shape, p, span);
    }
    return range;
}

void ml_separable_rows(const struct ml_separable *plane, void *scratch,
                       const struct ml_plane_src *src, uint32_t y,
                       uint32_t y_end, const struct ml_emit *emit)
{
    while (y < y_end) {
        struct ml_band band = {
            .plane = plane, .src = src, .emit = emit, .y = y};
        const uint32_t left = y_end - y;
        band.lanes = plane->max_lanes;
        while (band.lanes > ML_LANES_LEAST && band.lanes / 2 >= left)
            band.lanes /= 2;
        band.rows = left < band.lanes ? left : band.lanes;
        separable_scratch(&band, scratch);
        (plane->q6 ? ml_band_run_q6 : ml_band_run_f32)(&band);
        y += band.rows;
    }
}

/* ---- storing ---- */

ML_SIMD_FUNCTION(store_q6,
                 (uint8_t *restrict to, const int16_t *restrict from,
                  size_t count),
                 (to, from, count))
{
    for (size_t i = 0; i < count; i++) {
        const uint16_t value = (uint16_t)(from[i] < 0 ? 0 : from[i]);
        const uint16_t level = (uint16_t)(value + 32) >> 6;
        to[i] = (uint8_t)(level > 255 ? 255 : level);
    }
}

/* Clamped before rounding, so that the conversion is always defined. */
ML_SIMD_FUNCTION(store_f32_8,
                 (uint8_t *restrict to, const float *restrict from,
                  size_t count),
                 (to, from, count))
{
    for (size_t i = 0; i < count; i++) {
        float level = from[i] < 0 ? 0 : from[i];
        level = level > 255 ? 255 : level;
        to[i] = (uint8_t)(int32_t)(level + 0.5F);
    }
}

ML_SIMD_FUNCTION(store_f32_16,
                 (uint16_t *restrict to, const float *restrict from,
                  size_t count),
                 (to, from, count))
{
    for (size_t i = 0; i < count; i++) {
        float level = from[i] < 0 ? 0 : from[i];
        level = level > 65535 ? 65535 : level;
        to[i] = (uint16_t)(int32_t)(level + 0.5F);
    }
}

void ml_separable_store(const void *context, const struct ml_block *block)
{
    const struct ml_plane_dst *dst = context;
    const struct ml_separable *plane = block->plane;
    uint8_t *row = dst->data + (block->y - dst->y) * dst->stride_bytes +
                   block->x * (plane->bits / 8U);
    for (uint32_t j = 0; j < block->rows; j++, row += dst->stride_bytes) {
        const size_t from = j * block->stride;
        ml_block_fetch(row, block->count * (plane->bits / 8U));
        if (plane->q6)
            store_q6(row, (const int16_t *)block->values + from, block->count);
        else if (plane->bits == 8)
            store_f32_8(row, (const float *)block->values + from, block->count);
        else
            store_f32_16((uint16_t *)(void *)row,
                         (const float *)block->values + from, block->count);
    }
}
