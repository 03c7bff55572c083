/* transpose_block.h: blocks of rows turned into columns, one block a lane.  A template:
 * transpose.h includes it with TURN_BYTES and TURN_TARGET.  No guard.
 *
 * With L lanes of B values (8 shorts or 4 floats):
 *   gather   L * B rows of B values become B rows of L * B values
 *   scatter  B rows of L * B values become L * B rows of B values
 * Each round interleaves row k with row k + B / 2; after as many rounds as B
 * has doublings, rows are columns.
 */
#define TURN_PASTE_(name, bytes) name##_##bytes
#define TURN_PASTE(name, bytes) TURN_PASTE_(name, bytes)
#define TURN_NAME(name) TURN_PASTE(name, TURN_BYTES)
#define turn_vector TURN_NAME(ml_short)

TURN_TARGET ML_INLINE void TURN_NAME(turn_shorts)(turn_vector *rows)
{
    turn_vector a[8];
    ML_UNROLL
    for (size_t round = 0; round < 3; round++) {
        memcpy(a, rows, sizeof a);
        ML_UNROLL
        for (size_t i = 0; i < 4; i++) {
            rows[2 * i] = TURN_NAME(ml_low_short)(a[i], a[i + 4]);
            rows[2 * i + 1] = TURN_NAME(ml_high_short)(a[i], a[i + 4]);
        }
    }
}

TURN_TARGET ML_INLINE void TURN_NAME(turn_floats)(turn_vector *rows)
{
    turn_vector a[4];
    ML_UNROLL
    for (size_t round = 0; round < 2; round++) {
        memcpy(a, rows, sizeof a);
        ML_UNROLL
        for (size_t i = 0; i < 2; i++) {
            rows[2 * i] = TURN_NAME(ml_low_float)(a[i], a[i + 2]);
            rows[2 * i + 1] = TURN_NAME(ml_high_float)(a[i], a[i + 2]);
        }
    }
}

TURN_TARGET ML_INLINE void TURN_NAME(ml_gather_shorts)(int16_t *to,
                                                       size_t to_stride,
                                                       const int16_t *from,
                                                       size_t from_stride)
{
    turn_vector rows[8];
    ML_UNROLL
    for (size_t i = 0; i < 8; i++)
        rows[i] =
            TURN_NAME(ml_join)(from + i * from_stride,
                               (ptrdiff_t)(8 * from_stride * sizeof *from));
    TURN_NAME(turn_shorts)(rows);
    ML_UNROLL
    for (size_t i = 0; i < 8; i++)
        memcpy(to + i * to_stride, &rows[i], sizeof rows[i]);
}

TURN_TARGET ML_INLINE void TURN_NAME(ml_scatter_shorts)(int16_t *to,
                                                        size_t to_stride,
                                                        const int16_t *from,
                                                        size_t from_stride)
{
    turn_vector rows[8];
    ML_UNROLL
    for (size_t i = 0; i < 8; i++)
        memcpy(&rows[i], from + i * from_stride, sizeof rows[i]);
    TURN_NAME(turn_shorts)(rows);
    ML_UNROLL
    for (size_t i = 0; i < 8; i++)
        TURN_NAME(ml_split)
    (to + i * to_stride, 8 * to_stride * sizeof *to, rows[i]);
}

TURN_TARGET ML_INLINE void TURN_NAME(ml_gather_floats)(float *to,
                                                       size_t to_stride,
                                                       const float *from,
                                                       size_t from_stride)
{
    turn_vector rows[4];
    ML_UNROLL
    for (size_t i = 0; i < 4; i++)
        rows[i] =
            TURN_NAME(ml_join)(from + i * from_stride,
                               (ptrdiff_t)(4 * from_stride * sizeof *from));
    TURN_NAME(turn_floats)(rows);
    ML_UNROLL
    for (size_t i = 0; i < 4; i++)
        memcpy(to + i * to_stride, &rows[i], sizeof rows[i]);
}

TURN_TARGET ML_INLINE void TURN_NAME(ml_scatter_floats)(float *to,
                                                        size_t to_stride,
                                                        const float *from,
                                                        size_t from_stride)
{
    turn_vector rows[4];
    ML_UNROLL
    for (size_t i = 0; i < 4; i++)
        memcpy(&rows[i], from + i * from_stride, sizeof rows[i]);
    TURN_NAME(turn_floats)(rows);
    ML_UNROLL
    for (size_t i = 0; i < 4; i++)
        TURN_NAME(ml_split)
    (to + i * to_stride, 4 * to_stride * sizeof *to, rows[i]);
}

#undef TURN_PASTE_
#undef TURN_PASTE
#undef TURN_NAME
#undef turn_vector
#undef TURN_BYTES
#undef TURN_TARGET
