/* direct_loops.h: the innermost loops of direct.c, which includes it for each
 * level of vector instructions.  A template, no guard.
 *
 *   DIRECT_BYTES          of a vector
 *   DIRECT_WIDEN          of vectors.h
 *   DIRECT_TARGET, DIRECT_NAME(name)   target and names of the functions
 */
#define direct_words DIRECT_NAME(direct_words)
#define direct_floats DIRECT_NAME(direct_floats)
#define direct_float DIRECT_NAME(direct_float)
#define DIRECT_HELD 8 /* vectors of sums that registers hold */

typedef uint16_t direct_words __attribute__((vector_size(DIRECT_BYTES)));
typedef float direct_floats __attribute__((vector_size(DIRECT_BYTES)));

DIRECT_TARGET ML_INLINE direct_floats direct_float(const float *from)
{
    direct_floats v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* sums[i] = sum of weights[t] * at[t][i] over all t, modulo 2^16. */
DIRECT_TARGET static void
DIRECT_NAME(direct_sum_narrow)(int16_t *sums, const uint8_t *const *at,
                               const int16_t *weights, size_t count)
{
    const size_t step = DIRECT_BYTES / sizeof *sums;
    for (size_t i = 0; i < DIRECT_NARROW_TILE; i += DIRECT_HELD * step) {
        direct_words s[DIRECT_HELD];
        ML_UNROLL
        for (size_t k = 0; k < DIRECT_HELD; k++)
            s[k] = (direct_words){0};
        for (size_t t = 0; t < count; t++) {
            const uint8_t *from = at[t] + i;
            const direct_words weight =
                (uint16_t)weights[t] - (direct_words){0};
            ML_UNROLL
            for (size_t k = 0; k < DIRECT_HELD; k++)
                s[k] += (direct_words)DIRECT_WIDEN(from + k * step) * weight;
        }
        ML_UNROLL
        for (size_t k = 0; k < DIRECT_HELD; k++)
            memcpy(sums + i + k * step, &s[k], sizeof s[k]);
    }
}

/* The same of floats, values[at[t] + i]. */
DIRECT_TARGET static void
DIRECT_NAME(direct_sum_wide)(float *sums, const float *values, const size_t *at,
                             const float *weights, size_t count)
{
    const size_t step = DIRECT_BYTES / sizeof *sums;
    for (size_t i = 0; i < DIRECT_WIDE_TILE; i += DIRECT_HELD * step) {
        direct_floats s[DIRECT_HELD];
        ML_UNROLL
        for (size_t k = 0; k < DIRECT_HELD; k++)
            s[k] = (direct_floats){0};
        for (size_t t = 0; t < count; t++) {
            const float *from = values + at[t] + i;
            const direct_floats weight = weights[t] - (direct_floats){0};
            ML_UNROLL
            for (size_t k = 0; k < DIRECT_HELD; k++)
                s[k] += direct_float(from + k * step) * weight;
        }
        ML_UNROLL
        for (size_t k = 0; k < DIRECT_HELD; k++)
            memcpy(sums + i + k * step, &s[k], sizeof s[k]);
    }
}

DIRECT_TARGET static void DIRECT_NAME(direct_load)(float *restrict to,
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
            to[i] = from_16[i];
}

#undef direct_words
#undef direct_floats
#undef direct_float
#undef DIRECT_HELD
#undef DIRECT_BYTES
#undef DIRECT_TARGET
#undef DIRECT_WIDEN
#undef DIRECT_NAME
