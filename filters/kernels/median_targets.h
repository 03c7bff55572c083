/* median_targets.h: median_loops.h for each SIMD target, and
 * median_row_KIND_any(), which picks one.  Included by median.c for each type
 * of sample, with median_sample and MEDIAN_KIND.  No guard.
 */
#define MEDIAN_PASTE_(way, kind, bytes) ml_##way##_##kind##_##bytes
#define MEDIAN_PASTE(way, kind, bytes) MEDIAN_PASTE_(way, kind, bytes)
#define MEDIAN_PICK(way) MEDIAN_PASTE(way, MEDIAN_KIND, MEDIAN_BYTES)
#define MEDIAN_LEVEL_(name, kind, level) name##_##kind##_##level
#define MEDIAN_LEVEL(name, kind, level) MEDIAN_LEVEL_(name, kind, level)

#if ML_SIMD_TARGETS
#define MEDIAN_BYTES 64
#define MEDIAN_TARGET ML_TARGET_V4
#define MEDIAN_NAME(name) MEDIAN_LEVEL(name, MEDIAN_KIND, v4)
#include "filters/kernels/median_loops.h"

#define MEDIAN_BYTES 32
#define MEDIAN_TARGET ML_TARGET_V3
#define MEDIAN_NAME(name) MEDIAN_LEVEL(name, MEDIAN_KIND, v3)
#include "filters/kernels/median_loops.h"
#endif

#define MEDIAN_BYTES 16
#define MEDIAN_TARGET
#define MEDIAN_NAME(name) MEDIAN_LEVEL(name, MEDIAN_KIND, plain)
#include "filters/kernels/median_loops.h"

#define median_loop MEDIAN_LEVEL(median_loop, MEDIAN_KIND, any)
#define median_pick MEDIAN_LEVEL(median_pick, MEDIAN_KIND, any)
#define median_small MEDIAN_LEVEL(median_small, MEDIAN_KIND, any)
#define median_row MEDIAN_LEVEL(median_row, MEDIAN_KIND, any)

typedef void median_loop(median_sample *to, const median_sample *const *rows,
                         size_t at, size_t count, size_t step);

static median_loop *median_pick(unsigned side)
{
#if ML_SIMD_TARGETS
    const enum ml_simd level = ml_simd_level();
    if (level >= ML_SIMD_V4)
        return side == 3 ? MEDIAN_LEVEL(median_3x3, MEDIAN_KIND, v4)
                         : MEDIAN_LEVEL(median_5x5, MEDIAN_KIND, v4);
    if (level == ML_SIMD_V3)
        return side == 3 ? MEDIAN_LEVEL(median_3x3, MEDIAN_KIND, v3)
                         : MEDIAN_LEVEL(median_5x5, MEDIAN_KIND, v3);
#endif
    return side == 3 ? MEDIAN_LEVEL(median_3x3, MEDIAN_KIND, plain)
                     : MEDIAN_LEVEL(median_5x5, MEDIAN_KIND, plain);
}

/* Less than a piece, from copies as long as one. */
static void median_small(median_sample *to, const median_sample *const *rows,
                         size_t count, size_t step, unsigned side)
{
    median_sample copies[5][MEDIAN_PITCH], made[MEDIAN_PIECE];
    const median_sample *const from[5] = {copies[0], copies[1], copies[2],
                                          copies[3], copies[4]};
    for (size_t y = 0; y < side; y++)
        memcpy(copies[y], rows[y], (count + (side - 1) * step) * sizeof **rows);
    median_pick(side)(made, from, 0, (count + 63) / 64 * 64, step);
    memcpy(to, made, count * sizeof *to);
}

/* Pieces from left to right; the last overlaps the one before. */
static void median_row(median_sample *to, const median_sample *const *rows,
                       size_t count, size_t step, unsigned side)
{
    if (count < MEDIAN_PIECE) {
        median_small(to, rows, count, step, side);
        return;
    }
    median_loop *const loop = median_pick(side);
    for (size_t at = 0; at < count; at += MEDIAN_PIECE) {
        at = at > count - MEDIAN_PIECE ? count - MEDIAN_PIECE : at;
        loop(to, rows, at, MEDIAN_PIECE, step);
    }
}

#undef median_loop
#undef median_pick
#undef median_small
#undef median_row
#undef MEDIAN_PASTE_
#undef MEDIAN_PASTE
#undef MEDIAN_PICK
#undef MEDIAN_LEVEL_
#undef MEDIAN_LEVEL
#undef MEDIAN_KIND
#undef median_sample
