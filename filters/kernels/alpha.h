/* alpha.h: what rows with alpha, the last of 2 or 4 channels, need of it:
 * a copy beside every channel, and to be put back where it is not to change.
 */
#ifndef ML_FILTERS_KERNELS_ALPHA_H
#define ML_FILTERS_KERNELS_ALPHA_H

#include <stddef.h>
#include <stdint.h>

#include "image/shape.h"

#define ML_ALPHA_MASK_BYTES 8 /* bytes; whole pixels or a whole part of one */

/* Which bytes of samples are alpha: 255, the others 0.  None, in a layout
 * without. */
void ml_alpha_mask(uint8_t pattern[ML_ALPHA_MASK_BYTES],
                   const struct ml_shape *shape);

/* to[i] = alpha of the pixel that from[i] is of; whole pixels. */
void ml_alpha_broadcast(float *restrict to, const float *restrict from,
                        size_t count, size_t channels);

/* Copy those of `bytes` bytes that are alpha. */
void ml_alpha_restore(void *restrict to, const void *restrict from,
                      size_t bytes, const uint8_t pattern[ML_ALPHA_MASK_BYTES]);

#endif
