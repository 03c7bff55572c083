/* direct_levels.h: direct_loops.h for each level of vector instructions, and
 * direct_band_KIND() that goes over a plane with the one in use.  Included by
 * direct.c for each precision, with
 *
 *   direct_value, DIRECT_TILE   see direct_loops.h
 *   DIRECT_KIND                 narrow or wide, as the taps' weights are named
 * No guard.
 */
#define DIRECT_PASTE_(name, kind, level) name##_##kind##_##level
#define DIRECT_PASTE(name, kind, level) DIRECT_PASTE_(name, kind, level)
#define DIRECT_LEVEL(name, level) DIRECT_PASTE(name, DIRECT_KIND, level)
#define DIRECT_PITCH (DIRECT_TILE + DIRECT_HALO)

#if ML_SIMD_TARGETS
#define DIRECT_BYTES 64
#define DIRECT_TARGET ML_TARGET_V4
#define DIRECT_NAME(name) DIRECT_LEVEL(name, v4)
#include "filters/kernels/direct_loops.h"

#define DIRECT_BYTES 32
#define DIRECT_TARGET ML_TARGET_V3
#define DIRECT_NAME(name) DIRECT_LEVEL(name, v3)
#include "filters/kernels/direct_loops.h"
#endif

#define DIRECT_BYTES 16
#define DIRECT_TARGET
#define DIRECT_NAME(name) DIRECT_LEVEL(name, plain)
#include "filters/kernels/direct_loops.h"

#define direct_loops DIRECT_LEVEL(direct_loops, any)
#define direct_pick DIRECT_LEVEL(direct_pick, any)
#define direct_weigh DIRECT_LEVEL(direct_weigh, any)
#define direct_edge DIRECT_LEVEL(direct_edge, any)
#define direct_tile_row DIRECT_LEVEL(direct_tile_row, any)
#define direct_band DIRECT_LEVEL(direct_band, any)

struct direct_loops {
    void (*sum)(direct_value *sums, const direct_value *values,
                const size_t *at, const direct_value *weights, size_t count);
    void (*load)(direct_value *restrict to, const void *restrict from,
                 size_t count, unsigned bits);
};

static struct direct_loops direct_pick(void)
{
#if ML_SIMD_TARGETS
    const enum ml_simd level = ml_simd();
    if (level >= ML_SIMD_V4)
        return (struct direct_loops){DIRECT_LEVEL(direct_sum, v4),
                                     DIRECT_LEVEL(direct_load, v4)};
    if (level == ML_SIMD_V3)
        return (struct direct_loops){DIRECT_LEVEL(direct_sum, v3),
                                     DIRECT_LEVEL(direct_load, v3)};
#endif
    return (struct direct_loops){DIRECT_LEVEL(direct_sum, plain),
                                 DIRECT_LEVEL(direct_load, plain)};
}

/* Taps as places in a tile, from its sum's row and column on. */
static void direct_weigh(const struct ml_direct *plane, size_t *at,
                         direct_value *weights)
{
    for (size_t t = 0; t < plane->tap_count; t++) {
        const struct ml_direct_tap *tap = &plane->taps[t];
        const int64_t x = tap->x + (int64_t)plane->reach_x;
        const int64_t y = tap->y + (int64_t)plane->reach_y;
        at[t] = (size_t)y * DIRECT_PITCH + (size_t)x * plane->channels;
        weights[t] = tap->DIRECT_KIND;
    }
}

/* `count` samples of the border pixel, from channel `first` on. */
static void direct_edge(const struct ml_direct *plane, direct_value *to,
                        const direct_value *border, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = border[(first + i) % plane->channels];
}

/* One row of a tile: `count` samples from `x` on, and those within reach. */
static void direct_tile_row(const struct ml_direct *plane,
                            const struct direct_loops *loops, direct_value *to,
                            const uint8_t *row, size_t x, size_t count)
{
    const size_t channels = plane->channels, bytes = plane->bits / 8U;
    const size_t samples = plane->width * channels;
    const size_t reach = plane->reach_x * channels;
    const size_t left = x < reach ? reach - x : 0;
    const size_t after = samples - x - count;
    const size_t right = after < reach ? reach - after : 0;
    const size_t held = count + 2 * reach - left - right;
    direct_value border[ML_CHANNEL_MAX];
    loops->load(to + left, row + (x + left - reach) * bytes, held, plane->bits);
    if (left > 0) {
        loops->load(border, row, channels, plane->bits);
        direct_edge(plane, to, border, x, left);
    }
    if (right > 0) {
        loops->load(border, row + (samples - channels) * bytes, channels,
                    plane->bits);
        direct_edge(plane, to + left + held, border, 0, right);
    }
    direct_fetch(row + x * bytes, DIRECT_TILE * bytes, after * bytes);
}

/* Rows [y, y_end), at most DIRECT_ROWS.  Tiles from left to right; the last
 * overlaps the one before, so that each but a lone one is whole. */
static void direct_band(const struct ml_direct *plane, void *scratch,
                        const struct ml_plane_src *src, uint32_t y,
                        uint32_t y_end, const struct ml_emit *emit)
{
    const struct direct_loops loops = direct_pick();
    const size_t samples = (size_t)plane->width * plane->channels;
    const size_t rows = y_end - y + 2 * (size_t)plane->reach_y;
    const size_t count = samples < DIRECT_TILE ? samples : DIRECT_TILE;
    size_t at[ML_DIRECT_TAPS_MAX];
    direct_value weights[ML_DIRECT_TAPS_MAX];
    direct_value *sums = scratch, *values = sums + DIRECT_TILE;
    direct_weigh(plane, at, weights);
    if (samples < DIRECT_TILE)
        memset(values, 0, rows * DIRECT_PITCH * sizeof *values);
    for (size_t x = 0; x < samples; x += DIRECT_TILE) {
        x = x > samples - count ? samples - count : x;
        for (size_t j = 0; j < rows; j++)
            direct_tile_row(
                plane, &loops, values + j * DIRECT_PITCH,
                direct_row(plane, src, y + (int64_t)j - plane->reach_y), x,
                count);
        for (uint32_t j = 0; j < y_end - y; j++) {
            loops.sum(sums, values + j * DIRECT_PITCH, at, weights,
                      plane->tap_count);
            const struct ml_block block = {
                .y = y + j, .rows = 1, .x = x, .count = count, .values = sums};
            emit->block(emit->context, &block);
        }
    }
}

#undef direct_loops
#undef direct_pick
#undef direct_weigh
#undef direct_edge
#undef direct_tile_row
#undef direct_band
#undef DIRECT_PASTE_
#undef DIRECT_PASTE
#undef DIRECT_LEVEL
#undef DIRECT_PITCH
#undef DIRECT_TILE
#undef DIRECT_KIND
#undef direct_value
