/* lut.h: each sample replaced by its entry of a table. */
#ifndef ML_FILTERS_KERNELS_LUT_H
#define ML_FILTERS_KERNELS_LUT_H

#include <stddef.h>
#include <stdint.h>

#include "filters/kernels/alpha.h"

/* to[i] = table[from[i]] for `count` bytes; from[i] itself where
 * keep[i % ML_ALPHA_MASK_BYTES] is 255, not 0. */
void ml_lut_apply_8(uint8_t *restrict to, const uint8_t *restrict from,
                    size_t count, const uint8_t table[256],
                    const uint8_t keep[ML_ALPHA_MASK_BYTES]);

#endif
