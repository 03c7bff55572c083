/* unfilter.h: undo the row filters of PNG.
 *
 * Filters as in "Portable Network Graphics (PNG) Specification (Third
 * Edition)", W3C, section 9.  A row in the file is one byte that names its
 * filter, 0 to 4, and row_bytes of differences.  Pure functions on the caller's
 * memory.
 */
#ifndef ML_CODEC_PNG_UNFILTER_H
#define ML_CODEC_PNG_UNFILTER_H

#include <stddef.h>
#include <stdint.h>

#define ML_PNG_FILTERS 5 /* none, sub, up, average, Paeth */

/* The fast version may read this far behind the last row, without caring what
 * is there. */
#define ML_PNG_UNFILTER_SLACK 8 /* bytes */

struct ml_png_rows {
    const uint8_t *in;    /* the first row's filter byte */
    size_t in_stride;     /* bytes; at least row_bytes + 1 */
    uint8_t *out;         /* the first row's samples; `in` with the same stride
                             undoes in place, the filter byte giving way, else
                             nothing overlaps */
    size_t out_stride;    /* bytes */
    const uint8_t *above; /* samples of the row above the first, or zeros */
    size_t row_bytes;     /* a multiple of pixel_bytes, not 0 */
    size_t pixel_bytes;   /* 1, 2, 3, 4, 6 or 8 */
    uint32_t count;
};

/* Both write the same bytes.  Every filter byte is below ML_PNG_FILTERS. */
void ml_png_unfilter(const struct ml_png_rows *rows);
void ml_png_unfilter_ref(const struct ml_png_rows *rows);

#endif
