/* resample.h: filters that make a picture of another size.
 *
 * In: any interleaved layout at 8 or 16 bits, or planes.  Out: the same layout,
 * of the size that the fit gives.  Each output sample is the weighted mean of
 * the input under a kernel centred on it, stretched by the shrink factor.  A
 * picture that has the size already does not change.
 *
 * Planes: a chroma sample is centred on the luma pixels that it covers, as in
 * JPEG, in the input and in the output; chroma is scaled by the factor of the
 * luma, not by the ratio of the rounded plane sizes.  The output has the
 * subsampling that the sink stores.
 *
 * The family also cuts and pads: pixels that are cut off are never computed.  A
 * chroma sample that covers both picture and padding has the picture's colour.
 */
#ifndef ML_FILTERS_FAMILY_RESAMPLE_H
#define ML_FILTERS_FAMILY_RESAMPLE_H

#include "filters/family/fit.h"
#include "filters/filter.h"
#include "filters/kernels/separable/taps.h"

#define ML_RESAMPLE_SIDE_MAX 1000000 /* pixels */

/* Names in the order of enum ml_resample_kernel, NULL at the end. */
extern const char *const ml_resample_kernel_names[];

struct ml_resample {
    struct ml_fit fit; /* of the full picture */
    enum ml_resample_kernel kernel;
    /* Around the picture: R, G, B, A, not premultiplied; NULL: black, or
     * transparent in a layout with alpha. */
    const uint8_t *background;
};

/* The whole of a `prepare`, min_source_width and min_source_height included.
 * ML_ERR_LIMIT: the size is too large; ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status
ml_resample_prepare(struct ml_filter_setup *setup,
                    const struct ml_resample *resample, struct ml_error *err);

/* The other functions of such a filter. */
struct ml_range ml_resample_input_window(const void *state, uint32_t y,
                                         uint32_t y_end);
void ml_resample_render(const void *state, void *scratch,
                        const struct ml_dst *dst, const struct ml_src *src);
void ml_resample_render_ref(const void *state, void *scratch,
                            const struct ml_dst *dst, const struct ml_src *src);

#define ML_RESAMPLE_FAMILY                                                     \
    .input_window = ml_resample_input_window, .render = ml_resample_render,    \
    .render_ref = ml_resample_render_ref

#endif
