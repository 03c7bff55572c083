/* random.h: a small seeded generator; its numbers are the same on every
 * machine.
 *
 * SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
 * generators, 2014).  Not for secrets.
 */
#ifndef ML_BASE_RANDOM_H
#define ML_BASE_RANDOM_H

#include <stdint.h>

struct ml_random {
    uint64_t state;
};

static inline uint64_t ml_random_next(struct ml_random *random)
{
    uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A number in [0, limit); limit 0 gives 0.  The bias is below 2^-32. */
static inline uint32_t ml_random_below(struct ml_random *random, uint32_t limit)
{
    return (uint32_t)(((ml_random_next(random) >> 32) * limit) >> 32);
}

/* A number in [0, 1) with 53 bits. */
static inline double ml_random_unit(struct ml_random *random)
{
    return (double)(ml_random_next(random) >> 11) * 0x1p-53;
}

#endif
