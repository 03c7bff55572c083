/* transpose_block.h: transpose blocks of rows into columns, one block a lane. A
 * template: transpose.h includes it with TRANSPOSE_BYTES and TRANSPOSE_TARGET.
 * No guard.
 *
 * With L lanes of B values (8 shorts or 4 floats):
 *   load     L * B rows of B values become B rows of L * B values
 *   store    B rows of L * B values become L * B rows of B values
 * Each round interleaves row k with row k + B / 2; after log2(B) rounds, rows
 * are columns.
 */
#define TRANSPOSE_PASTE_(name, bytes) name##_##bytes
#define TRANSPOSE_PASTE(name, bytes) TRANSPOSE_PASTE_(name, bytes)
#define TRANSPOSE_NAME(name) TRANSPOSE_PASTE(name, TRANSPOSE_BYTES)
#define transpose_vector TRANSPOSE_NAME(ml_short)

TRANSPOSE_TARGET ML_INLINE void
TRANSPOSE_NAME(transpose_shorts)(transpose_vector *rows)
{
    transpose_vector a[8];
    ML_UNROLL
    for (size_t round = 0; round < 3; round++) {
        memcpy(a, rows, sizeof a);
        ML_UNROLL
        for (size_t i = 0; i < 4; i++) {
            rows[2 * i] = TRANSPOSE_NAME(ml_low_short)(a[i], a[i + 4]);
            rows[2 * i + 1] = TRANSPOSE_NAME(ml_high_short)(a[i], a[i + 4]);
        }
    }
}

TRANSPOSE_TARGET ML_INLINE void
TRANSPOSE_NAME(transpose_floats)(transpose_vector *rows)
{
    transpose_vector a[4];
    ML_UNROLL
    for (size_t round = 0; round < 2; round++) {
        memcpy(a, rows, sizeof a);
        ML_UNROLL
        for (size_t i = 0; i < 2; i++) {
            rows[2 * i] = TRANSPOSE_NAME(ml_low_float)(a[i], a[i + 2]);
            rows[2 * i + 1] = TRANSPOSE_NAME(ml_high_float)(a[i], a[i + 2]);
        }
    }
}

TRANSPOSE_TARGET ML_INLINE void TRANSPOSE_NAME(ml_transpose_load_shorts)(
    int16_t *to, size_t to_stride, const int16_t *from, size_t from_stride)
{
    transpose_vector rows[8];
    ML_UNROLL
    for (size_t i = 0; i < 8; i++)
        rows[i] = TRANSPOSE_NAME(ml_load_halves)(
            from + i * from_stride,
            (ptrdiff_t)(8 * from_stride * sizeof *from));
    TRANSPOSE_NAME(transpose_shorts)(rows);
    ML_UNROLL
    for (size_t i = 0; i < 8; i++)
        memcpy(to + i * to_stride, &rows[i], sizeof rows[i]);
}

TRANSPOSE_TARGET ML_INLINE void TRANSPOSE_NAME(ml_transpose_store_shorts)(
    int16_t *to, size_t to_stride, const int16_t *from, size_t from_stride)
{
    transpose_vector rows[8];
    ML_UNROLL
    for (size_t i = 0; i < 8; i++)
        memcpy(&rows[i], from + i * from_stride, sizeof rows[i]);
    TRANSPOSE_NAME(transpose_shorts)(rows);
    ML_UNROLL
    for (size_t i = 0; i < 8; i++)
        TRANSPOSE_NAME(ml_store_halves)
    (to + i * to_stride, 8 * to_stride * sizeof *to, rows[i]);
}

TRANSPOSE_TARGET ML_INLINE void
TRANSPOSE_NAME(ml_transpose_load_floats)(float *to, size_t to_stride,
                                         const float *from, size_t from_stride)
{
    transpose_vector rows[4];
    ML_UNROLL
    for (size_t i = 0; i < 4; i++)
        rows[i] = TRANSPOSE_NAME(ml_load_halves)(
            from + i * from_stride,
            (ptrdiff_t)(4 * from_stride * sizeof *from));
    TRANSPOSE_NAME(transpose_floats)(rows);
    ML_UNROLL
    for (size_t i = 0; i < 4; i++)
        memcpy(to + i * to_stride, &rows[i], sizeof rows[i]);
}

TRANSPOSE_TARGET ML_INLINE void
TRANSPOSE_NAME(ml_transpose_store_floats)(float *to, size_t to_stride,
                                          const float *from, size_t from_stride)
{
    transpose_vector rows[4];
    ML_UNROLL
    for (size_t i = 0; i < 4; i++)
        memcpy(&rows[i], from + i * from_stride, sizeof rows[i]);
    TRANSPOSE_NAME(transpose_floats)(rows);
    ML_UNROLL
    for (size_t i = 0; i < 4; i++)
        TRANSPOSE_NAME(ml_store_halves)
    (to + i * to_stride, 4 * to_stride * sizeof *to, rows[i]);
}

#undef TRANSPOSE_PASTE_
#undef TRANSPOSE_PASTE
#undef TRANSPOSE_NAME
#undef transpose_vector
#undef TRANSPOSE_BYTES
#undef TRANSPOSE_TARGET
