/* conv2d.c: see conv2d.h. */
#include "filters/family/conv2d.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "filters/kernels/vectors.h"
#include "os/simd_level.h"

#define CONV2D_BLOCK 128 /* samples: whole vectors of every level */
/* Samples made at once, whole blocks; prefetching is that far ahead.  Half of
 * it waits for memory, twice of it overflows the first-level cache. */
#define CONV2D_S16_TILE 4096
#define CONV2D_F32_TILE 256
/* Output rows: a tile and its output fit that cache. */
#define CONV2D_F32_ROWS 16
#define CONV2D_HALO 64 /* samples within reach, both sides together */
#define CONV2D_S16_PITCH (CONV2D_BLOCK + CONV2D_HALO)
#define CONV2D_F32_PITCH (CONV2D_F32_TILE + CONV2D_HALO)

/* If the magnitudes of the weights sum to this at most, sums of bytes plus an
 * offset of a level of 255 stay within int16. */
#define CONV2D_S16_MOST 127

/* ---- prepare ---- */

static bool conv2d_is_s16(const struct ml_conv2d *plane, const double *weights,
                          size_t count)
{
    double sizes = 0;
    bool whole = true;
    for (size_t i = 0; i < count; i++) {
        sizes += fabs(weights[i]);
        whole &= weights[i] == floor(weights[i]);
    }
    return plane->bits == 8 && whole && sizes <= CONV2D_S16_MOST;
}

bool ml_conv2d_prepare(struct ml_conv2d *plane, struct ml_arena *arena,
                       const double *weights, uint32_t x_count,
                       uint32_t y_count)
{
    const size_t count = (size_t)x_count * y_count;
    struct ml_conv2d_tap *taps = ml_arena_alloc(arena, count * sizeof *taps);
    assert(x_count <= ML_CONV2D_SIDE_MAX && y_count <= ML_CONV2D_SIDE_MAX);
    assert(x_count % 2 == 1 && y_count % 2 == 1);
    if (!taps)
        return false;
    plane->taps = taps;
    plane->tap_count = 0;
    plane->radius_x = x_count / 2;
    plane->radius_y = y_count / 2;
    plane->s16 = conv2d_is_s16(plane, weights, count);
    plane->rounded = false;
    for (size_t i = 0; i < count; i++) {
        if (weights[i] == 0)
            continue;
        taps[plane->tap_count++] =
            (struct ml_conv2d_tap){.x = (uint32_t)(i % x_count),
                                   .y = (uint32_t)(i / x_count),
                                   .s16 = plane->s16 ? (int16_t)weights[i] : 0,
                                   .f32 = (float)weights[i]};
    }
    const size_t rows = 2 * (size_t)plane->radius_y + 1;
    plane->scratch_bytes =
        plane->s16 ? CONV2D_S16_TILE * sizeof(int16_t) + rows * CONV2D_S16_PITCH
                   : (2 * CONV2D_F32_TILE +
                      (CONV2D_F32_ROWS + rows) * CONV2D_F32_PITCH) *
                         sizeof(float);
    return true;
}

void ml_conv2d_round(struct ml_conv2d *plane, int shift, int16_t offset)
{
    assert(plane->s16 && shift >= 0 && shift <= 8);
    plane->rounded = true;
    plane->shift = shift;
    plane->offset = offset;
}

/* ---- tuned ---- */

/* Taps in pairs, as sums of two products of bytes are made. */
struct conv2d_window {
    const uint8_t *at[ML_CONV2D_TAPS_MAX + 1];
    int16_t weights[(ML_CONV2D_TAPS_MAX + 1) / 2]; /* two bytes each */
    size_t pairs;
    int shift;
    int16_t offset;
};

#define CONV2D_F32_TAPS_MAX ((ML_CONV2D_SIDE_MAX + 1) * ML_CONV2D_SIDE_MAX)

/* The taps of the windows of a row and of the one below, as offsets in a tile:
 * first those of the uppermost row, of the first window alone, then those of
 * both windows, then those of the lowest row, of the second alone. */
struct conv2d_f32_taps {
    size_t at[CONV2D_F32_TAPS_MAX];
    float first[CONV2D_F32_TAPS_MAX];
    float second[CONV2D_F32_TAPS_MAX];
    size_t second_begin, first_end, count;
};

#if ML_SIMD_TARGETS
#define CONV2D_BYTES 64
#define CONV2D_VECTOR(name) name##_64
#define CONV2D_TARGET ML_TARGET_V4
#define CONV2D_NAME(name) name##_v4
#include "filters/kernels/conv2d_loops.h"

#define CONV2D_BYTES 32
#define CONV2D_VECTOR(name) name##_32
#define CONV2D_TARGET ML_TARGET_V3
#define CONV2D_NAME(name) name##_v3
#include "filters/kernels/conv2d_loops.h"
#endif

#define CONV2D_BYTES 16
#define CONV2D_VECTOR(name) name##_16
#define CONV2D_TARGET
#define CONV2D_NAME(name) name##_plain
#include "filters/kernels/conv2d_loops.h"

struct conv2d_loops {
    void (*sum_s16)(int16_t *sums, const struct conv2d_window *window,
                    size_t count);
    void (*round_s16)(uint8_t *samples, const struct conv2d_window *window,
                      size_t count);
    void (*sum_f32)(float *sums, const float *values,
                    const struct conv2d_f32_taps *taps);
    void (*load)(float *restrict to, const void *restrict from, size_t count,
                 unsigned bits);
};

static struct conv2d_loops conv2d_pick(void)
{
#if ML_SIMD_TARGETS
    const enum ml_simd level = ml_simd_level();
    if (level >= ML_SIMD_V4)
        return (struct conv2d_loops){conv2d_sum_s16_v4, conv2d_round_s16_v4,
                                     conv2d_sum_f32_v4, conv2d_load_v4};
    if (level == ML_SIMD_V3)
        return (struct conv2d_loops){conv2d_sum_s16_v3, conv2d_round_s16_v3,
                                     conv2d_sum_f32_v3, conv2d_load_v3};
#endif
    return (struct conv2d_loops){conv2d_sum_s16_plain, conv2d_round_s16_plain,
                                 conv2d_sum_f32_plain, conv2d_load_plain};
}

/* Row `y`, moved to the border if it is outside the picture. */
static const uint8_t *conv2d_row(const struct ml_conv2d *plane,
                                 const struct ml_plane_src *src, int64_t y)
{
    const int64_t last = (int64_t)plane->height - 1;
    y = y < 0 ? 0 : y > last ? last : y;
    return src->data + (size_t)(y - src->y) * src->stride_bytes;
}

/* `count` samples of a row from `x` on, and those within the radius on both
 * sides: in the row itself or, if some are outside the picture, in `copy`.  The
 * loops read `whole` samples, which must be in the picture too. */
static const uint8_t *conv2d_samples(const struct ml_conv2d *plane,
                                     const uint8_t *row, size_t x, size_t count,
                                     size_t whole, uint8_t *copy)
{
    const size_t channels = plane->channels, bytes = plane->bits / 8U;
    const size_t samples = plane->width * channels;
    const size_t radius = plane->radius_x * channels;
    const size_t after = samples - x - count;
    const size_t left = x < radius ? radius - x : 0;
    const size_t right = after < radius ? radius - after : 0;
    const size_t held = count + 2 * radius - left - right;
    if (left == 0 && x + whole + radius <= samples)
        return row + (x - radius) * bytes;
    for (size_t i = 0; i < left; i++)
        memcpy(copy + i * bytes, row + (x + i) % channels * bytes, bytes);
    memcpy(copy + left * bytes, row + (x + left - radius) * bytes,
           held * bytes);
    const uint8_t *border = row + (samples - channels) * bytes;
    for (size_t i = 0; i < right; i++)
        memcpy(copy + (left + held + i) * bytes, border + i % channels * bytes,
               bytes);
    return copy;
}

static void conv2d_fetch(const uint8_t *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 64)
        __builtin_prefetch(from + i);
}

/* Common to all rows of a call. */
struct conv2d_run {
    const struct ml_conv2d *plane;
    const struct ml_plane_src *src;
    const struct ml_emit *emit;
    struct conv2d_loops loops;
    void *scratch;
};

/* ---- s16: straight from the rows ---- */

static void conv2d_weigh(const struct ml_conv2d *plane,
                         struct conv2d_window *window)
{
    window->pairs = (plane->tap_count + 1) / 2;
    window->shift = plane->shift;
    window->offset = plane->offset;
    for (size_t p = 0; p < window->pairs; p++) {
        const struct ml_conv2d_tap *tap = &plane->taps[2 * p];
        const bool both = 2 * p + 1 < plane->tap_count;
        const int second = both ? tap[1].s16 : 0;
        window->weights[p] =
            (int16_t)(uint16_t)((tap->s16 & 255) | (second & 255) << 8);
    }
}

/* Pointers of the taps if the rows of the window are at `rows`; a last tap
 * without a partner is paired with itself, with a weight of zero. */
static void conv2d_place(const struct ml_conv2d *plane,
                         const uint8_t *const *rows,
                         struct conv2d_window *window)
{
    for (size_t t = 0; t < plane->tap_count; t++) {
        const struct ml_conv2d_tap *tap = &plane->taps[t];
        window->at[t] = window->at[t | 1] =
            rows[tap->y] + tap->x * plane->channels;
    }
}

/* Samples of a row to make at once from `x` on: the blocks whose windows are in
 * the picture, else at most one block, from a copy. */
static size_t conv2d_s16_count(const struct ml_conv2d *plane, size_t x)
{
    const size_t radius = plane->radius_x * (size_t)plane->channels;
    const size_t left = (size_t)plane->width * plane->channels - x;
    if (x < radius || left < radius + CONV2D_BLOCK)
        return left < CONV2D_BLOCK ? left : CONV2D_BLOCK;
    const size_t inner = (left - radius) / CONV2D_BLOCK * CONV2D_BLOCK;
    return inner < CONV2D_S16_TILE ? inner : CONV2D_S16_TILE;
}

/* Make row `y`; `more`: the one below is next. */
static void conv2d_s16_row(const struct conv2d_run *run,
                           struct conv2d_window *window, uint32_t y, bool more)
{
    const struct ml_conv2d *plane = run->plane;
    const size_t samples = (size_t)plane->width * plane->channels;
    const int64_t first = (int64_t)y - plane->radius_y;
    const int64_t last = (int64_t)y + plane->radius_y;
    const uint8_t *rows[ML_CONV2D_SIDE_MAX];
    uint8_t *copies =
        (uint8_t *)run->scratch + CONV2D_S16_TILE * sizeof(int16_t);
    struct ml_block block = {.y = y, .rows = 1, .values = run->scratch};
    for (; block.x < samples; block.x += block.count) {
        block.count = conv2d_s16_count(plane, block.x);
        const size_t whole =
            block.count < CONV2D_BLOCK ? CONV2D_BLOCK : block.count;
        for (int64_t j = first; j <= last; j++)
            rows[j - first] = conv2d_samples(
                plane, conv2d_row(plane, run->src, j), block.x, block.count,
                whole, copies + (j - first) * CONV2D_S16_PITCH);
        conv2d_place(plane, rows, window);
        if (more)
            conv2d_fetch(conv2d_row(plane, run->src, last + 1) + block.x,
                         block.count);
        if (plane->rounded)
            run->loops.round_s16(run->scratch, window, whole);
        else
            run->loops.sum_s16(run->scratch, window, whole);
        run->emit->block(run->emit->context, &block);
    }
}

static void conv2d_s16_rows(const struct conv2d_run *run, uint32_t y,
                            uint32_t y_end)
{
    struct conv2d_window window;
    conv2d_weigh(run->plane, &window);
    for (; y < y_end; y++)
        conv2d_s16_row(run, &window, y, y + 1 < y_end);
}

/* ---- f32: from tiles of columns, converted once ---- */

/* `count` columns from `x` on of rows [y, y_end), which may be outside. */
static void conv2d_f32_tile(const struct conv2d_run *run, float *values,
                            int64_t y, int64_t y_end, size_t x, size_t count)
{
    const struct ml_conv2d *plane = run->plane;
    const size_t bytes = plane->bits / 8U;
    const size_t radius = plane->radius_x * (size_t)plane->channels;
    const size_t after = (size_t)plane->width * plane->channels - x - count;
    uint16_t copy[CONV2D_F32_PITCH]; /* or bytes */
    for (; y < y_end; y++, values += CONV2D_F32_PITCH) {
        const uint8_t *row = conv2d_row(plane, run->src, y);
        run->loops.load(
            values,
            conv2d_samples(plane, row, x, count, count, (uint8_t *)copy),
            count + 2 * radius, plane->bits);
        /* The next tile: no hardware prefetcher follows all rows of one. */
        conv2d_fetch(row + (x + count) * bytes,
                     (after < count ? after : count) * bytes);
    }
}

/* A tap that only one of both rows has gets a weight of zero in the other,
 * which changes no sum. */
static void conv2d_f32_weigh(const struct ml_conv2d *plane,
                             struct conv2d_f32_taps *taps)
{
    float weights[ML_CONV2D_SIDE_MAX + 2][ML_CONV2D_SIDE_MAX] = {{0}};
    const size_t rows = 2 * (size_t)plane->radius_y + 1;
    const size_t columns = 2 * (size_t)plane->radius_x + 1;
    for (size_t t = 0; t < plane->tap_count; t++)
        weights[plane->taps[t].y + 1][plane->taps[t].x] = plane->taps[t].f32;
    taps->count = taps->second_begin = taps->first_end = 0;
    for (size_t y = 0; y <= rows; y++) {
        for (size_t x = 0; x < columns; x++) {
            const float first = weights[y + 1][x], second = weights[y][x];
            if (first == 0 && second == 0)
                continue;
            taps->at[taps->count] = y * CONV2D_F32_PITCH + x * plane->channels;
            taps->first[taps->count] = first;
            taps->second[taps->count++] = second;
        }
        taps->second_begin = y == 0 ? taps->count : taps->second_begin;
        taps->first_end = y < rows ? taps->count : taps->first_end;
    }
}

/* Rows [y, y_end), at most CONV2D_F32_ROWS.  Tiles from left to right; the last
 * overlaps the one before, so that each but a single one is whole.  The missing
 * columns of a single one, and the row below an odd number of rows, stay zero;
 * their sums are not used. */
static void conv2d_f32_band(const struct conv2d_run *run, uint32_t y,
                            uint32_t y_end)
{
    const struct ml_conv2d *plane = run->plane;
    const size_t samples = (size_t)plane->width * plane->channels;
    const size_t count = samples < CONV2D_F32_TILE ? samples : CONV2D_F32_TILE;
    const int64_t first = (int64_t)y - plane->radius_y;
    const int64_t end = (int64_t)y_end + plane->radius_y;
    float *sums = run->scratch, *values = sums + 2 * CONV2D_F32_TILE;
    struct conv2d_f32_taps taps;
    conv2d_f32_weigh(plane, &taps);
    memset(values, 0,
           (size_t)(end - first + 1) * CONV2D_F32_PITCH * sizeof *values);
    for (size_t x = 0; x < samples; x += CONV2D_F32_TILE) {
        x = x > samples - count ? samples - count : x;
        conv2d_f32_tile(run, values, first, end, x, count);
        for (uint32_t j = 0; j < y_end - y; j += 2) {
            run->loops.sum_f32(sums, values + j * CONV2D_F32_PITCH, &taps);
            const struct ml_block block = {.y = y + j,
                                           .rows = y_end - y - j < 2 ? 1 : 2,
                                           .x = x,
                                           .count = count,
                                           .values = sums,
                                           .stride = CONV2D_F32_TILE};
            run->emit->block(run->emit->context, &block);
        }
    }
}

static void conv2d_f32_rows(const struct conv2d_run *run, uint32_t y,
                            uint32_t y_end)
{
    for (uint32_t end; y < y_end; y = end) {
        end = y_end - y < CONV2D_F32_ROWS ? y_end : y + CONV2D_F32_ROWS;
        conv2d_f32_band(run, y, end);
    }
}

void ml_conv2d_rows(const struct ml_conv2d *plane, void *scratch,
                    const struct ml_plane_src *src, uint32_t y, uint32_t y_end,
                    const struct ml_emit *emit)
{
    const struct conv2d_run run = {plane, src, emit, conv2d_pick(), scratch};
    (plane->s16 ? conv2d_s16_rows : conv2d_f32_rows)(&run, y, y_end);
}
