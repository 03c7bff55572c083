/* median_loops.h: the loops of median.c for one type of sample and one SIMD
 * target.  A template, without guard: median_targets.h defines
 *
 *   median_sample         uint8_t or uint16_t
 *   MEDIAN_KIND           byte or word
 *   MEDIAN_BYTES          of a vector
 *   MEDIAN_TARGET         target of the functions
 *   MEDIAN_NAME(name)     their names
 *
 * The result is median_3x3() and median_5x5().
 */
#define median_vector MEDIAN_NAME(median_vector)
#define median_get MEDIAN_NAME(median_get)
#define median_order MEDIAN_NAME(median_order)
#define median_sort_3 MEDIAN_NAME(median_sort_3)
#define median_sort_5 MEDIAN_NAME(median_sort_5)
#define median_sort MEDIAN_NAME(median_sort)
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
    ML_OPAQUE_VALUE(v);
    return v;
}

MEDIAN_INLINE void median_order(median_vector *a, median_vector *b)
{
    const median_vector less = MEDIAN_PICK(min)(*a, *b);
    *b = MEDIAN_PICK(max)(*a, *b);
    *a = less;
}

MEDIAN_INLINE void median_sort_3(median_vector *v)
{
    median_order(&v[0], &v[1]);
    median_order(&v[1], &v[2]);
    median_order(&v[0], &v[1]);
}

/* Nine exchanges, the fewest.  The compiler removes the exchanges of ranks that
 * are not read, here and below. */
MEDIAN_INLINE void median_sort_5(median_vector *v)
{
    median_order(&v[0], &v[1]);
    median_order(&v[3], &v[4]);
    median_order(&v[2], &v[4]);
    median_order(&v[2], &v[3]);
    median_order(&v[0], &v[3]);
    median_order(&v[0], &v[2]);
    median_order(&v[1], &v[4]);
    median_order(&v[1], &v[3]);
    median_order(&v[1], &v[2]);
}

MEDIAN_INLINE void median_sort(median_vector *v, size_t count)
{
    if (count == 3)
        median_sort_3(v);
    else
        median_sort_5(v);
}

/* Row `rank` of the sorted columns: its squares' samples, sorted. */
MEDIAN_INLINE void median_load(median_vector *v, const median_sample *sorted,
                               size_t rank, size_t step, size_t side)
{
    const median_sample *row = sorted + rank * MEDIAN_PITCH;
    ML_UNROLL
    for (size_t x = 0; x < side; x++)
        v[x] = median_get(row + x * step);
    median_sort(v, side);
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
        median_sort(v, side);
        ML_UNROLL
        for (size_t y = 0; y < side; y++)
            memcpy(to + y * MEDIAN_PITCH + i, &v[y], sizeof v[y]);
    }
}

/* median.h says which samples of the rows are left. */
MEDIAN_INLINE median_vector median_3x3_at(const median_sample *sorted,
                                          size_t step)
{
    median_vector v[3], left[3];
    median_load(v, sorted, 0, step, 3);
    left[0] = v[2];
    median_load(v, sorted, 1, step, 3);
    left[1] = v[1];
    median_load(v, sorted, 2, step, 3);
    left[2] = v[0];
    median_sort_3(left);
    return left[1];
}

MEDIAN_INLINE median_vector median_5x5_at(const median_sample *sorted,
                                          size_t step)
{
    median_vector v[5], left[3], middle[5], most, least;
    median_load(v, sorted, 0, step, 5);
    most = v[3];
    middle[0] = v[4];
    median_load(v, sorted, 1, step, 5);
    most = MEDIAN_PICK(max)(most, v[2]);
    middle[1] = v[3];
    least = v[4];
    median_load(v, sorted, 2, step, 5);
    most = MEDIAN_PICK(max)(most, v[1]);
    middle[2] = v[2];
    least = MEDIAN_PICK(min)(least, v[3]);
    median_load(v, sorted, 3, step, 5);
    left[0] = MEDIAN_PICK(max)(most, v[0]);
    middle[3] = v[1];
    least = MEDIAN_PICK(min)(least, v[2]);
    median_load(v, sorted, 4, step, 5);
    middle[4] = v[0];
    left[2] = MEDIAN_PICK(min)(least, v[1]);
    median_sort_5(middle);
    left[1] = middle[2];
    median_sort_3(left);
    return left[1];
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
        __builtin_prefetch(to + at + i + MEDIAN_AHEAD, 1);
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
        __builtin_prefetch(to + at + i + MEDIAN_AHEAD, 1);
        memcpy(to + at + i, &v, sizeof v);
    }
}

#undef median_vector
#undef median_get
#undef median_order
#undef median_sort_3
#undef median_sort_5
#undef median_sort
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
