/* noise.c: see noise.h. */
#include "command/gen/noise.h"

#include <assert.h>

/* 3t^2 - 2t^3 for t = k / cell, in 15 bits: flat at both ends, so that no
 * grid shows. */
void ml_noise_open(struct ml_noise *noise)
{
    for (int64_t cell = 1; cell <= ML_NOISE_CELL_MAX; cell *= 2) {
        for (int64_t k = 0; k < cell; k++) {
            const int64_t cube = cell * cell * cell;
            const int64_t step = k * k * (3 * cell - 2 * k);
            noise->weights[cell + k] = (int16_t)(step * 32767 / cube);
        }
    }
    noise->weights[0] = 0;
}

/* The number at one grid point, times gain: (-16384, 16384). */
static inline int32_t noise_point(const struct ml_octave *octave,
                                  uint32_t column, uint32_t row_hash)
{
    const uint32_t hash =
        ml_noise_mix(column * UINT32_C(0x9e3779b1) ^ row_hash);
    return ((int32_t)(hash >> 17) - 16384) * octave->gain / ML_NOISE_ONE;
}

static inline int32_t noise_blend(int32_t a, int32_t b, int32_t weight)
{
    return a + ((b - a) * weight >> 15);
}

/* Values of the grid columns [column, column + count) at the height of row y.
 */
static void noise_columns(const struct ml_noise *noise,
                          const struct ml_octave *octave, uint32_t y,
                          uint32_t column, uint32_t count, int32_t *values)
{
    const uint32_t cell = octave->cell, row = y / cell;
    const int32_t weight = noise->weights[cell + y % cell];
    const uint32_t above = ml_noise_mix(row ^ octave->seed);
    const uint32_t below = ml_noise_mix((row + 1) ^ octave->seed);
    for (uint32_t i = 0; i < count; i++)
        values[i] = noise_blend(noise_point(octave, column + i, above),
                                noise_point(octave, column + i, below), weight);
}

/* Whole cells of a size the compiler knows: it unrolls and vectorises. */
static inline void noise_whole_cells(const int16_t *restrict weights,
                                     const int32_t *restrict values,
                                     uint32_t cells, uint32_t cell,
                                     int32_t *restrict sums)
{
    for (uint32_t i = 0; i < cells; i++) {
        for (uint32_t k = 0; k < cell; k++)
            sums[i * cell + k] +=
                noise_blend(values[i], values[i + 1], weights[k]);
    }
}

void ml_noise_add(const struct ml_noise *noise, const struct ml_octave *octave,
                  uint32_t y, uint32_t x, uint32_t x_end, int32_t *sums)
{
    const uint32_t cell = octave->cell;
    int32_t values[ML_NOISE_BLOCK / 2 + 2];
    const uint32_t first = x / cell, last = (x_end - 1) / cell;
    const int16_t *weights = noise->weights + cell;
    assert(x < x_end && x / ML_NOISE_BLOCK == (x_end - 1) / ML_NOISE_BLOCK);
    noise_columns(noise, octave, y, first, last - first + 2, values);
    if (x % cell == 0 && x_end % cell == 0 && cell <= 16) {
        const uint32_t cells = last - first + 1;
        switch (cell) {
        case 2:
            noise_whole_cells(weights, values, cells, 2, sums);
            return;
        case 4:
            noise_whole_cells(weights, values, cells, 4, sums);
            return;
        case 8:
            noise_whole_cells(weights, values, cells, 8, sums);
            return;
        default:
            noise_whole_cells(weights, values, cells, cell, sums);
            return;
        }
    }
    for (uint32_t i = x; i < x_end;) {
        const uint32_t column = i / cell, inside = i % cell;
        const uint32_t left = cell - inside;
        const uint32_t run = x_end - i < left ? x_end - i : left;
        const int32_t a = values[column - first];
        const int32_t b = values[column - first + 1];
        for (uint32_t k = 0; k < run; k++)
            sums[i - x + k] += noise_blend(a, b, weights[inside + k]);
        i += run;
    }
}
