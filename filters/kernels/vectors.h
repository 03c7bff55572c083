/* vectors.h: vectors of 16, 32 and 64 bytes, and operations on them that plain
 * C cannot express or that compilers do not find.
 *
 * The suffix is the number of bytes.  64 is for functions of ML_TARGET_V4, 32
 * for those and ML_TARGET_V3, 16 for all; 32 and 64 exist if ML_SIMD_TARGETS is
 * set.  A lane is 16 bytes of a vector.
 */
#ifndef ML_FILTERS_KERNELS_VECTORS_H
#define ML_FILTERS_KERNELS_VECTORS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "os/simd_level.h"

#if ML_SIMD_TARGETS
#include <immintrin.h>
#endif

/* Keep vector `v` in a register: gcc would load it again for each use, which
 * costs most if it crosses two cache lines. */
#if ML_SIMD_TARGETS
#define ML_OPAQUE_VALUE(v) __asm__("" : "+v"(v))
#else
#define ML_OPAQUE_VALUE(v) ((void)0)
#endif

typedef int16_t ml_short_16 __attribute__((vector_size(16)));

/* Sums wrap around: unused lanes may hold any value. */
typedef uint16_t ml_word_16 __attribute__((vector_size(16)));

ML_INLINE ml_short_16 ml_add_16(ml_short_16 a, ml_short_16 b)
{
    return (ml_short_16)((ml_word_16)a + (ml_word_16)b);
}

/* ---- products of bytes, two by two, and sums back to bytes ----
 *
 * ml_low_madd_u8 and ml_high_madd_u8: a[i] times the low byte of each of
 * `weights` plus b[i] times its high byte, of the low or the high half of each
 * lane; bytes are 0..255, weights have a sign, and each sum must fit int16.
 * ml_pack_u8 joins both halves again, clamped to bytes, and ml_unpack_order
 * makes them the first and the second half of the whole vector.
 */

typedef uint8_t ml_byte_16 __attribute__((vector_size(16)));

#if ML_SIMD_TARGETS
ML_INLINE ml_word_16 ml_madd_u8_16(__m128i a, __m128i b, ml_short_16 weights)
{
    const __m128i second = _mm_srai_epi16((__m128i)weights, 8);
    const __m128i first =
        _mm_srai_epi16(_mm_slli_epi16((__m128i)weights, 8), 8);
    return (ml_word_16)_mm_add_epi16(_mm_mullo_epi16(a, first),
                                     _mm_mullo_epi16(b, second));
}

ML_INLINE ml_word_16 ml_low_madd_u8_16(ml_byte_16 a, ml_byte_16 b,
                                       ml_short_16 weights)
{
    const __m128i zero = _mm_setzero_si128();
    return ml_madd_u8_16(_mm_unpacklo_epi8((__m128i)a, zero),
                         _mm_unpacklo_epi8((__m128i)b, zero), weights);
}

ML_INLINE ml_word_16 ml_high_madd_u8_16(ml_byte_16 a, ml_byte_16 b,
                                        ml_short_16 weights)
{
    const __m128i zero = _mm_setzero_si128();
    return ml_madd_u8_16(_mm_unpackhi_epi8((__m128i)a, zero),
                         _mm_unpackhi_epi8((__m128i)b, zero), weights);
}

ML_INLINE ml_byte_16 ml_pack_u8_16(ml_short_16 low, ml_short_16 high)
{
    return (ml_byte_16)_mm_packus_epi16((__m128i)low, (__m128i)high);
}
#else
ML_INLINE ml_word_16 ml_madd_u8_16(ml_byte_16 a, ml_byte_16 b,
                                   ml_short_16 weights, size_t first)
{
    ml_word_16 sum = {0};
    for (size_t i = 0; i < 8; i++)
        sum[i] = (uint16_t)(a[first + i] * (int8_t)weights[i] +
                            b[first + i] * (weights[i] >> 8));
    return sum;
}

ML_INLINE ml_word_16 ml_low_madd_u8_16(ml_byte_16 a, ml_byte_16 b,
                                       ml_short_16 weights)
{
    return ml_madd_u8_16(a, b, weights, 0);
}

ML_INLINE ml_word_16 ml_high_madd_u8_16(ml_byte_16 a, ml_byte_16 b,
                                        ml_short_16 weights)
{
    return ml_madd_u8_16(a, b, weights, 8);
}

ML_INLINE ml_byte_16 ml_pack_u8_16(ml_short_16 low, ml_short_16 high)
{
    ml_byte_16 bytes;
    for (size_t i = 0; i < 16; i++) {
        const int value = i < 8 ? low[i] : high[i - 8];
        bytes[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
    return bytes;
}
#endif

/* A single lane is in order. */
ML_INLINE void ml_unpack_order_16(ml_word_16 *low, ml_word_16 *high)
{
    (void)low;
    (void)high;
}

/* ---- the rounded product of 8-bit pictures ----
 *
 * A value is an int16 in 1/64 of a level, a weight an int16 in 2^-15.  The
 * product is rounded to the nearest 1/64, halves up.
 *
 * A weight of one is 32767: for |a| <= 16384, that is up to 256 levels, the
 * product is `a` exactly; beyond (overshoot) it is 1/64 of a level less.
 */

#if ML_SIMD_TARGETS
/* With p = a * k: p >> 14 is four times the high half and the two topmost bits
 * of the low one; the average with zero adds one and halves. */
ML_INLINE ml_short_16 ml_mulhrs_16(ml_short_16 a, ml_short_16 k)
{
    const __m128i low = _mm_mullo_epi16((__m128i)a, (__m128i)k);
    const __m128i high = _mm_mulhi_epi16((__m128i)a, (__m128i)k);
    const __m128i rest =
        _mm_avg_epu16(_mm_srli_epi16(low, 14), _mm_setzero_si128());
    return (ml_short_16)_mm_add_epi16(_mm_add_epi16(high, high), rest);
}
#else
ML_INLINE ml_short_16 ml_mulhrs_16(ml_short_16 a, ml_short_16 k)
{
    ml_short_16 product;
    for (size_t i = 0; i < 8; i++)
        product[i] = (int16_t)(((a[i] * k[i] >> 14) + 1) >> 1);
    return product;
}
#endif

/* ---- minimum and maximum of unsigned samples ---- */

#if ML_SIMD_TARGETS
ML_INLINE ml_byte_16 ml_min_byte_16(ml_byte_16 a, ml_byte_16 b)
{
    return (ml_byte_16)_mm_min_epu8((__m128i)a, (__m128i)b);
}

ML_INLINE ml_byte_16 ml_max_byte_16(ml_byte_16 a, ml_byte_16 b)
{
    return (ml_byte_16)_mm_max_epu8((__m128i)a, (__m128i)b);
}

/* SSE2 has these for bytes only; a - b is 0 where b is greater. */
ML_INLINE ml_word_16 ml_min_word_16(ml_word_16 a, ml_word_16 b)
{
    return a - (ml_word_16)_mm_subs_epu16((__m128i)a, (__m128i)b);
}

ML_INLINE ml_word_16 ml_max_word_16(ml_word_16 a, ml_word_16 b)
{
    return b + (ml_word_16)_mm_subs_epu16((__m128i)a, (__m128i)b);
}
#else
#define ML_PICK(name, kind, relation)                                          \
    ML_INLINE ml_##kind##_16 ml_##name##_##kind##_16(ml_##kind##_16 a,         \
                                                     ml_##kind##_16 b)         \
    {                                                                          \
        for (size_t i = 0; i < sizeof a / sizeof a[0]; i++)                    \
            a[i] = a[i] relation b[i] ? a[i] : b[i];                           \
        return a;                                                              \
    }
/* clang-format off */
ML_PICK(min, byte, <)
ML_PICK(max, byte, >)
ML_PICK(min, word, <)
ML_PICK(max, word, >)
/* clang-format on */
#endif

/* ---- load and store lanes `step` bytes apart; steps may be negative ---- */

ML_INLINE ml_short_16 ml_load_halves_16(const void *from, ptrdiff_t step)
{
    ml_short_16 v;
    (void)step;
    memcpy(&v, from, sizeof v);
    return v;
}

ML_INLINE void ml_store_halves_16(void *to, size_t step, ml_short_16 v)
{
    (void)step;
    memcpy(to, &v, sizeof v);
}

/* ---- interleaving: the low or the high halves of each lane ---- */

ML_INLINE ml_short_16 ml_low_short_16(ml_short_16 a, ml_short_16 b)
{
    return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

ML_INLINE ml_short_16 ml_high_short_16(ml_short_16 a, ml_short_16 b)
{
    return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

ML_INLINE ml_short_16 ml_low_float_16(ml_short_16 a, ml_short_16 b)
{
    return __builtin_shufflevector(a, b, 0, 1, 8, 9, 2, 3, 10, 11);
}

ML_INLINE ml_short_16 ml_high_float_16(ml_short_16 a, ml_short_16 b)
{
    return __builtin_shufflevector(a, b, 4, 5, 12, 13, 6, 7, 14, 15);
}

ML_INLINE ml_short_16 ml_low_byte_16(ml_short_16 a, ml_short_16 b)
{
    return (ml_short_16)__builtin_shufflevector((ml_byte_16)a, (ml_byte_16)b, 0,
                                                16, 1, 17, 2, 18, 3, 19, 4, 20,
                                                5, 21, 6, 22, 7, 23);
}

ML_INLINE ml_short_16 ml_high_byte_16(ml_short_16 a, ml_short_16 b)
{
    return (ml_short_16)__builtin_shufflevector((ml_byte_16)a, (ml_byte_16)b, 8,
                                                24, 9, 25, 10, 26, 11, 27, 12,
                                                28, 13, 29, 14, 30, 15, 31);
}

ML_INLINE ml_short_16 ml_low_double_16(ml_short_16 a, ml_short_16 b)
{
    return __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
}

ML_INLINE ml_short_16 ml_high_double_16(ml_short_16 a, ml_short_16 b)
{
    return __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
}

#if ML_SIMD_TARGETS

typedef int16_t ml_short_32 __attribute__((vector_size(32)));
typedef int16_t ml_short_64 __attribute__((vector_size(64)));

ML_TARGET_V3 ML_INLINE ml_short_32 ml_add_32(ml_short_32 a, ml_short_32 b)
{
    return (ml_short_32)_mm256_add_epi16((__m256i)a, (__m256i)b);
}

ML_TARGET_V4 ML_INLINE ml_short_64 ml_add_64(ml_short_64 a, ml_short_64 b)
{
    return (ml_short_64)_mm512_add_epi16((__m512i)a, (__m512i)b);
}

ML_TARGET_V3 ML_INLINE ml_short_32 ml_mulhrs_32(ml_short_32 a, ml_short_32 k)
{
    return (ml_short_32)_mm256_mulhrs_epi16((__m256i)a, (__m256i)k);
}

ML_TARGET_V4 ML_INLINE ml_short_64 ml_mulhrs_64(ml_short_64 a, ml_short_64 k)
{
    return (ml_short_64)_mm512_mulhrs_epi16((__m512i)a, (__m512i)k);
}

ML_TARGET_V3 ML_INLINE ml_short_32 ml_load_halves_32(const void *from,
                                                     ptrdiff_t step)
{
    const char *at = from;
    return (ml_short_32)_mm256_loadu2_m128i(
        (const __m128i *)(const void *)(at + step),
        (const __m128i *)(const void *)at);
}

ML_TARGET_V4 ML_INLINE ml_short_64 ml_load_halves_64(const void *from,
                                                     ptrdiff_t step)
{
    const char *at = from;
    __m512i v = _mm512_castsi128_si512(
        _mm_loadu_si128((const __m128i *)(const void *)at));
    v = _mm512_inserti32x4(
        v, _mm_loadu_si128((const __m128i *)(const void *)(at + step)), 1);
    v = _mm512_inserti32x4(
        v, _mm_loadu_si128((const __m128i *)(const void *)(at + 2 * step)), 2);
    return (ml_short_64)_mm512_inserti32x4(
        v, _mm_loadu_si128((const __m128i *)(const void *)(at + 3 * step)), 3);
}

ML_TARGET_V3 ML_INLINE void ml_store_halves_32(void *to, size_t step,
                                               ml_short_32 v)
{
    char *at = to;
    _mm256_storeu2_m128i((__m128i *)(void *)(at + step), (__m128i *)(void *)at,
                         (__m256i)v);
}

ML_TARGET_V4 ML_INLINE void ml_store_halves_64(void *to, size_t step,
                                               ml_short_64 v)
{
    char *at = to;
    const __m512i w = (__m512i)v;
    _mm_storeu_si128((__m128i *)(void *)at, _mm512_castsi512_si128(w));
    _mm_storeu_si128((__m128i *)(void *)(at + step),
                     _mm512_extracti32x4_epi32(w, 1));
    _mm_storeu_si128((__m128i *)(void *)(at + 2 * step),
                     _mm512_extracti32x4_epi32(w, 2));
    _mm_storeu_si128((__m128i *)(void *)(at + 3 * step),
                     _mm512_extracti32x4_epi32(w, 3));
}

#define ML_INTERLEAVE(name, bytes, target, wide, intrinsic)                    \
    target ML_INLINE ml_short_##bytes ml_##name##_##bytes(ml_short_##bytes a,  \
                                                          ml_short_##bytes b)  \
    {                                                                          \
        return (ml_short_##bytes)intrinsic((wide)a, (wide)b);                  \
    }
/* clang-format off */
ML_INTERLEAVE(low_short, 32, ML_TARGET_V3, __m256i, _mm256_unpacklo_epi16)
ML_INTERLEAVE(high_short, 32, ML_TARGET_V3, __m256i, _mm256_unpackhi_epi16)
ML_INTERLEAVE(low_float, 32, ML_TARGET_V3, __m256i, _mm256_unpacklo_epi32)
ML_INTERLEAVE(high_float, 32, ML_TARGET_V3, __m256i, _mm256_unpackhi_epi32)
ML_INTERLEAVE(low_byte, 32, ML_TARGET_V3, __m256i, _mm256_unpacklo_epi8)
ML_INTERLEAVE(high_byte, 32, ML_TARGET_V3, __m256i, _mm256_unpackhi_epi8)
ML_INTERLEAVE(low_double, 32, ML_TARGET_V3, __m256i, _mm256_unpacklo_epi64)
ML_INTERLEAVE(high_double, 32, ML_TARGET_V3, __m256i, _mm256_unpackhi_epi64)
ML_INTERLEAVE(low_short, 64, ML_TARGET_V4, __m512i, _mm512_unpacklo_epi16)
ML_INTERLEAVE(high_short, 64, ML_TARGET_V4, __m512i, _mm512_unpackhi_epi16)
ML_INTERLEAVE(low_float, 64, ML_TARGET_V4, __m512i, _mm512_unpacklo_epi32)
ML_INTERLEAVE(high_float, 64, ML_TARGET_V4, __m512i, _mm512_unpackhi_epi32)
ML_INTERLEAVE(low_byte, 64, ML_TARGET_V4, __m512i, _mm512_unpacklo_epi8)
ML_INTERLEAVE(high_byte, 64, ML_TARGET_V4, __m512i, _mm512_unpackhi_epi8)
ML_INTERLEAVE(low_double, 64, ML_TARGET_V4, __m512i, _mm512_unpacklo_epi64)
ML_INTERLEAVE(high_double, 64, ML_TARGET_V4, __m512i, _mm512_unpackhi_epi64)
/* clang-format on */

typedef uint8_t ml_byte_32 __attribute__((vector_size(32)));
typedef uint8_t ml_byte_64 __attribute__((vector_size(64)));
typedef uint16_t ml_word_32 __attribute__((vector_size(32)));
typedef uint16_t ml_word_64 __attribute__((vector_size(64)));

#define ML_PAIR(half, bytes, target, wide, interleave, products)               \
    target ML_INLINE ml_word_##bytes ml_##half##_madd_u8_##bytes(              \
        ml_byte_##bytes a, ml_byte_##bytes b, ml_short_##bytes weights)        \
    {                                                                          \
        return (ml_word_##bytes)products(interleave((wide)a, (wide)b),         \
                                         (wide)weights);                       \
    }
/* clang-format off */
ML_PAIR(low, 32, ML_TARGET_V3, __m256i, _mm256_unpacklo_epi8, _mm256_maddubs_epi16)
ML_PAIR(high, 32, ML_TARGET_V3, __m256i, _mm256_unpackhi_epi8, _mm256_maddubs_epi16)
ML_PAIR(low, 64, ML_TARGET_V4, __m512i, _mm512_unpacklo_epi8, _mm512_maddubs_epi16)
ML_PAIR(high, 64, ML_TARGET_V4, __m512i, _mm512_unpackhi_epi8, _mm512_maddubs_epi16)
/* clang-format on */

ML_TARGET_V3 ML_INLINE ml_byte_32 ml_pack_u8_32(ml_short_32 low,
                                                ml_short_32 high)
{
    return (ml_byte_32)_mm256_packus_epi16((__m256i)low, (__m256i)high);
}

ML_TARGET_V4 ML_INLINE ml_byte_64 ml_pack_u8_64(ml_short_64 low,
                                                ml_short_64 high)
{
    return (ml_byte_64)_mm512_packus_epi16((__m512i)low, (__m512i)high);
}

ML_TARGET_V3 ML_INLINE void ml_unpack_order_32(ml_word_32 *low,
                                               ml_word_32 *high)
{
    const __m256i a = (__m256i)*low, b = (__m256i)*high;
    *low = (ml_word_32)_mm256_permute2x128_si256(a, b, 0x20);
    *high = (ml_word_32)_mm256_permute2x128_si256(a, b, 0x31);
}

ML_TARGET_V4 ML_INLINE void ml_unpack_order_64(ml_word_64 *low,
                                               ml_word_64 *high)
{
    const __m512i a = (__m512i)*low, b = (__m512i)*high;
    const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    const __m512i last = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    *low = (ml_word_64)_mm512_permutex2var_epi64(a, first, b);
    *high = (ml_word_64)_mm512_permutex2var_epi64(a, last, b);
}

#define ML_PICK(name, kind, bytes, target, wide, intrinsic)                    \
    target ML_INLINE ml_##kind##_##bytes ml_##name##_##kind##_##bytes(         \
        ml_##kind##_##bytes a, ml_##kind##_##bytes b)                          \
    {                                                                          \
        return (ml_##kind##_##bytes)intrinsic((wide)a, (wide)b);               \
    }
/* clang-format off */
ML_PICK(min, byte, 32, ML_TARGET_V3, __m256i, _mm256_min_epu8)
ML_PICK(max, byte, 32, ML_TARGET_V3, __m256i, _mm256_max_epu8)
ML_PICK(min, word, 32, ML_TARGET_V3, __m256i, _mm256_min_epu16)
ML_PICK(max, word, 32, ML_TARGET_V3, __m256i, _mm256_max_epu16)
ML_PICK(min, byte, 64, ML_TARGET_V4, __m512i, _mm512_min_epu8)
ML_PICK(max, byte, 64, ML_TARGET_V4, __m512i, _mm512_max_epu8)
ML_PICK(min, word, 64, ML_TARGET_V4, __m512i, _mm512_min_epu16)
ML_PICK(max, word, 64, ML_TARGET_V4, __m512i, _mm512_max_epu16)
/* clang-format on */

#endif
#endif
