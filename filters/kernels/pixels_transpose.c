/* pixels_transpose.c: rows become columns; see pixels.h.
 *
 * A block is some input rows, as wide as there are output rows: enough that
 * each output row gets whole cache lines, and few enough that input and output
 * stay in the cache until the block is done, while the next one is prefetched.
 * Blocks are transposed in tiles (pixels_tiles.h).  Pixels of 3 and 6 bytes
 * take units of 4 and 8 meanwhile.
 */
#include "filters/kernels/pixels.h"

#include <stdbool.h>
#include <string.h>

#include "filters/kernels/vectors.h"
#include "os/simd_level.h"

#define TRANSPOSE_LANE 16 /* bytes */
#define TRANSPOSE_LANE_PIXELS                                                  \
    12                    /* bytes of a lane that pixels of 3 and 6 fill */
#define TRANSPOSE_LINE 64 /* bytes of a cache line */
/* Input rows of a block.  Large pixels, whose pictures come from memory and not
 * from the third-level cache, gain from earlier prefetching. */
#define TRANSPOSE_BLOCK 64
#define TRANSPOSE_BLOCK_LARGE 128 /* of pixels from 4 bytes on */

/* ---- for all tiles; `pixel` is a constant where this is inlined ---- */

ML_INLINE size_t transpose_unit(size_t pixel)
{
    return pixel == 3 ? 4 : pixel == 6 ? 8 : pixel;
}

ML_INLINE uint32_t transpose_block(size_t pixel)
{
    return pixel < 4 ? TRANSPOSE_BLOCK : TRANSPOSE_BLOCK_LARGE;
}

/* Pixel by pixel: columns [x, x_end) of output rows [y, y_end). */
ML_INLINE void transpose_by_one(const struct ml_transpose_job *job, uint32_t x,
                                uint32_t x_end, uint32_t y, uint32_t y_end,
                                size_t pixel)
{
    for (; y < y_end; y++) {
        uint8_t *to = job->to + (ptrdiff_t)y * job->to_step;
        const uint8_t *from = job->from + y * pixel;
        for (uint32_t i = x; i < x_end; i++)
            memcpy(to + i * pixel, from + (ptrdiff_t)i * job->from_step, pixel);
    }
}

/* Prefetch input rows [x, x_end), as far as they exist: a block reads more rows
 * than hardware prefetchers follow. */
ML_INLINE void transpose_fetch(const struct ml_transpose_job *job, uint32_t x,
                               uint32_t x_end, size_t pixel)
{
    const size_t last = job->rows * pixel - 1;
    for (; x < x_end && x < job->width; x++) {
        const uint8_t *row = job->from + (ptrdiff_t)x * job->from_step;
        for (size_t at = 0; at < last; at += TRANSPOSE_LINE)
            __builtin_prefetch(row + at);
        __builtin_prefetch(row + last);
    }
}

/* Prefetch the output of the next block, which has one place a row as well. */
ML_INLINE void transpose_fetch_to(const struct ml_transpose_job *job,
                                  const uint8_t *to, uint32_t rows,
                                  size_t pixel)
{
    for (uint32_t i = 0; i < rows; i++, to += job->to_step)
        __builtin_prefetch(to + transpose_block(pixel) * pixel, 1);
}

/* Output rows that tiles of `side` may make: lanes read bytes behind the last
 * pixel, which must exist. */
ML_INLINE uint32_t transpose_whole_rows(const struct ml_transpose_job *job,
                                        uint32_t side, size_t pixel)
{
    const size_t spare = TRANSPOSE_LANE - side * pixel;
    const uint32_t rest = job->rows % side;
    const uint32_t whole = job->rows - rest;
    const bool tight = ((size_t)rest + job->rows_after) * pixel < spare;
    return tight && whole > 0 ? whole - side : whole;
}

/* ---- pixels into units, and vectors of units stored as pixels ---- */

#if ML_SIMD_TARGETS
/* SSE2 moves bytes by shifts only: 12 bytes are 6 in each half, and of these 3
 * in each half. */
ML_INLINE ml_short_16 transpose_wide_16(ml_short_16 v, size_t pixel)
{
    const __m128d later = _mm_castsi128_pd(_mm_slli_si128((__m128i)v, 2));
    const __m128i halves = _mm_castpd_si128(_mm_move_sd(later, (__m128d)v));
    if (pixel == 6)
        return (ml_short_16)halves;
    const __m128i first = _mm_set1_epi64x(0xffffff);
    return (ml_short_16)_mm_or_si128(
        _mm_and_si128(halves, first),
        _mm_slli_epi64(_mm_andnot_si128(first, halves), 8));
}

ML_INLINE void transpose_store_narrow_16(uint8_t *to, ml_short_16 v,
                                         size_t pixel)
{
    typedef uint64_t halves __attribute__((vector_size(TRANSPOSE_LANE)));
    halves h = (halves)v;
    h = pixel == 3 ? (h & 0xffffff) | (h >> 8 & 0xffffff000000)
                   : h & 0xffffffffffff;
    const uint64_t first = h[0] | h[1] << 48;
    const uint32_t rest = (uint32_t)(h[1] >> 16);
    memcpy(to, &first, sizeof first);
    memcpy(to + sizeof first, &rest, sizeof rest);
}
#else
ML_INLINE ml_short_16 transpose_wide_16(ml_short_16 v, size_t pixel)
{
    const ml_byte_16 b = (ml_byte_16)v;
    if (pixel == 6)
        return __builtin_shufflevector(v, v, 0, 1, 2, 2, 3, 4, 5, 5);
    return (ml_short_16)__builtin_shufflevector(b, b, 0, 1, 2, 2, 3, 4, 5, 5, 6,
                                                7, 8, 8, 9, 10, 11, 11);
}

ML_INLINE void transpose_store_narrow_16(uint8_t *to, ml_short_16 v,
                                         size_t pixel)
{
    const ml_byte_16 b = (ml_byte_16)v;
    const ml_byte_16 pixels =
        pixel == 3 ? __builtin_shufflevector(b, b, 0, 1, 2, 4, 5, 6, 8, 9, 10,
                                             12, 13, 14, 14, 14, 14, 14)
                   : __builtin_shufflevector(b, b, 0, 1, 2, 3, 4, 5, 8, 9, 10,
                                             11, 12, 13, 13, 13, 13, 13);
    memcpy(to, &pixels, TRANSPOSE_LANE_PIXELS);
}
#endif

ML_INLINE ml_short_16 transpose_widen_16(ml_short_16 v, size_t pixel)
{
    return transpose_unit(pixel) == pixel ? v : transpose_wide_16(v, pixel);
}

ML_INLINE void transpose_store_16(uint8_t *to, ml_short_16 v, size_t pixel)
{
    if (transpose_unit(pixel) == pixel)
        memcpy(to, &v, sizeof v);
    else
        transpose_store_narrow_16(to, v, pixel);
}

#define TILES_BYTES 16
#define TILES_TARGET
#include "filters/kernels/pixels_tiles.h"

#if ML_SIMD_TARGETS

/* Within each lane. */
ML_TARGET_V3 ML_INLINE __m128i transpose_wide_order(size_t pixel)
{
    return pixel == 3 ? _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9,
                                      10, 11, -1)
                      : _mm_setr_epi8(0, 1, 2, 3, 4, 5, -1, -1, 6, 7, 8, 9, 10,
                                      11, -1, -1);
}

ML_TARGET_V3 ML_INLINE __m128i transpose_narrow_order(size_t pixel)
{
    return pixel == 3 ? _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14,
                                      -1, -1, -1, -1)
                      : _mm_setr_epi8(0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13,
                                      -1, -1, -1, -1);
}

ML_TARGET_V3 ML_INLINE ml_short_32 transpose_widen_32(ml_short_32 v,
                                                      size_t pixel)
{
    if (transpose_unit(pixel) == pixel)
        return v;
    return (ml_short_32)_mm256_shuffle_epi8(
        (__m256i)v, _mm256_broadcastsi128_si256(transpose_wide_order(pixel)));
}

ML_TARGET_V3 ML_INLINE void transpose_store_32(uint8_t *to, ml_short_32 v,
                                               size_t pixel)
{
    if (transpose_unit(pixel) == pixel) {
        memcpy(to, &v, sizeof v);
        return;
    }
    const __m256i lanes = _mm256_shuffle_epi8(
        (__m256i)v, _mm256_broadcastsi128_si256(transpose_narrow_order(pixel)));
    const __m256i all = _mm256_permutevar8x32_epi32(
        lanes, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
    _mm_storeu_si128((__m128i *)(void *)to, _mm256_castsi256_si128(all));
    _mm_storel_epi64((__m128i *)(void *)(to + 16),
                     _mm256_extracti128_si256(all, 1));
}

#define TILES_BYTES 32
#define TILES_TARGET ML_TARGET_V3
#include "filters/kernels/pixels_tiles.h"

ML_TARGET_V4 ML_INLINE ml_short_64 transpose_widen_64(ml_short_64 v,
                                                      size_t pixel)
{
    if (transpose_unit(pixel) == pixel)
        return v;
    return (ml_short_64)_mm512_shuffle_epi8(
        (__m512i)v, _mm512_broadcast_i32x4(transpose_wide_order(pixel)));
}

ML_TARGET_V4 ML_INLINE void transpose_store_64(uint8_t *to, ml_short_64 v,
                                               size_t pixel)
{
    if (transpose_unit(pixel) == pixel) {
        memcpy(to, &v, sizeof v);
        return;
    }
    const __m512i lanes = _mm512_shuffle_epi8(
        (__m512i)v, _mm512_broadcast_i32x4(transpose_narrow_order(pixel)));
    const __m512i all = _mm512_permutexvar_epi32(
        _mm512_setr_epi32(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15),
        lanes);
    _mm256_storeu_si256((__m256i *)(void *)to, _mm512_castsi512_si256(all));
    _mm_storeu_si128((__m128i *)(void *)(to + 32),
                     _mm512_extracti32x4_epi32(all, 2));
}

#define TILES_BYTES 64
#define TILES_TARGET ML_TARGET_V4
#include "filters/kernels/pixels_tiles.h"

#endif

void ml_pixels_transpose(const struct ml_transpose_job *job, size_t pixel_bytes)
{
#if ML_SIMD_TARGETS
    if (ml_simd_level() >= ML_SIMD_V4) {
        tiles_run_64(job, pixel_bytes);
        return;
    }
    if (ml_simd_level() >= ML_SIMD_V3) {
        tiles_run_32(job, pixel_bytes);
        return;
    }
#endif
    tiles_run_16(job, pixel_bytes);
}
