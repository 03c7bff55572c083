/* median.h: the median of the samples in a square, by sorting networks, which
 * do the same work for all samples, so that a vector computes many at once.
 *
 * Sides of 3 and 5.  When the columns of a square are sorted, and then its
 * rows, the columns are still sorted, and the sample of rank b in row a (from
 * 1, side n) has a * b samples that are not above it and (n + 1 - a) * (n + 1 -
 * b) that are not below, itself included; where either is more than half it is
 * not the median.  Of nine samples the antidiagonal is left, a + b = 4, and its
 * median is that of the square.
 *
 * Of twenty-five, six drop out on either side and three antidiagonals are left:
 * four samples with a + b = 5, five with a + b = 6 and four with a + b = 7,
 * each not below its one or two neighbours in the antidiagonal before.  The
 * median is the 7th of these thirteen, so a sample that has eight that are not
 * below it, itself included, is not the median:
 *   - of the five, the least two: four of the five, and all of the last four,
 *     each of which has two of the five below it;
 *   - of the first four, all but the most: two of the first four, and at least
 *     three of the five and three of the last four, whose neighbours are not
 *     just the least two of the first four.
 * Mirrored, the most two of the five and all but the least of the last four
 * drop out as well.  Five are gone on either side: the median is that of the
 * three left.  All 2^25 squares of two values have been tried; a result for
 * them holds for all values, as the network depends on their order alone.
 *
 * Sorting columns, then rows, then antidiagonals: P. Kolte, R. Smith and W. Su,
 * "A fast median filter using AltiVec", ICCD 1999.
 */
#ifndef ML_FILTERS_KERNELS_MEDIAN_H
#define ML_FILTERS_KERNELS_MEDIAN_H

#include <stddef.h>
#include <stdint.h>

#define ML_MEDIAN_SIDE_MAX 5

/* to[i] = the median of rows[y][i + x * step], 0 <= x, y < side (3 or 5), for
 * `count` samples of 8 or 16 bits; step is the samples of a pixel. */
void ml_median_row(void *to, const uint8_t *const *rows, size_t count,
                   size_t step, unsigned side, unsigned bits);

#endif
