/* luma.h: the luma of a colour, in one definition and one rounding.
 *
 * Rec. 601 as JPEG's Y has it (JFIF 1.02), of samples as they are stored:
 * 0.299 R + 0.587 G + 0.114 B, rounded to the nearest level.
 */
#ifndef ML_IMAGE_LUMA_H
#define ML_IMAGE_LUMA_H

#include <stdint.h>

/* Of red, green and blue, in double precision. */
#define ML_LUMA_WEIGHTS                                                        \
    {                                                                          \
        0.299, 0.587, 0.114                                                    \
    }

/* Of samples of 8 or of 16 bits.  The weights in 65536ths add up to 65536, so
 * white stays white and gray stays gray; the largest sum, 65535 * 65536 +
 * 32768, fits 32 bits. */
static inline uint32_t ml_luma(uint32_t red, uint32_t green, uint32_t blue)
{
    return (red * 19595 + green * 38470 + blue * 7471 + 32768) >> 16;
}

#endif
