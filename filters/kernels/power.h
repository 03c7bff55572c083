/* power.h: x to the power y from additions, multiplications and divisions
 * alone: the same on every processor and with every mathematics library, and
 * compilers vectorise loops over it.
 *
 * For 0 <= x <= 1 and 0.1 <= y <= 10: within 2^-46 of the result, or of 2^-20
 * where that is more; 0 gives less than 2^-96.
 */
#ifndef ML_FILTERS_KERNELS_POWER_H
#define ML_FILTERS_KERNELS_POWER_H

#include <stdint.h>
#include <string.h>

#include "os/simd_level.h"

#define ML_POWER_LN2 0.693147180559945309417
#define ML_POWER_LEAST 1e-300 /* in place of 0 */

ML_INLINE uint64_t power_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

ML_INLINE double power_of_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The binary logarithm of x > 0: x = m * 2^e with m from sqrt(1/2) to sqrt(2);
 * ln(m) = 2 artanh((m - 1) / (m + 1)), as a series of which the first term left
 * out is below 2^-55 of the sum. */
ML_INLINE double power_log2(double x)
{
    const uint64_t half = UINT64_C(0x3fe6a09e667f3bcd); /* of sqrt(1/2) */
    const uint64_t one = UINT64_C(0x3ff0000000000000);
    const uint64_t over = power_bits(x) - half + one;
    const uint64_t field = over >> 52; /* e + 1023 */
    const double m = power_of_bits(power_bits(x) - (field << 52) + one);
    /* 2^52 + field, as a double: conversions of 64 bits are not in v3. */
    const double e =
        power_of_bits(UINT64_C(0x4330000000000000) | field) - 0x1p52 - 1023;
    const double s = (m - 1) / (m + 1), square = s * s;
    double sum = 0;
    ML_UNROLL
    for (int i = 21; i >= 1; i -= 2)
        sum = sum * square + 1.0 / i;
    return e + 2 / ML_POWER_LN2 * s * sum;
}

/* 2^x for -1020 < x <= 0: the nearest whole power, and the series of e^y for
 * the rest, |y| < 0.35. */
ML_INLINE double power_exp2(double x)
{
    const double shift = 0x1.8p52; /* rounds, and leaves the integer in front */
    const double whole = x + shift;
    const double y = (x - (whole - shift)) * ML_POWER_LN2;
    double sum = 1;
    ML_UNROLL
    for (int i = 15; i >= 1; i--)
        sum = sum * y * (1.0 / i) + 1;
    return sum * power_of_bits((power_bits(whole) + 1023) << 52);
}

ML_INLINE double ml_power(double x, double y)
{
    const double log = y * power_log2(x > ML_POWER_LEAST ? x : ML_POWER_LEAST);
    return power_exp2(log > -1000 ? log : -1000);
}

#endif
