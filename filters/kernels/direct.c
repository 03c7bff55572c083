/* direct.c: see direct.h. */
#include "filters/kernels/direct.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/simd.h"

#define DIRECT_ROWS 32 /* output rows of a tile, which then fits the cache */
#define DIRECT_HALO 64 /* values within reach of a tile, both sides together   \
                        */
#define DIRECT_TILE_BYTES 1024
#define DIRECT_ROW_BYTES (DIRECT_TILE_BYTES + DIRECT_HALO * sizeof(float))

/* Weights whose sizes sum to this keep sums of bytes, and an offset of another
 * one, within int16. */
#define DIRECT_NARROW_MOST 127

/* ---- prepare ---- */

static bool direct_is_narrow(const struct ml_direct *plane,
                             const double *weights, size_t count)
{
    double sizes = 0;
    bool whole = true;
    for (size_t i = 0; i < count; i++) {
        sizes += fabs(weights[i]);
        whole &= weights[i] == floor(weights[i]);
    }
    return plane->bits == 8 && whole && sizes <= DIRECT_NARROW_MOST;
}

bool ml_direct_prepare(struct ml_direct *plane, struct ml_arena *arena,
                       const double *weights, uint32_t x_count,
                       uint32_t y_count)
{
    const size_t count = (size_t)x_count * y_count;
    struct ml_direct_tap *taps = ml_arena_take(arena, count * sizeof *taps);
    assert(x_count <= ML_DIRECT_SIDE_MAX && y_count <= ML_DIRECT_SIDE_MAX);
    assert(x_count % 2 == 1 && y_count % 2 == 1);
    if (!taps)
        return false;
    plane->taps = taps;
    plane->tap_count = 0;
    plane->reach_x = x_count / 2;
    plane->reach_y = y_count / 2;
    plane->narrow = direct_is_narrow(plane, weights, count);
    for (size_t i = 0; i < count; i++) {
        if (weights[i] == 0)
            continue;
        taps[plane->tap_count++] = (struct ml_direct_tap){
            .x = (int32_t)(i % x_count) - (int32_t)plane->reach_x,
            .y = (int32_t)(i / x_count) - (int32_t)plane->reach_y,
            .narrow = plane->narrow ? (int16_t)weights[i] : 0,
            .wide = (float)weights[i]};
    }
    const size_t tile =
        DIRECT_ROW_BYTES * (DIRECT_ROWS + 2 * (size_t)plane->reach_y + 1);
    /* The reference keeps a row of sums. */
    const size_t plain = plane->width * sizeof(float) * plane->channels;
    plane->scratch_bytes = tile > plain ? tile : plain;
    return true;
}

/* ---- tuned ---- */

/* The row of the window that stands for row `y`, which may lie outside. */
static const uint8_t *direct_row(const struct ml_direct *plane,
                                 const struct ml_plane_src *src, int64_t y)
{
    const int64_t last = (int64_t)plane->height - 1;
    y = y < 0 ? 0 : y > last ? last : y;
    return src->data + (size_t)(y - src->y) * src->stride_bytes;
}

/* Ask for what the next tile takes from a row: `bytes` behind as many, where
 * there are `after`.  No hardware follows so many rows. */
static void direct_fetch(const uint8_t *piece, size_t bytes, size_t after)
{
    const size_t wanted = after < bytes ? after : bytes;
    for (size_t i = 0; i < wanted; i += 64)
        __builtin_prefetch(piece + bytes + i);
}

#define direct_value int16_t
#define DIRECT_TILE (DIRECT_TILE_BYTES / sizeof(int16_t))
#define DIRECT_KIND narrow
#include "filters/kernels/direct_levels.h"

#define direct_value float
#define DIRECT_TILE (DIRECT_TILE_BYTES / sizeof(float))
#define DIRECT_KIND wide
#include "filters/kernels/direct_levels.h"

void ml_direct_rows(const struct ml_direct *plane, void *scratch,
                    const struct ml_plane_src *src, uint32_t y, uint32_t y_end,
                    const struct ml_emit *emit)
{
    while (y < y_end) {
        const uint32_t end = y_end - y < DIRECT_ROWS ? y_end : y + DIRECT_ROWS;
        if (plane->narrow)
            direct_band_narrow_any(plane, scratch, src, y, end, emit);
        else
            direct_band_wide_any(plane, scratch, src, y, end, emit);
        y = end;
    }
}

/* ---- reference ---- */

static float direct_sample(const struct ml_direct *plane,
                           const struct ml_plane_src *src, int64_t x, int64_t y,
                           size_t channel)
{
    const int64_t last = (int64_t)plane->width - 1;
    const uint8_t *row = direct_row(plane, src, y);
    x = x < 0 ? 0 : x > last ? last : x;
    const size_t at = (size_t)x * plane->channels + channel;
    return plane->bits == 8 ? row[at]
                            : ((const uint16_t *)(const void *)row)[at];
}

static float direct_sum_ref(const struct ml_direct *plane,
                            const struct ml_plane_src *src, size_t at,
                            uint32_t y)
{
    float sum = 0;
    for (size_t t = 0; t < plane->tap_count; t++) {
        const struct ml_direct_tap *tap = &plane->taps[t];
        const int64_t x = (int64_t)(at / plane->channels) + tap->x;
        sum += direct_sample(plane, src, x, (int64_t)y + tap->y,
                             at % plane->channels) *
               tap->wide;
    }
    return sum;
}

void ml_direct_rows_ref(const struct ml_direct *plane, void *scratch,
                        const struct ml_plane_src *src, uint32_t y,
                        uint32_t y_end, const struct ml_emit *emit)
{
    const size_t samples = (size_t)plane->width * plane->channels;
    float *wide = scratch;
    int16_t *narrow = scratch;
    for (; y < y_end; y++) {
        for (size_t i = 0; i < samples; i++) {
            const float sum = direct_sum_ref(plane, src, i, y);
            if (plane->narrow)
                narrow[i] = (int16_t)sum;
            else
                wide[i] = sum;
        }
        const struct ml_block block = {
            .y = y, .rows = 1, .count = samples, .values = scratch};
        emit->block(emit->context, &block);
    }
}
