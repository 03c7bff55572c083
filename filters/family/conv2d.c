/* conv2d.c: see conv2d.h. */
#include "filters/family/conv2d.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "filters/kernels/vectors.h"
#include "os/simd_level.h"

#define DIRECT_BLOCK 128 /* samples: whole vectors of every level */
/* Samples at once, whole blocks: that much ahead memory is asked for.  Half as
 * many wait for it, twice as many leave no room in the first-level cache. */
#define DIRECT_NARROW_TILE 4096
#define DIRECT_WIDE_TILE 256
/* Output rows: a tile and what is stored of it fit that cache. */
#define DIRECT_WIDE_ROWS 16
#define DIRECT_HALO 64 /* samples within reach, both sides together */
#define DIRECT_NARROW_PITCH (DIRECT_BLOCK + DIRECT_HALO)
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
    struct ml_direct_tap *taps = ml_arena_alloc(arena, count * sizeof *taps);
    assert(x_count <= ML_DIRECT_SIDE_MAX && y_count <= ML_DIRECT_SIDE_MAX);
    assert(x_count % 2 == 1 && y_count % 2 == 1);
    if (!taps)
        return false;
    plane->taps = taps;
    plane->tap_count = 0;
    plane->reach_x = x_count / 2;
    plane->reach_y = y_count / 2;
    plane->narrow = direct_is_narrow(plane, weights, count);
    plane->rounded = false;
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
            : (2 * DIRECT_WIDE_TILE +
               (DIRECT_WIDE_ROWS + rows) * DIRECT_WIDE_PITCH) *
                  sizeof(float);
    /* The reference keeps a row of sums. */
    const size_t plain = plane->width * sizeof(float) * plane->channels;
    plane->scratch_bytes = tile > plain ? tile : plain;
    return true;
}

void ml_direct_round(struct ml_direct *plane, int shift, int16_t offset)
{
    assert(plane->narrow && shift >= 0 && shift <= 8);
    plane->rounded = true;
    plane->shift = shift;
    plane->offset = offset;
}

/* ---- tuned ---- */

/* Taps two by two, as sums of products of bytes are made. */
struct direct_window {
    const uint8_t *at[ML_DIRECT_TAPS_MAX + 1];
    int16_t weights[(ML_DIRECT_TAPS_MAX + 1) / 2]; /* two bytes each */
    size_t pairs;
    int shift;
    int16_t offset;
};

#define DIRECT_WIDE_TAPS_MAX ((ML_DIRECT_SIDE_MAX + 1) * ML_DIRECT_SIDE_MAX)

/* The taps of a row's window and of the one below, as they lie in a tile: the
 * first's uppermost row, those of both, the second's lowest row. */
struct direct_wide_taps {
    size_t at[DIRECT_WIDE_TAPS_MAX];
    float first[DIRECT_WIDE_TAPS_MAX];
    float second[DIRECT_WIDE_TAPS_MAX];
    size_t second_begin, first_end, count;
};

#if ML_SIMD_TARGETS
#define DIRECT_BYTES 64
#define DIRECT_VECTOR(name) name##_64
#define DIRECT_TARGET ML_TARGET_V4
#define DIRECT_NAME(name) name##_v4
#include "filters/kernels/conv2d_loops.h"

#define DIRECT_BYTES 32
#define DIRECT_VECTOR(name) name##_32
#define DIRECT_TARGET ML_TARGET_V3
#define DIRECT_NAME(name) name##_v3
#include "filters/kernels/conv2d_loops.h"
#endif

#define DIRECT_BYTES 16
#define DIRECT_VECTOR(name) name##_16
#define DIRECT_TARGET
#define DIRECT_NAME(name) name##_plain
#include "filters/kernels/conv2d_loops.h"

struct direct_loops {
    void (*sum_narrow)(int16_t *sums, const struct direct_window *window,
                       size_t count);
    void (*round_narrow)(uint8_t *samples, const struct direct_window *window,
                         size_t count);
    void (*sum_wide)(float *sums, const float *values,
                     const struct direct_wide_taps *taps);
    void (*load)(float *restrict to, const void *restrict from, size_t count,
                 unsigned bits);
};

static struct direct_loops direct_pick(void)
{
#if ML_SIMD_TARGETS
    const enum ml_simd level = ml_simd_level();
    if (level >= ML_SIMD_V4)
        return (struct direct_loops){direct_sum_narrow_v4,
                                     direct_round_narrow_v4, direct_sum_wide_v4,
                                     direct_load_v4};
    if (level == ML_SIMD_V3)
        return (struct direct_loops){direct_sum_narrow_v3,
                                     direct_round_narrow_v3, direct_sum_wide_v3,
                                     direct_load_v3};
#endif
    return (struct direct_loops){direct_sum_narrow_plain,
                                 direct_round_narrow_plain,
                                 direct_sum_wide_plain, direct_load_plain};
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

/* What all rows of a call share. */
struct direct_run {
    const struct ml_direct *plane;
    const struct ml_plane_src *src;
    const struct ml_emit *emit;
    struct direct_loops loops;
    void *scratch;
};

/* ---- narrow: straight from the rows ---- */

static void direct_weigh(const struct ml_direct *plane,
                         struct direct_window *window)
{
    window->pairs = (plane->tap_count + 1) / 2;
    window->shift = plane->shift;
    window->offset = plane->offset;
    for (size_t p = 0; p < window->pairs; p++) {
        const struct ml_direct_tap *tap = &plane->taps[2 * p];
        const bool both = 2 * p + 1 < plane->tap_count;
        const int second = both ? tap[1].narrow : 0;
        window->weights[p] =
            (int16_t)(uint16_t)((tap->narrow & 255) | (second & 255) << 8);
    }
}

/* Where taps are when the rows of the window are at `rows`; beside an odd one,
 * without weight, is itself. */
static void direct_place(const struct ml_direct *plane,
                         const uint8_t *const *rows,
                         struct direct_window *window)
{
    for (size_t t = 0; t < plane->tap_count; t++) {
        const struct ml_direct_tap *tap = &plane->taps[t];
        window->at[t] = window->at[t | 1] =
            rows[tap->y] + tap->x * plane->channels;
    }
}

/* Samples of a row to be made at once from `x` on: as many blocks as have all
 * within reach, else, of a copy, one at most. */
static size_t direct_narrow_count(const struct ml_direct *plane, size_t x)
{
    const size_t reach = plane->reach_x * (size_t)plane->channels;
    const size_t left = (size_t)plane->width * plane->channels - x;
    if (x < reach || left < reach + DIRECT_BLOCK)
        return left < DIRECT_BLOCK ? left : DIRECT_BLOCK;
    const size_t inner = (left - reach) / DIRECT_BLOCK * DIRECT_BLOCK;
    return inner < DIRECT_NARROW_TILE ? inner : DIRECT_NARROW_TILE;
}

/* Make row `y`; `more` when the one below comes next. */
static void direct_narrow_row(const struct direct_run *run,
                              struct direct_window *window, uint32_t y,
                              bool more)
{
    const struct ml_direct *plane = run->plane;
    const size_t samples = (size_t)plane->width * plane->channels;
    const int64_t first = (int64_t)y - plane->reach_y;
    const int64_t last = (int64_t)y + plane->reach_y;
    const uint8_t *rows[ML_DIRECT_SIDE_MAX];
    uint8_t *copies =
        (uint8_t *)run->scratch + DIRECT_NARROW_TILE * sizeof(int16_t);
    struct ml_block block = {.y = y, .rows = 1, .values = run->scratch};
    for (; block.x < samples; block.x += block.count) {
        block.count = direct_narrow_count(plane, block.x);
        const size_t whole =
            block.count < DIRECT_BLOCK ? DIRECT_BLOCK : block.count;
        for (int64_t j = first; j <= last; j++)
            rows[j - first] = direct_samples(
                plane, direct_row(plane, run->src, j), block.x, block.count,
                whole, copies + (j - first) * DIRECT_NARROW_PITCH);
        direct_place(plane, rows, window);
        if (more)
            direct_fetch(direct_row(plane, run->src, last + 1) + block.x,
                         block.count);
        if (plane->rounded)
            run->loops.round_narrow(run->scratch, window, whole);
        else
            run->loops.sum_narrow(run->scratch, window, whole);
        run->emit->block(run->emit->context, &block);
    }
}

static void direct_narrow_rows(const struct direct_run *run, uint32_t y,
                               uint32_t y_end)
{
    struct direct_window window;
    direct_weigh(run->plane, &window);
    for (; y < y_end; y++)
        direct_narrow_row(run, &window, y, y + 1 < y_end);
}

/* ---- wide: from tiles of columns, converted once ---- */

/* `count` columns from `x` on of rows [y, y_end), which may lie outside. */
static void direct_wide_tile(const struct direct_run *run, float *values,
                             int64_t y, int64_t y_end, size_t x, size_t count)
{
    const struct ml_direct *plane = run->plane;
    const size_t bytes = plane->bits / 8U;
    const size_t reach = plane->reach_x * (size_t)plane->channels;
    const size_t after = (size_t)plane->width * plane->channels - x - count;
    uint16_t copy[DIRECT_WIDE_PITCH]; /* or bytes */
    for (; y < y_end; y++, values += DIRECT_WIDE_PITCH) {
        const uint8_t *row = direct_row(plane, run->src, y);
        run->loops.load(
            values,
            direct_samples(plane, row, x, count, count, (uint8_t *)copy),
            count + 2 * reach, plane->bits);
        /* What the next tile takes: no hardware follows so many rows. */
        direct_fetch(row + (x + count) * bytes,
                     (after < count ? after : count) * bytes);
    }
}

/* Where one of both has no weight it is zero, which changes no sum. */
static void direct_wide_weigh(const struct ml_direct *plane,
                              struct direct_wide_taps *taps)
{
    float weights[ML_DIRECT_SIDE_MAX + 2][ML_DIRECT_SIDE_MAX] = {{0}};
    const size_t rows = 2 * (size_t)plane->reach_y + 1;
    const size_t columns = 2 * (size_t)plane->reach_x + 1;
    for (size_t t = 0; t < plane->tap_count; t++)
        weights[plane->taps[t].y + 1][plane->taps[t].x] = plane->taps[t].wide;
    taps->count = taps->second_begin = taps->first_end = 0;
    for (size_t y = 0; y <= rows; y++) {
        for (size_t x = 0; x < columns; x++) {
            const float first = weights[y + 1][x], second = weights[y][x];
            if (first == 0 && second == 0)
                continue;
            taps->at[taps->count] = y * DIRECT_WIDE_PITCH + x * plane->channels;
            taps->first[taps->count] = first;
            taps->second[taps->count++] = second;
        }
        taps->second_begin = y == 0 ? taps->count : taps->second_begin;
        taps->first_end = y < rows ? taps->count : taps->first_end;
    }
}

/* Rows [y, y_end), at most DIRECT_WIDE_ROWS.  Tiles from left to right; the
 * last overlaps the one before, so that each but a lone one is whole.  What
 * that one lacks, and the row below an odd number of them, stays zero and makes
 * sums that nobody uses. */
static void direct_wide_band(const struct direct_run *run, uint32_t y,
                             uint32_t y_end)
{
    const struct ml_direct *plane = run->plane;
    const size_t samples = (size_t)plane->width * plane->channels;
    const size_t count =
        samples < DIRECT_WIDE_TILE ? samples : DIRECT_WIDE_TILE;
    const int64_t first = (int64_t)y - plane->reach_y;
    const int64_t end = (int64_t)y_end + plane->reach_y;
    float *sums = run->scratch, *values = sums + 2 * DIRECT_WIDE_TILE;
    struct direct_wide_taps taps;
    direct_wide_weigh(plane, &taps);
    memset(values, 0,
           (size_t)(end - first + 1) * DIRECT_WIDE_PITCH * sizeof *values);
    for (size_t x = 0; x < samples; x += DIRECT_WIDE_TILE) {
        x = x > samples - count ? samples - count : x;
        direct_wide_tile(run, values, first, end, x, count);
        for (uint32_t j = 0; j < y_end - y; j += 2) {
            run->loops.sum_wide(sums, values + j * DIRECT_WIDE_PITCH, &taps);
            const struct ml_block block = {.y = y + j,
                                           .rows = y_end - y - j < 2 ? 1 : 2,
                                           .x = x,
                                           .count = count,
                                           .values = sums,
                                           .stride = DIRECT_WIDE_TILE};
            run->emit->block(run->emit->context, &block);
        }
    }
}

static void direct_wide_rows(const struct direct_run *run, uint32_t y,
                             uint32_t y_end)
{
    for (uint32_t end; y < y_end; y = end) {
        end = y_end - y < DIRECT_WIDE_ROWS ? y_end : y + DIRECT_WIDE_ROWS;
        direct_wide_band(run, y, end);
    }
}

void ml_direct_rows(const struct ml_direct *plane, void *scratch,
                    const struct ml_plane_src *src, uint32_t y, uint32_t y_end,
                    const struct ml_emit *emit)
{
    const struct direct_run run = {plane, src, emit, direct_pick(), scratch};
    (plane->narrow ? direct_narrow_rows : direct_wide_rows)(&run, y, y_end);
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
