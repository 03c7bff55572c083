/* q6.h: the multiplication of the 8-bit path.
 *
 * A value is an int16 in 1/64 of a level, a weight an int16 in 2^-15.  The
 * product is rounded to the nearest 1/64, halves up.  gcc knows this very form
 * as one instruction (pmulhrsw); `(a * k + 0x4000) >> 15` it does not.
 *
 * A weight of one is 32767: for |a| <= 16384, that is up to 256 levels, the
 * product is `a` exactly; beyond (overshoot) it is 1/64 of a level less.
 */
#ifndef ML_FILTERS_KERNELS_SEPARABLE_Q6_H
#define ML_FILTERS_KERNELS_SEPARABLE_Q6_H

#include <stdint.h>

static inline int16_t ml_q6_product(int16_t a, int16_t k)
{
    return (int16_t)(((a * k >> 14) + 1) >> 1);
}

#endif
