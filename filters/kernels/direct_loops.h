/* direct_loops.h: samples of a tile to values, and their sums.  A template:
 * direct_levels.h includes it for each level of vector instructions.  No guard.
 *
 *   direct_value          type of a value, a weight and a sum
 *   DIRECT_TILE           sums made at once: a whole number of vectors
 *   DIRECT_BYTES          of a vector
 *   DIRECT_TARGET, DIRECT_NAME(name)   target and names of the functions
 */
#define direct_vector DIRECT_NAME(direct_vector)
#define direct_get DIRECT_NAME(direct_get)
#define DIRECT_STEP (DIRECT_BYTES / sizeof(direct_value))
#define DIRECT_HELD 8 /* vectors of sums that registers hold */

typedef direct_value direct_vector __attribute__((vector_size(DIRECT_BYTES)));

DIRECT_TARGET ML_INLINE direct_vector direct_get(const direct_value *from)
{
    direct_vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* sums[i] = sum of weights[t] * values[at[t] + i] over all t. */
DIRECT_TARGET static void DIRECT_NAME(direct_sum)(direct_value *sums,
                                                  const direct_value *values,
                                                  const size_t *at,
                                                  const direct_value *weights,
                                                  size_t count)
{
    for (size_t i = 0; i < DIRECT_TILE; i += DIRECT_HELD * DIRECT_STEP) {
        direct_vector s[DIRECT_HELD];
        ML_UNROLL
        for (size_t k = 0; k < DIRECT_HELD; k++)
            s[k] = (direct_vector){0};
        for (size_t t = 0; t < count; t++) {
            const direct_value *from = values + at[t] + i;
            const direct_vector weight = weights[t] - (direct_vector){0};
            ML_UNROLL
            for (size_t k = 0; k < DIRECT_HELD; k++)
                s[k] += direct_get(from + k * DIRECT_STEP) * weight;
        }
        ML_UNROLL
        for (size_t k = 0; k < DIRECT_HELD; k++)
            memcpy(sums + i + k * DIRECT_STEP, &s[k], sizeof s[k]);
    }
}

DIRECT_TARGET static void DIRECT_NAME(direct_load)(direct_value *restrict to,
                                                   const void *restrict from,
                                                   size_t count, unsigned bits)
{
    const uint8_t *from_8 = from;
    const uint16_t *from_16 = from;
    if (bits == 8)
        for (size_t i = 0; i < count; i++)
            to[i] = from_8[i];
    else
        for (size_t i = 0; i < count; i++)
            to[i] = (direct_value)from_16[i];
}

#undef direct_vector
#undef direct_get
#undef DIRECT_STEP
#undef DIRECT_HELD
#undef DIRECT_BYTES
#undef DIRECT_TARGET
#undef DIRECT_NAME
