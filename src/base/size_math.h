/* size_math.h: size arithmetic that cannot wrap.
 *
 * Used once, where a shape or a length enters the program; later code relies on
 * that check.  Each returns false on overflow.
 */
#ifndef ML_BASE_SIZE_MATH_H
#define ML_BASE_SIZE_MATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool ml_size_mul(size_t a, size_t b, size_t *product_out)
{
    return !__builtin_mul_overflow(a, b, product_out);
}

static inline bool ml_size_add(size_t a, size_t b, size_t *sum_out)
{
    return !__builtin_add_overflow(a, b, sum_out);
}

/* `size` rounded up to a multiple of `unit`, a power of two. */
static inline size_t ml_round_up(size_t size, size_t unit)
{
    return (size + unit - 1) & ~(unit - 1);
}

#endif
