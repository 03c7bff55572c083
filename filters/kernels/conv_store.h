/* conv_store.h: sums of a convolution become samples: scaled, an offset added,
 * clamped and rounded; a row at once, and one sample.
 *
 * Alpha: samples are premultiplied.  Where the weights average (they sum to the
 * divisor, nothing is added), alpha is one more channel, as in a blur; in all
 * other cases, edges of a flat picture's alpha for one, it stays as it is, and
 * the offset is that part of it which alpha lets through.  Colours stay at or
 * below alpha.
 */
#ifndef ML_FILTERS_KERNELS_CONV_STORE_H
#define ML_FILTERS_KERNELS_CONV_STORE_H

#include "filters/kernels/alpha.h"

struct ml_conv_store {
    enum ml_layout layout;
    uint8_t bits;
    bool averages; /* see above */
    bool exact;    /* whole sums are divided by 2^shift: all in int16 */
    int shift;
    float scale;       /* a sum of floats times this is a level */
    float scale_whole; /* the same of whole sums */
    float offset;      /* in levels of the samples */
    float part;        /* the same as a part of white */
    uint8_t alpha[ML_ALPHA_MASK_BYTES]; /* bytes of alpha */
};

/* How sums become levels.  A level is `divisor` in sums of int16_t, which come
 * with `whole` set, and 1 / `scale` in sums of floats; `scale_whole` is 1 /
 * `divisor`. */
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
