/* pixels.h: move pixels unchanged, of any layout: mirror a row, and transpose,
 * where columns become rows.
 *
 * A pixel has 1, 2, 3, 4, 6 or 8 bytes.  Bytes outside the rows are neither
 * read nor written; input and output do not overlap.
 */
#ifndef ML_FILTERS_KERNELS_PIXELS_H
#define ML_FILTERS_KERNELS_PIXELS_H

#include <stddef.h>
#include <stdint.h>

/* `width` pixels in reverse order. */
void ml_pixels_mirror(uint8_t *restrict to, const uint8_t *restrict from,
                      size_t width, size_t pixel_bytes);

/* Pixel x of output row y is pixel y of input row x.  Steps may be negative. */
struct ml_transpose_job {
    uint8_t *to;
    const uint8_t *from;
    ptrdiff_t to_step, from_step; /* bytes from one row to the next */
    uint32_t width, rows;         /* pixels of an output row, output rows */
    uint32_t rows_after; /* input pixels that follow those in their rows */
};

void ml_pixels_transpose(const struct ml_transpose_job *job,
                         size_t pixel_bytes);

#endif
