/* conv_kernel.h: the weights of convolve: what a user may give, and whether they
 * are rows times columns.
 */
#ifndef ML_FILTERS_FAMILY_CONV_KERNEL_H
#define ML_FILTERS_FAMILY_CONV_KERNEL_H

#include "filters/family/conv2d.h"
#include "filters/filter.h"

struct ml_weights {
    uint32_t width, height;        /* odd, at most ML_DIRECT_SIDE_MAX */
    double at[ML_DIRECT_TAPS_MAX]; /* row by row, as laid over the picture */
};

/* Named kernels, NULL-terminated, and the weights of each. */
extern const char *const ml_weights_names[];
void ml_weights_named(struct ml_weights *weights, size_t name);

/* `count` numbers as a window of `size`, or where that is 0 x 0 of the square
 * that they fill.  ML_ERR_USAGE. */
ML_MUST_CHECK enum ml_status ml_weights_given(struct ml_weights *weights,
                                              const double *numbers,
                                              size_t count,
                                              const struct ml_size_value *size,
                                              struct ml_error *err);

double ml_weights_sum(const struct ml_weights *weights);
/* Of their sizes, signs left out. */
double ml_weights_sizes(const struct ml_weights *weights);

/* When each weight is the product of one of its column and one of its row,
 * those, each with sizes that sum to one: weight = ml_weights_sizes() * y * x.
 * False: they are not, or all are zero. */
bool ml_weights_factor(const struct ml_weights *weights,
                       double x[ML_DIRECT_SIDE_MAX],
                       double y[ML_DIRECT_SIDE_MAX]);

#endif
