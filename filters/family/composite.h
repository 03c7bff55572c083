/* composite.h: colour premultiplied by its alpha, unpremultiplied, and
 * composited over a background.
 *
 * Samples that are mixed with their neighbours must be premultiplied, or
 * invisible pixels bleed into visible ones.  Premultiplied samples have 16
 * bits, so that 8-bit colours survive the round trip.  Results are the nearest
 * levels, halves up.
 *
 * A step takes gray+alpha or RGBA at 8 or 16 bits.  Alpha is the last sample of
 * a pixel, and stays the last where the output has it.
 */
#ifndef ML_FILTERS_FAMILY_COMPOSITE_H
#define ML_FILTERS_FAMILY_COMPOSITE_H

#include "filters/filter.h"

enum ml_composite {
    /* colour * alpha; to 16 bits */
    ML_COMPOSITE_PREMULTIPLY,
    /* colour / alpha, at most white, black where alpha is 0; from 16 bits to 16
     * or 8 */
    ML_COMPOSITE_UNPREMULTIPLY,
    /* colour * alpha + background * (1 - alpha), without alpha;
     * values[0].colour is the background, in gray pictures its luma */
    ML_COMPOSITE_OVER
};

/* The whole of a `prepare`; `bits` is the depth of the output.
 * ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_composite_prepare(struct ml_filter_setup *setup,
                                                  enum ml_composite step,
                                                  uint8_t bits,
                                                  struct ml_error *err);
void ml_composite_render(const void *state, void *scratch,
                         const struct ml_dst *dst, const struct ml_src *src);
void ml_composite_render_ref(const void *state, void *scratch,
                             const struct ml_dst *dst,
                             const struct ml_src *src);

/* In a struct ml_filter, beside its `prepare`. */
#define ML_COMPOSITE_FAMILY                                                    \
    .input_window = ml_window_same_rows, .render = ml_composite_render,        \
    .render_ref = ml_composite_render_ref

#endif
