/* direct.c: see direct.h. */
#include "filters/kernels/direct.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/simd.h"
#include "filters/kernels/vectors.h"

#define DIRECT_NARROW_TILE 1024 /* samples: whole vectors of every level */
#define DIRECT_WIDE_TILE 256
#define DIRECT_WIDE_ROWS                                                       \
    32                 /* output rows of a tile, which then fits the cache */
#define DIRECT_HALO 64 /* samples within reach, both sides together */
#define DIRECT_NARROW_PITCH (DIRECT_NARROW_TILE + DIRECT_HALO)
#define DIRECT_WIDE_PITCH (DIRECT_WIDE_TILE + DIRECT_HALO)

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
            .x = (uint32_t)(i % x_count),
            .y = (uint32_t)(i / x_count),
            .narrow = plane->narrow ? (int16_t)weights[i] : 0,
            .wide = (float)weights[i]};
    }
    const size_t rows = 2 * (size_t)plane->reach_y + 1;
    const size_t tile =
        plane->narrow
            ? DIRECT_NARROW_TILE * sizeof(int16_t) + rows * DIRECT_NARROW_PITCH
            : (DIRECT_WIDE_TILE +
               (DIRECT_WIDE_ROWS + rows) * DIRECT_WIDE_PITCH) *
                  sizeof(float);
    /* The reference keeps a row of sums. */
    const size_t plain = plane->width * sizeof(float) * plane->channels;
    plane->scratch_bytes = tile > plain ? tile : plain;
    return true;
}

/* ---- tuned ---- */

#if ML_SIMD_TARGETS
#define DIRECT_BYTES 64
#define DIRECT_WIDEN ml_widen_64
#define DIRECT_TARGET ML_TARGET_V4
#define DIRECT_NAME(name) name##_v4
#include "filters/kernels/direct_loops.h"

#define DIRECT_BYTES 32
#define DIRECT_WIDEN ml_widen_32
#define DIRECT_TARGET ML_TARGET_V3
#define DIRECT_NAME(name) name##_v3
#include "filters/kernels/direct_loops.h"
#endif

#define DIRECT_BYTES 16
#define DIRECT_WIDEN ml_widen_16
#define DIRECT_TARGET
#define DIRECT_NAME(name) name##_plain
#include "filters/kernels/direct_loops.h"

struct direct_loops {
    void (*sum_narrow)(int16_t *sums, const uint8_t *const *at,
                       const int16_t *weights, size_t count);
    void (*sum_wide)(float *sums, const float *values, const size_t *at,
                     const float *weights, size_t count);
    void (*load)(float *restrict to, const void *restrict from, size_t count,
                 unsigned bits);
};

static struct direct_loops direct_pick(void)
{
#if ML_SIMD_TARGETS
    const enum ml_simd level = ml_simd();
    if (level >= ML_SIMD_V4)
        return (struct direct_loops){direct_sum_narrow_v4, direct_sum_wide_v4,
                                     direct_load_v4};
    if (level == ML_SIMD_V3)
        return (struct direct_loops){direct_sum_narrow_v3, direct_sum_wide_v3,
                                     direct_load_v3};
#endif
    return (struct direct_loops){direct_sum_narrow_plain, direct_sum_wide_plain,
                                 direct_load_plain};
}

/* The row of the window that stands for row `y`, which may lie outside. */
static const uint8_t *direct_row(const struct ml_direct *plane,
                                 const struct ml_plane_src *src, int64_t y)
{
    const int64_t last = (int64_t)plane->height - 1;
    y = y < 0 ? 0 : y > last ? last : y;
    return src->data + (size_t)(y - src->y) * src->stride_bytes;
}

/* `count` samples of a row from `x` on, and those within reach on both sides:
 * where they lie, or, when some are outside the picture, in `copy`.  Outside it
 * is also what is behind them when not `count` are read but `whole`. */
static const uint8_t *direct_samples(const struct ml_direct *plane,
                                     const uint8_t *row, size_t x, size_t count,
                                     size_t whole, uint8_t *copy)
{
    const size_t channels = plane->channels, bytes = plane->bits / 8U;
    const size_t samples = plane->width * channels;
    const size_t reach = plane->reach_x * channels;
    const size_t after = samples - x - count;
    const size_t left = x < reach ? reach - x : 0;
    const size_t right = after < reach ? reach - after : 0;
    const size_t held = count + 2 * reach - left - right;
    if (left == 0 && x + whole + reach <= samples)
        return row + (x - reach) * bytes;
    for (size_t i = 0; i < left; i++)
        memcpy(copy + i * bytes, row + (x + i) % channels * bytes, bytes);
    memcpy(copy + left * bytes, row + (x + left - reach) * bytes, held * bytes);
    const uint8_t *border = row + (samples - channels) * bytes;
    for (size_t i = 0; i < right; i++)
        memcpy(copy + (left + held + i) * bytes, border + i % channels * bytes,
               bytes);
    return copy;
}

static void direct_fetch(const uint8_t *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 64)
        __builtin_prefetch(from + i);
}

/* ---- narrow: straight from the rows ---- */

/* Make row `y`; `more` when the one below comes next. */
static void direct_narrow_row(const struct ml_direct *plane,
                              const struct direct_loops *loops, void *scratch,
                              const struct ml_plane_src *src, uint32_t y,
                              bool more, const struct ml_emit *emit)
{
    const size_t samples = (size_t)plane->width * plane->channels;
    const uint8_t *rows[ML_DIRECT_SIDE_MAX], *at[ML_DIRECT_TAPS_MAX];
    int16_t weights[ML_DIRECT_TAPS_MAX], *sums = scratch;
    uint8_t *copies = (uint8_t *)(sums + DIRECT_NARROW_TILE);
    const int64_t first = (int64_t)y - plane->reach_y;
    for (size_t t = 0; t < plane->tap_count; t++)
        weights[t] = plane->taps[t].narrow;
    for (size_t x = 0; x < samples; x += DIRECT_NARROW_TILE) {
        const size_t left = samples - x;
        const size_t count =
            left < DIRECT_NARROW_TILE ? left : DIRECT_NARROW_TILE;
        for (uint32_t j = 0; j <= 2 * plane->reach_y; j++)
            rows[j] = direct_samples(plane, direct_row(plane, src, first + j),
                                     x, count, DIRECT_NARROW_TILE,
                                     copies + j * DIRECT_NARROW_PITCH);
        for (size_t t = 0; t < plane->tap_count; t++)
            at[t] = rows[plane->taps[t].y] + plane->taps[t].x * plane->channels;
        if (more)
            direct_fetch(
                direct_row(plane, src, (int64_t)y + plane->reach_y + 1) + x,
                count);
        loops->sum_narrow(sums, at, weights, plane->tap_count);
        const struct ml_block block = {
            .y = y, .rows = 1, .x = x, .count = count, .values = sums};
        emit->block(emit->context, &block);
    }
}

/* ---- wide: from tiles of columns, converted once ---- */

static void direct_wide_tile(const struct ml_direct *plane,
                             const struct direct_loops *loops, float *values,
                             const struct ml_plane_src *src, int64_t y,
                             int64_t y_end, size_t x, size_t count)
{
    const size_t bytes = plane->bits / 8U;
    const size_t reach = plane->reach_x * (size_t)plane->channels;
    const size_t after = (size_t)plane->width * plane->channels - x - count;
    uint8_t copy[DIRECT_WIDE_PITCH * sizeof(uint16_t)];
    for (; y < y_end; y++, values += DIRECT_WIDE_PITCH) {
        const uint8_t *row = direct_row(plane, src, y);
        loops->load(values, direct_samples(plane, row, x, count, count, copy),
                    count + 2 * reach, plane->bits);
        /* What the next tile takes: no hardware follows so many rows. */
        direct_fetch(row + (x + count) * bytes,
                     (after < count ? after : count) * bytes);
    }
}

/* Rows [y, y_end), at most DIRECT_WIDE_ROWS.  Tiles from left to right; the
 * last overlaps the one before, so that each but a lone one is whole. */
static void direct_wide_band(const struct ml_direct *plane,
                             const struct direct_loops *loops, void *scratch,
                             const struct ml_plane_src *src, uint32_t y,
                             uint32_t y_end, const struct ml_emit *emit)
{
    const size_t samples = (size_t)plane->width * plane->channels;
    const size_t count =
        samples < DIRECT_WIDE_TILE ? samples : DIRECT_WIDE_TILE;
    const int64_t first = (int64_t)y - plane->reach_y;
    const int64_t end = (int64_t)y_end + plane->reach_y;
    size_t at[ML_DIRECT_TAPS_MAX];
    float weights[ML_DIRECT_TAPS_MAX];
    float *sums = scratch, *values = sums + DIRECT_WIDE_TILE;
    for (size_t t = 0; t < plane->tap_count; t++) {
        const struct ml_direct_tap *tap = &plane->taps[t];
        at[t] = tap->y * DIRECT_WIDE_PITCH + tap->x * plane->channels;
        weights[t] = tap->wide;
    }
    if (samples < DIRECT_WIDE_TILE)
        memset(values, 0,
               (size_t)(end - first) * DIRECT_WIDE_PITCH * sizeof *values);
    for (size_t x = 0; x < samples; x += DIRECT_WIDE_TILE) {
        x = x > samples - count ? samples - count : x;
        direct_wide_tile(plane, loops, values, src, first, end, x, count);
        for (uint32_t j = 0; j < y_end - y; j++) {
            loops->sum_wide(sums, values + j * DIRECT_WIDE_PITCH, at, weights,
                            plane->tap_count);
            const struct ml_block block = {
                .y = y + j, .rows = 1, .x = x, .count = count, .values = sums};
            emit->block(emit->context, &block);
        }
    }
}

void ml_direct_rows(const struct ml_direct *plane, void *scratch,
                    const struct ml_plane_src *src, uint32_t y, uint32_t y_end,
                    const struct ml_emit *emit)
{
    const struct direct_loops loops = direct_pick();
    const uint32_t most = plane->narrow ? 1 : DIRECT_WIDE_ROWS;
    for (uint32_t end; y < y_end; y = end) {
        end = y_end - y < most ? y_end : y + most;
        if (plane->narrow)
            direct_narrow_row(plane, &loops, scratch, src, y, end < y_end,
                              emit);
        else
            direct_wide_band(plane, &loops, scratch, src, y, end, emit);
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
        const int64_t x =
            (int64_t)(at / plane->channels) + tap->x - plane->reach_x;
        sum +=
            direct_sample(plane, src, x, (int64_t)y + tap->y - plane->reach_y,
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
