/* alpha.h: alpha in rows of samples, the last of 2 or 4 channels: broadcast it
 * to all channels of its pixel, and restore it where a filter must not change
 * it.
 */
#ifndef ML_FILTERS_KERNELS_ALPHA_H
#define ML_FILTERS_KERNELS_ALPHA_H

#include <stddef.h>
#include <stdint.h>

#include "image/shape.h"

#define ML_ALPHA_MASK_BYTES 8 /* bytes; a multiple of each pixel with alpha */

/* 255 at the bytes of alpha, 0 at all others; all 0 in a layout without. */
void ml_alpha_mask(uint8_t pattern[ML_ALPHA_MASK_BYTES],
                   const struct ml_shape *shape);

/* to[i] = alpha of the pixel of from[i]; whole pixels. */
void ml_alpha_broadcast(float *restrict to, const float *restrict from,
                        size_t count, size_t channels);

/* Copy the bytes of alpha among `bytes` bytes. */
void ml_alpha_restore(void *restrict to, const void *restrict from,
                      size_t bytes, const uint8_t pattern[ML_ALPHA_MASK_BYTES]);

#endif
