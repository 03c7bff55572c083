/* resample.h: filters that make a picture of another size.
 *
 * In: any interleaved layout at 8 or 16 bits, or planes.  Out: the same layout,
 * of the size that the fit says.  Each output sample is the mean of the input
 * under a kernel centred on it, stretched by the factor of shrinking.  A
 * picture that has the size already passes unchanged.
 *
 * Planes: a chroma sample sits in the middle of the luma pixels it covers, as
 * in JPEG, in the output as in the input; so chroma is scaled by the factor of
 * the luma and not by the ratio of the rounded plane sizes.  They come out with
 * the subsampling that the sink stores.
 *
 * Cutting and padding are done here: what is cut off is never computed.  A
 * chroma sample that covers both picture and padding takes the picture's
 * colour.
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
    /* Around the picture: R, G, B, A, not premultiplied; NULL for black, or for
     * clear where there is alpha. */
    const uint8_t *background;
};

/* The whole of a `prepare`, least_width and least_height included.
 * ML_ERR_LIMIT: too large a size; ML_ERR_MEMORY. */
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
