/* painter.h: the pictures of `gen`, as functions of a seed and a position.
 *
 * A painter makes any part of any row, in any order, without state between
 * calls: a picture of any size needs the memory of a few rows, and can be
 * stored transposed by making it column by column.  Integers only: every
 * machine makes the same pixels.  A painter allocates its state from the arena
 * when it is opened; the state is read-only after that, so threads may share
 * it.
 */
#ifndef ML_COMMAND_GEN_PAINTER_H
#define ML_COMMAND_GEN_PAINTER_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

#define ML_PAINT_CHANNELS 4 /* red, green, blue, alpha; 16 bits each */

struct ml_painter {
    uint32_t width, height;
    /* Make pixels [x, x_end) of row y: ML_PAINT_CHANNELS samples a pixel,
     * colour not premultiplied. */
    void (*row)(const struct ml_painter *painter, uint32_t y, uint32_t x,
                uint32_t x_end, uint16_t *rgba);
    const void *state;
};

/* A landscape: sky, ridges, houses and stones, with texture on every scale and
 * sensor noise. */
ML_MUST_CHECK enum ml_status
ml_paint_photo(struct ml_painter *painter, uint64_t seed, uint32_t width,
               uint32_t height, struct ml_arena *arena, struct ml_error *err);

/* Test charts, chosen by `variant` modulo ML_CHART_COUNT: colour bars, ramps,
 * zone plate, checks, line pairs, grid. */
#define ML_CHART_COUNT 6
void ml_paint_chart(struct ml_painter *painter, uint32_t variant,
                    uint32_t width, uint32_t height);

/* A flat icon in a few colours on a transparent ground. */
ML_MUST_CHECK enum ml_status
ml_paint_icon(struct ml_painter *painter, uint64_t seed, uint32_t width,
              uint32_t height, struct ml_arena *arena, struct ml_error *err);

#endif
