/* lut.h: each sample replaced by its entry of a table. */
#ifndef ML_FILTERS_FAMILY_LUT_H
#define ML_FILTERS_FAMILY_LUT_H

#include <stddef.h>
#include <stdint.h>

#include "filters/kernels/alpha.h"

/* `count` bytes.  Where keep[i % ML_ALPHA_MASK_BYTES] is 255 byte i is copied,
 * where it is 0 it is looked up. */
void ml_lut_apply_8(uint8_t *restrict to, const uint8_t *restrict from,
                    size_t count, const uint8_t table[256],
                    const uint8_t keep[ML_ALPHA_MASK_BYTES]);

#endif
