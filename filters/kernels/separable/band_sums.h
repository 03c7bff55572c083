/* band_sums.h: weighted sums of vectors of values, the innermost loops of both
 * passes.  A part of the template band.h, which says what is defined before.
 */
#define band_get BAND_NAME(band_get)
#define band_put BAND_NAME(band_put)
#define band_add BAND_NAME(band_add)
#define band_add_pairs BAND_NAME(band_add_pairs)
#define band_part BAND_NAME(band_part)
#define band_sum BAND_NAME(band_sum)
#define band_add_two BAND_NAME(band_add_two)
#define band_add_two_pairs BAND_NAME(band_add_two_pairs)
#define band_part_two BAND_NAME(band_part_two)
#define band_sum_two BAND_NAME(band_sum_two)

#define BAND_HELD 8 /* vectors of sums that registers hold */
/* Vectors of each of two sums, beside the values that they share. */
#define BAND_HELD_TWO (BAND_BYTES == 64 ? 4 : 2)
/* Whether that is worth it: 16 registers are few; measured. */
#define BAND_TWO (BAND_BYTES == 64 || (BAND_BYTES == 32 && BAND_PAIRS))

BAND_INLINE band_vector band_get(const band_value *from)
{
    band_vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* `count`, a constant, of them. */
BAND_INLINE void band_put(band_value *to, const band_vector *from, size_t count)
{
    ML_UNROLL
    for (size_t k = 0; k < count; k++)
        memcpy(to + k * BAND_STEP, &from[k], sizeof from[k]);
}

/* ---- weighted sums ---- */

/* sums[i] = start[i] + weights[t] * values[t * stride + i] over all t, for
 * `held` vectors, a constant of at most BAND_HELD; start NULL: 0. */
BAND_INLINE void band_add(band_value *sums, const band_value *start,
                          const band_value *values, size_t stride,
                          const band_value *weights, size_t count, size_t held)
{
    band_vector s[BAND_HELD];
    ML_UNROLL
    for (size_t k = 0; k < held; k++)
        s[k] = start ? band_get(start + k * BAND_STEP) : (band_vector){0};
    for (size_t t = 0; t < count; t++, values += stride) {
        const band_vector weight = weights[t] - (band_vector){0};
        ML_UNROLL
        for (size_t k = 0; k < held; k++)
            s[k] = band_plus(
                s[k], band_times(band_get(values + k * BAND_STEP), weight));
    }
    band_put(sums, s, held);
}

/* From zero, for weights that read the same from either end. */
BAND_INLINE void band_add_pairs(band_value *sums, const band_value *values,
                                size_t stride, const band_value *weights,
                                size_t count, size_t held)
{
    const size_t half = count / 2;
    const band_value *a = values, *b = values + (count - 1) * stride;
    const band_vector middle = weights[half] - (band_vector){0};
    band_vector s[BAND_HELD];
    ML_UNROLL
    for (size_t k = 0; k < held; k++)
        s[k] = band_times(band_get(values + half * stride + k * BAND_STEP),
                          middle);
    for (size_t t = 0; t < half; t++, a += stride, b -= stride) {
        const band_vector weight = weights[t] - (band_vector){0};
        ML_UNROLL
        for (size_t k = 0; k < held; k++) {
            const band_vector pair = band_plus(band_get(a + k * BAND_STEP),
                                               band_get(b + k * BAND_STEP));
            s[k] = band_plus(s[k], band_times(pair, weight));
        }
    }
    band_put(sums, s, held);
}

/* Either, for a constant number of vectors from vector `k` on. */
BAND_INLINE void band_part(band_value *sums, const band_value *start,
                           const band_value *values, size_t stride,
                           const struct band_weights *by, size_t k, size_t held)
{
    const size_t at = k * BAND_STEP;
    if (BAND_PAIRS && by->symmetric_pairs)
        band_add_pairs(sums + at, values + at, stride, by->weights, by->count,
                       held);
    else
        band_add(sums + at, start ? start + at : NULL, values + at, stride,
                 by->weights, by->count, held);
}

/* The same for any constant number, in parts that registers hold. */
BAND_INLINE void band_sum(band_value *sums, const band_value *start,
                          const band_value *values, size_t stride,
                          const struct band_weights *by, size_t vectors)
{
    const size_t rest = vectors % BAND_HELD;
    for (size_t k = 0; k < vectors - rest; k += BAND_HELD)
        band_part(sums, start, values, stride, by, k, BAND_HELD);
    if (rest)
        band_part(sums, start, values, stride, by, vectors - rest, rest);
}

/* ---- two at once: the next one has the same weights, a stride later ---- */

BAND_INLINE void band_add_two(band_value *sums, band_value *next,
                              const band_value *values, size_t stride,
                              const band_value *weights, size_t count,
                              size_t held)
{
    band_vector a[BAND_HELD_TWO], b[BAND_HELD_TWO], value;
    band_vector before = weights[0] - (band_vector){0};
    ML_UNROLL
    for (size_t k = 0; k < held; k++) {
        a[k] = band_times(band_get(values + k * BAND_STEP), before);
        b[k] = (band_vector){0};
    }
    for (size_t t = 1; t < count; t++) {
        const band_vector weight = weights[t] - (band_vector){0};
        values += stride;
        ML_UNROLL
        for (size_t k = 0; k < held; k++) {
            value = band_get(values + k * BAND_STEP);
            a[k] = band_plus(a[k], band_times(value, weight));
            b[k] = band_plus(b[k], band_times(value, before));
        }
        before = weight;
    }
    values += stride;
    ML_UNROLL
    for (size_t k = 0; k < held; k++) {
        value = band_get(values + k * BAND_STEP);
        b[k] = band_plus(b[k], band_times(value, before));
    }
    band_put(sums, a, held);
    band_put(next, b, held);
}

/* From both ends inwards: a value is part of a pair of one sum in the iteration
 * that loads it, and of the other sum in the next one. */
BAND_INLINE void band_add_two_pairs(band_value *sums, band_value *next,
                                    const band_value *values, size_t stride,
                                    const band_value *weights, size_t count,
                                    size_t held)
{
    const band_value *low = values, *high = values + count * stride;
    band_vector a[BAND_HELD_TWO], b[BAND_HELD_TWO];
    band_vector left[BAND_HELD_TWO], right[BAND_HELD_TWO];
    ML_UNROLL
    for (size_t k = 0; k < held; k++) {
        a[k] = b[k] = (band_vector){0};
        left[k] = band_get(low + k * BAND_STEP);
        right[k] = band_get(high + k * BAND_STEP);
    }
    for (size_t t = 0; t < count / 2; t++) {
        const band_vector weight = weights[t] - (band_vector){0};
        low += stride;
        high -= stride;
        ML_UNROLL
        for (size_t k = 0; k < held; k++) {
            const band_vector l = band_get(low + k * BAND_STEP);
            const band_vector r = band_get(high + k * BAND_STEP);
            a[k] = band_plus(a[k], band_times(band_plus(left[k], r), weight));
            b[k] = band_plus(b[k], band_times(band_plus(l, right[k]), weight));
            left[k] = l;
            right[k] = r;
        }
    }
    const band_vector middle = weights[count / 2] - (band_vector){0};
    ML_UNROLL
    for (size_t k = 0; k < held; k++) {
        a[k] = band_plus(a[k], band_times(left[k], middle));
        b[k] = band_plus(b[k], band_times(right[k], middle));
    }
    band_put(sums, a, held);
    band_put(next, b, held);
}

BAND_INLINE void band_part_two(band_value *sums, band_value *next,
                               const band_value *values, size_t stride,
                               const struct band_weights *by, size_t k,
                               size_t held)
{
    const size_t at = k * BAND_STEP;
    if (BAND_PAIRS && by->symmetric_pairs)
        band_add_two_pairs(sums + at, next + at, values + at, stride,
                           by->weights, by->count, held);
    else
        band_add_two(sums + at, next + at, values + at, stride, by->weights,
                     by->count, held);
}

BAND_INLINE void band_sum_two(band_value *sums, band_value *next,
                              const band_value *values, size_t stride,
                              const struct band_weights *by, size_t vectors)
{
    const size_t rest = vectors % BAND_HELD_TWO;
    for (size_t k = 0; k < vectors - rest; k += BAND_HELD_TWO)
        band_part_two(sums, next, values, stride, by, k, BAND_HELD_TWO);
    if (rest)
        band_part_two(sums, next, values, stride, by, vectors - rest, rest);
}

#undef BAND_HELD
