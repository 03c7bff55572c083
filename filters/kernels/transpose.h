/* transpose.h: blocks of values turned from rows to columns and back.
 *
 * In vectors that gcc and clang lower to the shuffles of any machine; plain C
 * loops took two and a half times as long.
 */
#ifndef ML_FILTERS_KERNELS_TRANSPOSE_H
#define ML_FILTERS_KERNELS_TRANSPOSE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/simd.h"

typedef int16_t ml_short8 __attribute__((vector_size(16)));
typedef float ml_float4 __attribute__((vector_size(16)));

#define ML_LOW8(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define ML_HIGH8(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define ML_LOW4(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define ML_HIGH4(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)

/* 8 x 8: to[i * to_stride + j] = from[j * from_stride + i].  Three rounds, each
 * interleaving row k with row k + 4. */
ML_INLINE void ml_transpose_8x8(int16_t *to, size_t to_stride,
                                const int16_t *from, size_t from_stride)
{
    ml_short8 a[8], b[8];
    for (size_t i = 0; i < 8; i++)
        memcpy(&a[i], from + i * from_stride, sizeof a[i]);
    for (size_t i = 0; i < 4; i++) {
        b[2 * i] = ML_LOW8(a[i], a[i + 4]);
        b[2 * i + 1] = ML_HIGH8(a[i], a[i + 4]);
    }
    for (size_t i = 0; i < 4; i++) {
        a[2 * i] = ML_LOW8(b[i], b[i + 4]);
        a[2 * i + 1] = ML_HIGH8(b[i], b[i + 4]);
    }
    for (size_t i = 0; i < 4; i++) {
        b[2 * i] = ML_LOW8(a[i], a[i + 4]);
        b[2 * i + 1] = ML_HIGH8(a[i], a[i + 4]);
    }
    for (size_t i = 0; i < 8; i++)
        memcpy(to + i * to_stride, &b[i], sizeof b[i]);
}

/* 4 x 4, in two rounds. */
ML_INLINE void ml_transpose_4x4(float *to, size_t to_stride, const float *from,
                                size_t from_stride)
{
    ml_float4 a[4], b[4];
    for (size_t i = 0; i < 4; i++)
        memcpy(&a[i], from + i * from_stride, sizeof a[i]);
    for (size_t i = 0; i < 2; i++) {
        b[2 * i] = ML_LOW4(a[i], a[i + 2]);
        b[2 * i + 1] = ML_HIGH4(a[i], a[i + 2]);
    }
    for (size_t i = 0; i < 2; i++) {
        a[2 * i] = ML_LOW4(b[i], b[i + 2]);
        a[2 * i + 1] = ML_HIGH4(b[i], b[i + 2]);
    }
    for (size_t i = 0; i < 4; i++)
        memcpy(to + i * to_stride, &a[i], sizeof a[i]);
}

#endif
