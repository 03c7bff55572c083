/* conv_store.h: turn the sums of a convolution into samples: scale them, add an
 * offset, clamp and round; a whole row, and one sample as the reference.
 *
 * Alpha: samples are premultiplied.  If the kernel averages (its weights sum to
 * the divisor, the offset is 0), alpha is one more channel, as in a blur.  Any
 * other kernel (one that finds edges in flat alpha, for instance) leaves alpha
 * as it is, and the offset of a colour is multiplied by alpha.  Colours stay at
 * or below alpha.
 */
#ifndef ML_FILTERS_KERNELS_CONV_STORE_H
#define ML_FILTERS_KERNELS_CONV_STORE_H

#include "filters/kernels/alpha.h"

struct ml_conv_store {
    enum ml_layout layout;
    uint8_t bits;
    bool averages;
    bool exact; /* sums of int16_t are divided by 2^shift: all in int16 */
    int shift;
    float scale;       /* a sum of floats times this is a level */
    float scale_whole; /* the same of sums of int16_t */
    float offset;      /* in levels of the samples */
    float part;        /* the same as a part of white */
    uint8_t alpha[ML_ALPHA_MASK_BYTES]; /* bytes of alpha */
};

/* How sums become levels.  A level is `divisor` in sums of int16_t (`whole`),
 * and 1 / `scale` in sums of floats; `scale_whole` is 1 / `divisor`. */
struct ml_conv_scale {
    double scale, scale_whole, divisor;
    double offset; /* levels of 255 */
    bool averages;
};
void ml_conv_store_prepare(struct ml_conv_store *store,
                           const struct ml_shape *shape,
                           const struct ml_conv_scale *scale);

/* struct ml_smooth_combine of family/smooth.h; `store` is a struct
 * ml_conv_store.  The definition takes sums divided by scale / scale_whole. */
void ml_conv_store_row(const void *store, void *to, const void *from,
                       const void *sums, size_t count, bool whole);
float ml_conv_store_sample(const void *store, const float *pixel,
                           const float *sums, size_t channel, bool whole);

#endif
