/* filter.h: the row filters of PNG, from samples to differences.  Pure
 * functions on the caller's memory.
 */
#ifndef ML_CODEC_PNG_FILTER_H
#define ML_CODEC_PNG_FILTER_H

#include <stddef.h>
#include <stdint.h>

/* Filter all rows with one filter, or each row with the filter whose
 * differences need the fewest bits, counted one by one.  (On photos that is 0.1
 * to 1 % smaller than the least sum of differences, which section 12.7 of the
 * specification advises.) */
enum ml_png_filter_strategy {
    ML_PNG_FILTERS = 5, /* below: filter types 0 to 4 */
    ML_PNG_LEAST_BITS = ML_PNG_FILTERS,
    ML_PNG_WAYS
};

/* Write a filter byte and the filtered row to `out`, 1 + bytes.  `way` is an
 * ml_png_filter_strategy.  `above` is the row before, zeros at the top; `pixel`
 * is the size of a pixel in bytes.  `trial` holds ML_PNG_FILTERS such rows.
 * `out` may be `row` - 1. */
void ml_png_filter_row(int way, uint8_t *out, const uint8_t *row,
                       const uint8_t *above, size_t bytes, size_t pixel,
                       uint8_t *trial);

/* Bits of all differences, each taken as signed: 0 for 0, 1 for +-1, 2 up to
 * +-3 and so on.  Nearly their packed size without matches. */
uint64_t ml_png_filter_bits(const uint8_t *row, size_t bytes);

/* Copy samples in the byte order of a file: 16 bits are big-endian. */
void ml_png_filter_samples(uint8_t *restrict out, const uint8_t *restrict in,
                           size_t bytes, uint8_t bits);

#endif
