/* pixels_mirror.c: mirror rows; see pixels.h.
 *
 * Compilers vectorise it, except for pixels of 3 and 6 bytes.  From v3 on, one
 * instruction reverses the pixels of these that fit sixteen bytes; the rest of
 * the sixteen is written too, to the place of the next pixels. */
#include "filters/kernels/pixels.h"

#include <string.h>

#include "os/simd_level.h"

#if ML_SIMD_TARGETS
#include <immintrin.h>
#endif

/* `bytes` is a constant where this is inlined. */
ML_INLINE void mirror_by_one(uint8_t *restrict to, const uint8_t *restrict from,
                             size_t width, size_t bytes)
{
    const uint8_t *last = from + (width - 1) * bytes;
    for (size_t x = 0; x < width; x++)
        memcpy(to + x * bytes, last - x * bytes, bytes);
}

ML_SIMD_FUNCTION(mirror_any,
                 (uint8_t *restrict to, const uint8_t *restrict from,
                  size_t width, size_t bytes),
                 (to, from, width, bytes))
{
    switch (bytes) {
    case 1:
        mirror_by_one(to, from, width, 1);
        break;
    case 2:
        mirror_by_one(to, from, width, 2);
        break;
    case 3:
        mirror_by_one(to, from, width, 3);
        break;
    case 4:
        mirror_by_one(to, from, width, 4);
        break;
    case 6:
        mirror_by_one(to, from, width, 6);
        break;
    default:
        mirror_by_one(to, from, width, 8);
        break;
    }
}

#if ML_SIMD_TARGETS

#define MIRROR_BYTES 16
#define MIRROR_ONCE 8 /* times sixteen bytes an iteration */

/* The index of the byte of sixteen that goes to each place; the last `piece` of
 * the sixteen are whole pixels, the rest of the places may get any byte. */
static void mirror_order(uint8_t order[MIRROR_BYTES], size_t piece,
                         size_t bytes)
{
    memset(order, 0, MIRROR_BYTES);
    for (size_t i = 0; i < piece; i++)
        order[i] =
            (uint8_t)(MIRROR_BYTES - bytes - i / bytes * bytes + i % bytes);
}

ML_TARGET_V3 ML_INLINE void mirror_piece(uint8_t *to, const uint8_t *from,
                                         __m128i order)
{
    __m128i pixels;
    memcpy(&pixels, from, sizeof pixels);
    pixels = _mm_shuffle_epi8(pixels, order);
    memcpy(to, &pixels, sizeof pixels);
}

ML_TARGET_V3 static void mirror_v3(uint8_t *restrict to,
                                   const uint8_t *restrict from, size_t width,
                                   size_t bytes)
{
    const size_t piece = MIRROR_BYTES - MIRROR_BYTES % bytes;
    uint8_t places[MIRROR_BYTES];
    size_t left = width * bytes;
    __m128i order;
    mirror_order(places, piece, bytes);
    memcpy(&order, places, sizeof order);
    while (left >= MIRROR_ONCE * MIRROR_BYTES) {
        ML_UNROLL
        for (size_t i = 0; i < MIRROR_ONCE; i++, left -= piece, to += piece)
            mirror_piece(to, from + left - MIRROR_BYTES, order);
    }
    for (; left >= MIRROR_BYTES; left -= piece, to += piece)
        mirror_piece(to, from + left - MIRROR_BYTES, order);
    if (left > 0)
        mirror_by_one(to, from, left / bytes, bytes);
}

#endif

void ml_pixels_mirror(uint8_t *restrict to, const uint8_t *restrict from,
                      size_t width, size_t pixel_bytes)
{
#if ML_SIMD_TARGETS
    if (ml_simd_level() >= ML_SIMD_V3 &&
        (pixel_bytes == 3 || pixel_bytes == 6)) {
        mirror_v3(to, from, width, pixel_bytes);
        return;
    }
#endif
    mirror_any(to, from, width, pixel_bytes);
}
