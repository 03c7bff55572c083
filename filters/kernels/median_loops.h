/* median_loops.h: the loops of median.c for one type of sample at one level of
 * vector instructions.  A template, without guard: median.c defines
 *
 *   median_sample         uint8_t or uint16_t
 *   MEDIAN_KIND           byte or word
 *   MEDIAN_BYTES          of a vector
 *   MEDIAN_TARGET         target of the functions
 *   MEDIAN_NAME(name)     their names
 *
 * What it makes is median_3x3() and median_5x5().
 */
#define median_vector MEDIAN_NAME(median_vector)
#define median_get MEDIAN_NAME(median_get)
#define median_order MEDIAN_NAME(median_order)
#define median_drop_least MEDIAN_NAME(median_drop_least)
#define median_drop_most MEDIAN_NAME(median_drop_most)
#define median_drop_both MEDIAN_NAME(median_drop_both)
#define median_load MEDIAN_NAME(median_load)
#define median_columns MEDIAN_NAME(median_columns)
#define median_3x3_at MEDIAN_NAME(median_3x3_at)
#define median_5x5_at MEDIAN_NAME(median_5x5_at)
#define median_3x3 MEDIAN_NAME(median_3x3)
#define median_5x5 MEDIAN_NAME(median_5x5)
#define MEDIAN_INLINE MEDIAN_TARGET ML_INLINE
#define MEDIAN_STEP (MEDIAN_BYTES / sizeof(median_sample))

typedef median_sample median_vector __attribute__((vector_size(MEDIAN_BYTES)));

MEDIAN_INLINE median_vector median_get(const median_sample *from)
{
    median_vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

MEDIAN_INLINE void median_order(median_vector *a, median_vector *b)
{
    const median_vector less = MEDIAN_PICK(min)(*a, *b);
    *b = MEDIAN_PICK(max)(*a, *b);
    *a = less;
}

/* The least of v[0..count) to its front. */
MEDIAN_INLINE void median_drop_least(median_vector *v, size_t count)
{
    ML_UNROLL
    for (size_t i = 1; i < count; i++)
        median_order(&v[0], &v[i]);
}

/* The most to its end. */
MEDIAN_INLINE void median_drop_most(median_vector *v, size_t count)
{
    ML_UNROLL
    for (size_t i = 0; i + 1 < count; i++)
        median_order(&v[i], &v[count - 1]);
}

/* Both; then one more takes the place of the most. */
MEDIAN_INLINE void median_drop_both(median_vector *v, size_t count,
                                    median_vector more)
{
    median_drop_least(v, count);
    median_drop_most(v + 1, count - 1);
    v[count - 1] = more;
}

MEDIAN_INLINE void median_load(median_vector *v, const median_sample *row,
                               size_t step, size_t side)
{
    ML_UNROLL
    for (size_t x = 0; x < side; x++)
        v[x] = median_get(row + x * step);
}

/* Sort columns [0, count) of `side` samples; at least a vector of them. */
MEDIAN_INLINE void median_columns(median_sample *to,
                                  const median_sample *const *rows, size_t at,
                                  size_t count, size_t side)
{
    for (size_t i = 0; i < count; i += MEDIAN_STEP) {
        median_vector v[5];
        i = i + MEDIAN_STEP > count ? count - MEDIAN_STEP : i;
        /* Only the last row is new. */
        __builtin_prefetch(rows[side - 1] + at + i + MEDIAN_AHEAD);
        ML_UNROLL
        for (size_t y = 0; y < side; y++)
            v[y] = median_get(rows[y] + at + i);
        if (side == 5) {
            median_drop_most(v, 5);
            median_drop_most(v, 4);
        }
        median_drop_most(v, 3);
        median_drop_most(v, 2);
        ML_UNROLL
        for (size_t y = 0; y < side; y++)
            memcpy(to + y * MEDIAN_PITCH + i, &v[y], sizeof v[y]);
    }
}

/* See median.h for what is left of each row: of the first its most, of the
 * second the middle, of the last its least; and the median of these. */
MEDIAN_INLINE median_vector median_3x3_at(const median_sample *sorted,
                                          size_t step)
{
    median_vector v[3], left[3];
    median_load(v, sorted, step, 3);
    median_drop_most(v, 3);
    left[0] = v[2];
    median_load(v, sorted + MEDIAN_PITCH, step, 3);
    median_drop_both(v, 3, v[0]);
    left[1] = v[1];
    median_load(v, sorted + 2 * MEDIAN_PITCH, step, 3);
    median_drop_least(v, 3);
    left[2] = v[0];
    median_drop_both(left, 3, left[0]);
    return left[1];
}

/* The same: two, three, three, three and two; then of any of these thirteen
 * that are more than half neither the least nor the most can be the median. */
MEDIAN_INLINE median_vector median_5x5_at(const median_sample *sorted,
                                          size_t step)
{
    median_vector v[5], left[8];
    median_load(v, sorted, step, 5);
    median_drop_most(v, 5);
    median_drop_most(v, 4);
    memcpy(left, v + 3, 2 * sizeof *v);
    median_load(v, sorted + MEDIAN_PITCH, step, 5);
    median_drop_least(v, 5);
    median_drop_least(v + 1, 4);
    memcpy(left + 2, v + 2, 3 * sizeof *v);
    median_load(v, sorted + 2 * MEDIAN_PITCH, step, 5);
    median_drop_least(v, 5);
    median_drop_most(v + 1, 4);
    memcpy(left + 5, v + 1, 3 * sizeof *v);
    median_load(v, sorted + 3 * MEDIAN_PITCH, step, 5);
    median_drop_most(v, 5);
    median_drop_most(v, 4);
    median_drop_both(left, 8, v[0]);
    median_drop_both(left + 1, 7, v[1]);
    median_drop_both(left + 2, 6, v[2]);
    median_load(v, sorted + 4 * MEDIAN_PITCH, step, 5);
    median_drop_least(v, 5);
    median_drop_least(v + 1, 4);
    median_drop_both(left + 3, 5, v[0]);
    median_drop_both(left + 4, 4, v[1]);
    median_drop_both(left + 5, 3, v[1]);
    return left[6];
}

/* Samples [at, at + count), a multiple of 64 and at most MEDIAN_PIECE. */
MEDIAN_TARGET static void median_3x3(median_sample *to,
                                     const median_sample *const *rows,
                                     size_t at, size_t count, size_t step)
{
    _Alignas(64) median_sample sorted[3 * MEDIAN_PITCH];
    median_columns(sorted, rows, at, count + 2 * step, 3);
    for (size_t i = 0; i < count; i += MEDIAN_STEP) {
        const median_vector v = median_3x3_at(sorted + i, step);
        memcpy(to + at + i, &v, sizeof v);
    }
}

MEDIAN_TARGET static void median_5x5(median_sample *to,
                                     const median_sample *const *rows,
                                     size_t at, size_t count, size_t step)
{
    _Alignas(64) median_sample sorted[5 * MEDIAN_PITCH];
    median_columns(sorted, rows, at, count + 4 * step, 5);
    for (size_t i = 0; i < count; i += MEDIAN_STEP) {
        const median_vector v = median_5x5_at(sorted + i, step);
        memcpy(to + at + i, &v, sizeof v);
    }
}

#undef median_vector
#undef median_get
#undef median_order
#undef median_drop_least
#undef median_drop_most
#undef median_drop_both
#undef median_load
#undef median_columns
#undef median_3x3_at
#undef median_5x5_at
#undef median_3x3
#undef median_5x5
#undef MEDIAN_INLINE
#undef MEDIAN_STEP
#undef MEDIAN_BYTES
#undef MEDIAN_TARGET
#undef MEDIAN_NAME
