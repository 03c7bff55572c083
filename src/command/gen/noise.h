/* noise.h: value noise, row by row.
 *
 * Random numbers on a grid of square cells, blended smoothly between the grid
 * points; several octaves with cells of halving size added up give a texture
 * with detail on every scale (Perlin, "An image synthesizer", 1985; the variant
 * with values instead of gradients).  Integers only.
 */
#ifndef ML_COMMAND_GEN_NOISE_H
#define ML_COMMAND_GEN_NOISE_H

#include <stdint.h>

#define ML_NOISE_CELL_MAX 4096
#define ML_NOISE_BLOCK 512 /* pixels made at once, aligned */
#define ML_NOISE_ONE 256   /* gain 1: values in (-16384, 16384) */

/* Blending weights of a cell of `cell` pixels at [cell, 2 * cell). */
struct ml_noise {
    int16_t weights[2 * ML_NOISE_CELL_MAX];
};

struct ml_octave {
    uint32_t cell; /* pixels, a power of two, 2..ML_NOISE_CELL_MAX */
    int32_t gain;  /* in ML_NOISE_ONE-ths, at most ML_NOISE_ONE */
    uint32_t seed;
};

void ml_noise_open(struct ml_noise *noise);

/* Add an octave to `sums` for pixels [x, x_end) of row y, which lie in one
 * block: x / ML_NOISE_BLOCK is the same for all of them. */
void ml_noise_add(const struct ml_noise *noise, const struct ml_octave *octave,
                  uint32_t y, uint32_t x, uint32_t x_end, int32_t *sums);

/* A hash of a position.  (Chris Wellons, "Prospecting for hash functions",
 * 2018: lowbias32.) */
static inline uint32_t ml_noise_mix(uint32_t n)
{
    n ^= n >> 16;
    n *= UINT32_C(0x7feb352d);
    n ^= n >> 15;
    n *= UINT32_C(0x846ca68b);
    return n ^ (n >> 16);
}

#endif
