/* conv2d_loops.h: the innermost loops of family/conv2d.c, which includes it for
 * each SIMD target.  A template, no guard.
 *
 *   CONV2D_BYTES          of a vector
 *   CONV2D_VECTOR(name)   name of a function of vectors.h for these
 *   CONV2D_TARGET, CONV2D_NAME(name)   target and names of the functions
 */
#define conv2d_words CONV2D_NAME(conv2d_words)
#define conv2d_floats CONV2D_NAME(conv2d_floats)
#define conv2d_float CONV2D_NAME(conv2d_float)
#define conv2d_bytes CONV2D_NAME(conv2d_bytes)
#define conv2d_shorts CONV2D_NAME(conv2d_shorts)
#define conv2d_pairs CONV2D_NAME(conv2d_pairs)
#define conv2d_byte CONV2D_NAME(conv2d_byte)
#define CONV2D_HELD 4   /* vectors of either row's sums in registers */
#define CONV2D_PAIRED 2 /* vectors of bytes; of sums, two for each */

_Static_assert(CONV2D_BLOCK % (CONV2D_PAIRED * CONV2D_BYTES) == 0,
               "blocks are made whole");

typedef uint8_t conv2d_bytes __attribute__((vector_size(CONV2D_BYTES)));
typedef int16_t conv2d_shorts __attribute__((vector_size(CONV2D_BYTES)));
typedef uint16_t conv2d_words __attribute__((vector_size(CONV2D_BYTES)));
typedef float conv2d_floats __attribute__((vector_size(CONV2D_BYTES)));

CONV2D_TARGET ML_INLINE conv2d_floats conv2d_float(const float *from)
{
    conv2d_floats v;
    memcpy(&v, from, sizeof v);
    ML_OPAQUE_VALUE(v);
    return v;
}

CONV2D_TARGET ML_INLINE conv2d_bytes conv2d_byte(const uint8_t *from)
{
    conv2d_bytes v;
    memcpy(&v, from, sizeof v);
    ML_OPAQUE_VALUE(v);
    return v;
}

/* Sums over all t of at[2t][i] and at[2t + 1][i], times the low and the high
 * byte of weights[t], added to `first`: CONV2D_PAIRED vectors of bytes from `i`
 * on, in halves as vectors.h has them. */
CONV2D_TARGET ML_INLINE void conv2d_pairs(conv2d_words *low, conv2d_words *high,
                                          const struct conv2d_window *window,
                                          size_t i, int16_t first)
{
    ML_UNROLL
    for (size_t k = 0; k < CONV2D_PAIRED; k++)
        low[k] = high[k] = (uint16_t)first - (conv2d_words){0};
    for (size_t t = 0; t < window->pairs; t++) {
        const uint8_t *from_a = window->at[2 * t] + i;
        const uint8_t *from_b = window->at[2 * t + 1] + i;
        const conv2d_shorts weight = window->weights[t] - (conv2d_shorts){0};
        ML_UNROLL
        for (size_t k = 0; k < CONV2D_PAIRED; k++) {
            const conv2d_bytes a = conv2d_byte(from_a + k * CONV2D_BYTES);
            const conv2d_bytes b = conv2d_byte(from_b + k * CONV2D_BYTES);
            low[k] += CONV2D_VECTOR(ml_low_madd_u8)(a, b, weight);
            high[k] += CONV2D_VECTOR(ml_high_madd_u8)(a, b, weight);
        }
    }
}

/* `count` sums, a multiple of CONV2D_BLOCK. */
CONV2D_TARGET static void
CONV2D_NAME(conv2d_sum_s16)(int16_t *sums, const struct conv2d_window *window,
                            size_t count)
{
    for (size_t i = 0; i < count; i += CONV2D_PAIRED * CONV2D_BYTES) {
        conv2d_words low[CONV2D_PAIRED], high[CONV2D_PAIRED];
        conv2d_pairs(low, high, window, i, 0);
        ML_UNROLL
        for (size_t k = 0; k < CONV2D_PAIRED; k++) {
            int16_t *to = sums + i + k * CONV2D_BYTES;
            CONV2D_VECTOR(ml_unpack_order)(&low[k], &high[k]);
            memcpy(to, &low[k], CONV2D_BYTES);
            memcpy(to + CONV2D_BYTES / 2, &high[k], CONV2D_BYTES);
        }
    }
}

/* The same, rounded as conv2d.h says. */
CONV2D_TARGET static void
CONV2D_NAME(conv2d_round_s16)(uint8_t *samples,
                              const struct conv2d_window *window, size_t count)
{
    const int shift = window->shift;
    const int16_t half = (int16_t)(1 << shift >> 1);
    const conv2d_shorts offset = window->offset - (conv2d_shorts){0};
    for (size_t i = 0; i < count; i += CONV2D_PAIRED * CONV2D_BYTES) {
        conv2d_words low[CONV2D_PAIRED], high[CONV2D_PAIRED];
        conv2d_pairs(low, high, window, i, half);
        ML_UNROLL
        for (size_t k = 0; k < CONV2D_PAIRED; k++) {
            const conv2d_bytes packed = CONV2D_VECTOR(ml_pack_u8)(
                ((conv2d_shorts)low[k] >> shift) + offset,
                ((conv2d_shorts)high[k] >> shift) + offset);
            memcpy(samples + i + k * CONV2D_BYTES, &packed, sizeof packed);
        }
    }
}

/* Two rows of CONV2D_F32_TILE sums.  Loaded once for both, each row adds its
 * products in the order of its taps. */
CONV2D_TARGET static void
CONV2D_NAME(conv2d_sum_f32)(float *sums, const float *values,
                            const struct conv2d_f32_taps *taps)
{
    const size_t step = CONV2D_BYTES / sizeof *sums;
    for (size_t i = 0; i < CONV2D_F32_TILE; i += CONV2D_HELD * step) {
        const float *from = values + i;
        conv2d_floats first[CONV2D_HELD], second[CONV2D_HELD];
        size_t t = 0;
        ML_UNROLL
        for (size_t k = 0; k < CONV2D_HELD; k++)
            first[k] = second[k] = (conv2d_floats){0};
        for (; t < taps->second_begin; t++) {
            ML_UNROLL
            for (size_t k = 0; k < CONV2D_HELD; k++)
                first[k] += conv2d_float(from + taps->at[t] + k * step) *
                            taps->first[t];
        }
        for (; t < taps->first_end; t++) {
            ML_UNROLL
            for (size_t k = 0; k < CONV2D_HELD; k++) {
                const conv2d_floats value =
                    conv2d_float(from + taps->at[t] + k * step);
                first[k] += value * taps->first[t];
                second[k] += value * taps->second[t];
            }
        }
        for (; t < taps->count; t++) {
            ML_UNROLL
            for (size_t k = 0; k < CONV2D_HELD; k++)
                second[k] += conv2d_float(from + taps->at[t] + k * step) *
                             taps->second[t];
        }
        ML_UNROLL
        for (size_t k = 0; k < CONV2D_HELD; k++) {
            float *to = sums + i + k * step;
            memcpy(to, &first[k], sizeof first[k]);
            memcpy(to + CONV2D_F32_TILE, &second[k], sizeof second[k]);
        }
    }
}

CONV2D_TARGET static void CONV2D_NAME(conv2d_load)(float *restrict to,
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

#undef conv2d_bytes
#undef conv2d_shorts
#undef conv2d_byte
#undef conv2d_pairs
#undef CONV2D_PAIRED
#undef conv2d_words
#undef conv2d_floats
#undef conv2d_float
#undef CONV2D_HELD
#undef CONV2D_BYTES
#undef CONV2D_TARGET
#undef CONV2D_VECTOR
#undef CONV2D_NAME
