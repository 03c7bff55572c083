/* median.h: the middle one of the samples in a square, by networks of exchanges
 * that do the same work whatever the samples, so that a vector does many.
 *
 * Sides of 3 and 5.  Of a square whose columns are sorted, and then its rows,
 * the sample in row a and column b (from 1, side n) has a * b samples that are
 * not above it and (n + 1 - a) * (n + 1 - b) that are not below, itself
 * included; where either is more than half it is not the median.  So of each
 * row only some ranks are left, and their median is that of the square.
 */
#ifndef ML_FILTERS_KERNELS_MEDIAN_H
#define ML_FILTERS_KERNELS_MEDIAN_H

#include <stddef.h>
#include <stdint.h>

/* to[i] = the median of rows[y][i + x * step], 0 <= x, y < side (3 or 5), for
 * `count` samples; step is the samples of a pixel. */
void ml_median_8(uint8_t *to, const uint8_t *const *rows, size_t count,
                 size_t step, unsigned side);
void ml_median_16(uint16_t *to, const uint16_t *const *rows, size_t count,
                  size_t step, unsigned side);

#endif
