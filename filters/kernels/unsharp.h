/* unsharp.h: the unsharp mask of a row, and of one sample.
 *
 * The difference between a sample and its mean is added to the sample, `amount`
 * times, where it is above `threshold`, and the sum is clamped.
 *
 * With alpha, samples are premultiplied.  A colour is then compared with the
 * mean colour around it weighted by alpha, mean(p) / mean(a), so that edges of
 * transparency make no halo; alpha itself does not change.  In premultiplied
 * samples: p + amount * (p - a * mean(p) / mean(a)), within [0, a], with the
 * threshold on that difference.
 */
#ifndef ML_FILTERS_KERNELS_UNSHARP_H
#define ML_FILTERS_KERNELS_UNSHARP_H

#include "filters/kernels/alpha.h"

struct ml_unsharp {
    enum ml_layout layout;
    uint8_t bits;
    int32_t amount_8192ths; /* at most 81920 */
    int16_t threshold_64ths;
    float amount;
    float threshold;                    /* in sample levels */
    uint8_t alpha[ML_ALPHA_MASK_BYTES]; /* bytes of alpha */
};

/* `amount` from 0 to 10, `threshold` from 0 to 255 levels of 255. */
void ml_unsharp_prepare(struct ml_unsharp *unsharp,
                        const struct ml_shape *shape, double amount,
                        double threshold);

/* struct ml_smooth_combine of family/smooth.h; `unsharp` is a struct
 * ml_unsharp.  16-bit means only without alpha. */
void ml_unsharp_row(const void *unsharp, void *to, const void *from,
                    const void *means, size_t count, bool q6);
float ml_unsharp_sample(const void *unsharp, const float *pixel,
                        const float *means, size_t channel, bool q6);

#endif
