/* conv2d_loops.h: the innermost loops of conv2d.c, which includes it for each
 * level of vector instructions.  A template, no guard.
 *
 *   DIRECT_BYTES          of a vector
 *   DIRECT_VECTOR(name)   name of a function of vectors.h for these
 *   DIRECT_TARGET, DIRECT_NAME(name)   target and names of the functions
 */
#define direct_words DIRECT_NAME(direct_words)
#define direct_floats DIRECT_NAME(direct_floats)
#define direct_float DIRECT_NAME(direct_float)
#define direct_bytes DIRECT_NAME(direct_bytes)
#define direct_shorts DIRECT_NAME(direct_shorts)
#define direct_pairs DIRECT_NAME(direct_pairs)
#define direct_byte DIRECT_NAME(direct_byte)
#define DIRECT_HELD 4   /* vectors of either row's sums in registers */
#define DIRECT_PAIRED 2 /* vectors of bytes, and twice as many of sums */

_Static_assert(DIRECT_BLOCK % (DIRECT_PAIRED * DIRECT_BYTES) == 0,
               "blocks are made whole");

typedef uint8_t direct_bytes __attribute__((vector_size(DIRECT_BYTES)));
typedef int16_t direct_shorts __attribute__((vector_size(DIRECT_BYTES)));
typedef uint16_t direct_words __attribute__((vector_size(DIRECT_BYTES)));
typedef float direct_floats __attribute__((vector_size(DIRECT_BYTES)));

DIRECT_TARGET ML_INLINE direct_floats direct_float(const float *from)
{
    direct_floats v;
    memcpy(&v, from, sizeof v);
    ML_HOLD(v);
    return v;
}

DIRECT_TARGET ML_INLINE direct_bytes direct_byte(const uint8_t *from)
{
    direct_bytes v;
    memcpy(&v, from, sizeof v);
    ML_HOLD(v);
    return v;
}

/* Sums over all t of at[2t][i] and at[2t + 1][i], times the low and the high
 * byte of weights[t], added to `first`: DIRECT_PAIRED vectors of bytes from `i`
 * on, in halves as vectors.h has them. */
DIRECT_TARGET ML_INLINE void direct_pairs(direct_words *low, direct_words *high,
                                          const struct direct_window *window,
                                          size_t i, int16_t first)
{
    ML_UNROLL
    for (size_t k = 0; k < DIRECT_PAIRED; k++)
        low[k] = high[k] = (uint16_t)first - (direct_words){0};
    for (size_t t = 0; t < window->pairs; t++) {
        const uint8_t *from_a = window->at[2 * t] + i;
        const uint8_t *from_b = window->at[2 * t + 1] + i;
        const direct_shorts weight = window->weights[t] - (direct_shorts){0};
        ML_UNROLL
        for (size_t k = 0; k < DIRECT_PAIRED; k++) {
            const direct_bytes a = direct_byte(from_a + k * DIRECT_BYTES);
            const direct_bytes b = direct_byte(from_b + k * DIRECT_BYTES);
            low[k] += DIRECT_VECTOR(ml_low_pair)(a, b, weight);
            high[k] += DIRECT_VECTOR(ml_high_pair)(a, b, weight);
        }
    }
}

/* `count` sums, a multiple of DIRECT_BLOCK. */
DIRECT_TARGET static void
DIRECT_NAME(direct_sum_narrow)(int16_t *sums,
                               const struct direct_window *window, size_t count)
{
    for (size_t i = 0; i < count; i += DIRECT_PAIRED * DIRECT_BYTES) {
        direct_words low[DIRECT_PAIRED], high[DIRECT_PAIRED];
        direct_pairs(low, high, window, i, 0);
        ML_UNROLL
        for (size_t k = 0; k < DIRECT_PAIRED; k++) {
            int16_t *to = sums + i + k * DIRECT_BYTES;
            DIRECT_VECTOR(ml_ordered)(&low[k], &high[k]);
            memcpy(to, &low[k], DIRECT_BYTES);
            memcpy(to + DIRECT_BYTES / 2, &high[k], DIRECT_BYTES);
        }
    }
}

/* The same, rounded as conv2d.h says. */
DIRECT_TARGET static void DIRECT_NAME(direct_round_narrow)(
    uint8_t *samples, const struct direct_window *window, size_t count)
{
    const int shift = window->shift;
    const int16_t half = (int16_t)(1 << shift >> 1);
    const direct_shorts offset = window->offset - (direct_shorts){0};
    for (size_t i = 0; i < count; i += DIRECT_PAIRED * DIRECT_BYTES) {
        direct_words low[DIRECT_PAIRED], high[DIRECT_PAIRED];
        direct_pairs(low, high, window, i, half);
        ML_UNROLL
        for (size_t k = 0; k < DIRECT_PAIRED; k++) {
            const direct_bytes packed = DIRECT_VECTOR(ml_packed)(
                ((direct_shorts)low[k] >> shift) + offset,
                ((direct_shorts)high[k] >> shift) + offset);
            memcpy(samples + i + k * DIRECT_BYTES, &packed, sizeof packed);
        }
    }
}

/* Two rows of DIRECT_WIDE_TILE sums.  Loaded once for both, each row adds its
 * products in the order of its taps. */
DIRECT_TARGET static void
DIRECT_NAME(direct_sum_wide)(float *sums, const float *values,
                             const struct direct_wide_taps *taps)
{
    const size_t step = DIRECT_BYTES / sizeof *sums;
    for (size_t i = 0; i < DIRECT_WIDE_TILE; i += DIRECT_HELD * step) {
        const float *from = values + i;
        direct_floats first[DIRECT_HELD], second[DIRECT_HELD];
        size_t t = 0;
        ML_UNROLL
        for (size_t k = 0; k < DIRECT_HELD; k++)
            first[k] = second[k] = (direct_floats){0};
        for (; t < taps->second_begin; t++) {
            ML_UNROLL
            for (size_t k = 0; k < DIRECT_HELD; k++)
                first[k] += direct_float(from + taps->at[t] + k * step) *
                            taps->first[t];
        }
        for (; t < taps->first_end; t++) {
            ML_UNROLL
            for (size_t k = 0; k < DIRECT_HELD; k++) {
                const direct_floats value =
                    direct_float(from + taps->at[t] + k * step);
                first[k] += value * taps->first[t];
                second[k] += value * taps->second[t];
            }
        }
        for (; t < taps->count; t++) {
            ML_UNROLL
            for (size_t k = 0; k < DIRECT_HELD; k++)
                second[k] += direct_float(from + taps->at[t] + k * step) *
                             taps->second[t];
        }
        ML_UNROLL
        for (size_t k = 0; k < DIRECT_HELD; k++) {
            float *to = sums + i + k * step;
            memcpy(to, &first[k], sizeof first[k]);
            memcpy(to + DIRECT_WIDE_TILE, &second[k], sizeof second[k]);
        }
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

#undef direct_bytes
#undef direct_shorts
#undef direct_byte
#undef direct_pairs
#undef DIRECT_PAIRED
#undef direct_words
#undef direct_floats
#undef direct_float
#undef DIRECT_HELD
#undef DIRECT_BYTES
#undef DIRECT_TARGET
#undef DIRECT_VECTOR
#undef DIRECT_NAME
