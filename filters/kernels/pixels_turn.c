/* pixels_turn.c: rows that become columns; see pixels.h.
 *
 * In tiles of eight input rows and sixteen bytes of each, turned by rounds that
 * interleave row k with row k + half: after as many rounds as rows have
 * doublings, rows are columns.  Pixels of 3 and 6 bytes lie in 4 and 8 while
 * they are turned; what is written behind them is where the next ones go.
 */
#include "filters/kernels/pixels.h"

#include <stdbool.h>
#include <string.h>

#include "base/simd.h"

/* Input rows of a tile: no more than the ways of a cache set, onto which they
 * all fall when the stride is a large power of two. */
#define TURN_ROWS 8
#define TURN_BYTES 16
#define TURN_LINE 64 /* bytes of a cache line */
/* How far ahead memory is asked for: input rows, output bytes. */
#define TURN_ROWS_AHEAD (4 * TURN_ROWS)
#define TURN_BYTES_AHEAD (2 * TURN_LINE)

typedef uint8_t turn_bytes __attribute__((vector_size(TURN_BYTES)));
typedef uint16_t turn_words __attribute__((vector_size(TURN_BYTES)));
typedef uint32_t turn_longs __attribute__((vector_size(TURN_BYTES)));
typedef uint64_t turn_quads __attribute__((vector_size(TURN_BYTES)));

/* ---- one tile; sizes are constants wherever this is inlined ---- */

/* The low halves of both, unit by unit in turns. */
ML_INLINE turn_bytes turn_low(turn_bytes a, turn_bytes b, size_t unit)
{
    switch (unit) {
    case 1:
        return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20,
                                       5, 21, 6, 22, 7, 23);
    case 2:
        return (turn_bytes)__builtin_shufflevector((turn_words)a, (turn_words)b,
                                                   0, 8, 1, 9, 2, 10, 3, 11);
    case 4:
        return (turn_bytes)__builtin_shufflevector((turn_longs)a, (turn_longs)b,
                                                   0, 4, 1, 5);
    default:
        return (turn_bytes)__builtin_shufflevector((turn_quads)a, (turn_quads)b,
                                                   0, 2);
    }
}

ML_INLINE turn_bytes turn_high(turn_bytes a, turn_bytes b, size_t unit)
{
    switch (unit) {
    case 1:
        return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12,
                                       28, 13, 29, 14, 30, 15, 31);
    case 2:
        return (turn_bytes)__builtin_shufflevector((turn_words)a, (turn_words)b,
                                                   4, 12, 5, 13, 6, 14, 7, 15);
    case 4:
        return (turn_bytes)__builtin_shufflevector((turn_longs)a, (turn_longs)b,
                                                   2, 6, 3, 7);
    default:
        return (turn_bytes)__builtin_shufflevector((turn_quads)a, (turn_quads)b,
                                                   1, 3);
    }
}

/* `count` rows, a power of two. */
ML_INLINE void turn_rounds(turn_bytes *rows, size_t count, size_t unit)
{
    turn_bytes a[TURN_ROWS];
    ML_UNROLL
    for (size_t round = 1; round < count; round *= 2) {
        memcpy(a, rows, count * sizeof *a);
        ML_UNROLL
        for (size_t i = 0; i < count / 2; i++) {
            rows[2 * i] = turn_low(a[i], a[i + count / 2], unit);
            rows[2 * i + 1] = turn_high(a[i], a[i + count / 2], unit);
        }
    }
}

/* Pixels of 3 and 6 bytes to units of 4 and 8. */
ML_INLINE turn_bytes turn_widen(turn_bytes v, size_t pixel)
{
    if (pixel == 3)
        return __builtin_shufflevector(v, v, 0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8,
                                       9, 10, 11, 11);
    if (pixel == 6)
        return __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 5, 5, 6, 7, 8, 9,
                                       10, 11, 11, 11);
    return v;
}

ML_INLINE turn_bytes turn_narrow(turn_bytes v, size_t pixel)
{
    if (pixel == 3)
        return __builtin_shufflevector(v, v, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13,
                                       14, 14, 14, 14, 14);
    if (pixel == 6)
        return __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12,
                                       13, 13, 13, 13, 13);
    return v;
}

/* Of bytes, eight rows of sixteen: a turned row fills half a vector. */
ML_INLINE void turn_tile_of_bytes(const struct ml_pixels_turn *turn,
                                  uint8_t *to, const uint8_t *from)
{
    turn_bytes rows[TURN_ROWS];
    ML_UNROLL
    for (ptrdiff_t i = 0; i < TURN_ROWS; i++)
        memcpy(&rows[i], from + i * turn->from_step, TURN_BYTES);
    turn_rounds(rows, TURN_ROWS, 1);
    ML_UNROLL
    for (ptrdiff_t i = 0; i < TURN_ROWS; i++) {
        const turn_quads halves = (turn_quads)rows[i];
        const uint64_t low = halves[0], high = halves[1];
        memcpy(to + 2 * i * turn->to_step, &low, sizeof low);
        memcpy(to + (2 * i + 1) * turn->to_step, &high, sizeof high);
    }
}

/* Of larger units, in squares. */
ML_INLINE void turn_tile(const struct ml_pixels_turn *turn, uint8_t *to,
                         const uint8_t *from, size_t pixel, size_t unit)
{
    const ptrdiff_t side = (ptrdiff_t)(TURN_BYTES / unit);
    ML_UNROLL
    for (ptrdiff_t x = 0; x < TURN_ROWS; x += side) {
        turn_bytes rows[TURN_ROWS];
        ML_UNROLL
        for (ptrdiff_t i = 0; i < side; i++) {
            memcpy(&rows[i], from + (x + i) * turn->from_step, TURN_BYTES);
            rows[i] = turn_widen(rows[i], pixel);
        }
        turn_rounds(rows, (size_t)side, unit);
        ML_UNROLL
        for (ptrdiff_t i = 0; i < side; i++) {
            rows[i] = turn_narrow(rows[i], pixel);
            memcpy(to + x * (ptrdiff_t)pixel + i * turn->to_step, &rows[i],
                   TURN_BYTES);
        }
    }
}

/* ---- the whole, tile by tile ---- */

/* Pixel by pixel: columns [x, x_end) of output rows [y, y_end). */
ML_INLINE void turn_by_one(const struct ml_pixels_turn *turn, uint32_t x,
                           uint32_t x_end, uint32_t y, uint32_t y_end,
                           size_t pixel)
{
    for (; y < y_end; y++) {
        uint8_t *to = turn->to + (ptrdiff_t)y * turn->to_step;
        const uint8_t *from = turn->from + y * pixel;
        for (uint32_t i = x; i < x_end; i++)
            memcpy(to + i * pixel, from + (ptrdiff_t)i * turn->from_step,
                   pixel);
    }
}

/* A tile's input comes from as many places as it has rows, which no processor
 * guesses: ask for the rows from `x` on. */
ML_INLINE void turn_fetch(const struct ml_pixels_turn *turn, uint32_t x,
                          size_t pixel)
{
    if (x + TURN_ROWS > turn->width)
        return;
    const uint8_t *row = turn->from + (ptrdiff_t)x * turn->from_step;
    const size_t span = turn->rows * pixel - 1;
    for (uint32_t i = 0; i < TURN_ROWS; i++, row += turn->from_step) {
        for (size_t at = 0; at <= span; at += TURN_LINE)
            __builtin_prefetch(row + at);
        __builtin_prefetch(row + span);
    }
}

/* And as many rows are written at once: ask for what follows in them. */
ML_INLINE void turn_fetch_to(const struct ml_pixels_turn *turn,
                             const uint8_t *to, uint32_t rows)
{
    for (uint32_t i = 0; i < rows; i++, to += turn->to_step)
        __builtin_prefetch(to + TURN_BYTES_AHEAD, 1);
}

/* The largest multiple of `step` in `count` that leaves, with `after` more,
 * room for the `spare` bytes that vectors touch behind the last pixel. */
ML_INLINE uint32_t turn_whole(uint32_t count, uint32_t step, uint32_t after,
                              size_t pixel, size_t spare)
{
    const uint32_t rest = count % step;
    const uint32_t whole = count - rest;
    const bool tight = ((size_t)rest + after) * pixel < spare;
    return tight && whole > 0 ? whole - step : whole;
}

ML_INLINE void turn_tiles(const struct ml_pixels_turn *turn, size_t pixel)
{
    const size_t unit = pixel == 3 ? 4 : pixel == 6 ? 8 : pixel;
    const uint32_t side = (uint32_t)(TURN_BYTES / unit);
    const size_t spare = TURN_BYTES - side * pixel;
    const uint32_t rows =
        turn_whole(turn->rows, side, turn->rows_after, pixel, spare);
    const uint32_t width = turn_whole(turn->width, TURN_ROWS, 0, pixel, spare);
    for (uint32_t x = 0; x < width; x += TURN_ROWS) {
        turn_fetch(turn, x + TURN_ROWS_AHEAD, pixel);
        for (uint32_t y = 0; y < rows; y += side) {
            uint8_t *to = turn->to + x * pixel + (ptrdiff_t)y * turn->to_step;
            const uint8_t *from =
                turn->from + y * pixel + (ptrdiff_t)x * turn->from_step;
            turn_fetch_to(turn, to, side);
            if (unit == 1)
                turn_tile_of_bytes(turn, to, from);
            else
                turn_tile(turn, to, from, pixel, unit);
        }
        turn_by_one(turn, x, x + TURN_ROWS, rows, turn->rows, pixel);
    }
    turn_by_one(turn, width, turn->width, 0, turn->rows, pixel);
}

/* Without tiles: SSE2 cannot widen and narrow. */
ML_INLINE void turn_strips(const struct ml_pixels_turn *turn, size_t pixel)
{
    for (uint32_t x = 0; x < turn->width; x += TURN_ROWS) {
        const uint32_t left = turn->width - x;
        turn_fetch(turn, x + TURN_ROWS_AHEAD, pixel);
        turn_by_one(turn, x, x + (left < TURN_ROWS ? left : TURN_ROWS), 0,
                    turn->rows, pixel);
    }
}

static void turn_plain(const struct ml_pixels_turn *turn, size_t pixel)
{
    switch (pixel) {
    case 1:
        turn_tiles(turn, 1);
        break;
    case 2:
        turn_tiles(turn, 2);
        break;
    case 3:
        turn_strips(turn, 3);
        break;
    case 4:
        turn_tiles(turn, 4);
        break;
    case 6:
        turn_strips(turn, 6);
        break;
    default:
        turn_tiles(turn, 8);
        break;
    }
}

#if ML_SIMD_TARGETS
ML_TARGET_V3 static void turn_v3(const struct ml_pixels_turn *turn,
                                 size_t pixel)
{
    if (pixel == 3)
        turn_tiles(turn, 3);
    else
        turn_tiles(turn, 6);
}
#endif

void ml_pixels_turn(const struct ml_pixels_turn *turn, size_t pixel_bytes)
{
#if ML_SIMD_TARGETS
    if (ml_simd() >= ML_SIMD_V3 && (pixel_bytes == 3 || pixel_bytes == 6)) {
        turn_v3(turn, pixel_bytes);
        return;
    }
#endif
    turn_plain(turn, pixel_bytes);
}
