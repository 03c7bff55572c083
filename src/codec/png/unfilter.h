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

/* ml_png_unfilter() may read this far behind the last row; the bytes there do
 * not change its result. */
#define ML_PNG_UNFILTER_SLACK 8 /* bytes */

struct ml_png_rows {
    const uint8_t *in;    /* the first row's filter byte */
    size_t in_stride;     /* bytes; at least row_bytes + 1 */
    uint8_t *out;         /* the first row's samples; if `out` is `in`, with the
                             same stride, rows are undone in place, over their
                             filter bytes; else `in` and `out` do not overlap */
    size_t out_stride;    /* bytes */
    const uint8_t *above; /* samples of the row above the first, or zeros */
    size_t row_bytes;     /* a multiple of pixel_bytes, not 0 */
    size_t pixel_bytes;   /* 1, 2, 3, 4, 6 or 8 */
    uint32_t count;
};

/* The tuned function and its definition; both write the same bytes.  The caller
 * has checked that every filter byte is below ML_PNG_FILTERS. */
void ml_png_unfilter(const struct ml_png_rows *rows);
void ml_png_unfilter_ref(const struct ml_png_rows *rows);

#endif
