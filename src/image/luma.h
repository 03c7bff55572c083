/* luma.h: the luma of a colour, with one definition and one rounding.
 *
 * Rec. 601, as for JPEG's Y (JFIF 1.02), on samples as stored, gamma included:
 * 0.299 R + 0.587 G + 0.114 B, rounded to the nearest level.
 */
#ifndef ML_IMAGE_LUMA_H
#define ML_IMAGE_LUMA_H

#include <stdint.h>

/* The weights of red, green and blue, in double precision. */
#define ML_LUMA_WEIGHTS                                                        \
    {                                                                          \
        0.299, 0.587, 0.114                                                    \
    }

/* The luma of samples of 8 or 16 bits.  The weights in 65536ths add up to
 * 65536, so that white and gray stay the same; the largest sum, 65535 * 65536 +
 * 32768, fits 32 bits. */
static inline uint32_t ml_luma(uint32_t red, uint32_t green, uint32_t blue)
{
    return (red * 19595 + green * 38470 + blue * 7471 + 32768) >> 16;
}

#endif
