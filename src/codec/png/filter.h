/* filter.h: the filters of PNG, from rows to differences.  Pure functions
 * on the caller's memory.
 */
#ifndef ML_CODEC_PNG_FILTER_H
#define ML_CODEC_PNG_FILTER_H

#include <stddef.h>
#include <stdint.h>

/* Ways to filter rows: all with one filter, or each with the one whose
 * differences need the fewest bits, taken one by one.  (On photos that is 0.1
 * to 1 % smaller than the least sum of differences that the specification
 * advises, section 12.7.) */
enum ml_png_filter_strategy {
    ML_PNG_FILTERS = 5, /* below: filter types 0 to 4 */
    ML_PNG_LEAST_BITS = ML_PNG_FILTERS,
    ML_PNG_WAYS
};

/* Write a filter byte and the filtered row to out, 1 + bytes.  `above` is the
 * row before, zeros at the top; pixel is the distance of a pixel to the next.
 * `trial` has room for ML_PNG_FILTERS such rows.  out may be where `row` is,
 * its filter byte just before it. */
void ml_png_filter_row(int way, uint8_t *out, const uint8_t *row,
                       const uint8_t *above, size_t bytes, size_t pixel,
                       uint8_t *trial);

/* Bits of all differences, each taken as signed: 0 for 0, 1 for +-1, 2 up to
 * +-3 and so on.  About what they cost without matches. */
uint64_t ml_png_filter_bits(const uint8_t *row, size_t bytes);

/* Samples as a file has them: 16 bits big-endian. */
void ml_png_filter_samples(uint8_t *restrict out, const uint8_t *restrict in,
                           size_t bytes, uint8_t bits);

#endif
