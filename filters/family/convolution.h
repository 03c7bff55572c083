/* convolution.h: filters that are one weighted sum of the samples around each
 * sample, with any kernel.
 *
 * In: any interleaved layout at 8 or 16 bits, or planes of one size.  Out: the
 * same shape.  The kernel is laid over the picture as it is written, its middle
 * weight over the sample that is made.  The sum is divided by `divisor`,
 * `offset` is added, and the result is clamped; see kernels/conv_store.h for
 * alpha.
 *
 * A large kernel that factors into a column times a row is done so
 * (family/smooth.h), all others tap by tap (family/window.h).  The choice
 * depends on the weights alone.
 *
 * Planes: only if the kernel averages (its weights sum to the divisor and the
 * offset is 0), as then the sum is the same for all colours and may be taken of
 * Y, Cb and Cr; and only if all planes have one size, as samples of subsampled
 * chroma cover several pixels.
 */
#ifndef ML_FILTERS_FAMILY_CONVOLUTION_H
#define ML_FILTERS_FAMILY_CONVOLUTION_H

#include "filters/family/conv_kernel.h"
#include "filters/filter.h"

struct ml_convolution {
    struct ml_conv_kernel kernel;
    double divisor; /* above 0 */
    double offset;  /* levels of 255 */
};

/* What the weights sum to; 1 if that is not above 0. */
double ml_convolution_divisor(const struct ml_conv_kernel *kernel);

/* The whole of a `prepare`.  ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status
ml_convolution_prepare(struct ml_filter_setup *setup,
                       const struct ml_convolution *convolution,
                       struct ml_error *err);

/* The other functions of such a filter. */
struct ml_range ml_convolution_input_window(const void *state, uint32_t y,
                                            uint32_t y_end);
void ml_convolution_render(const void *state, void *scratch,
                           const struct ml_dst *dst, const struct ml_src *src);
void ml_convolution_render_ref(const void *state, void *scratch,
                               const struct ml_dst *dst,
                               const struct ml_src *src);

#define ML_CONVOLUTION_FAMILY                                                  \
    .input_window = ml_convolution_input_window,                               \
    .render = ml_convolution_render, .render_ref = ml_convolution_render_ref

#endif
