/* conv_kernel.h: the weights of convolve: what a user may give, and whether
 * they are rows times columns.
 */
#ifndef ML_FILTERS_FAMILY_CONV_KERNEL_H
#define ML_FILTERS_FAMILY_CONV_KERNEL_H

#include "filters/family/conv2d.h"
#include "filters/filter.h"

struct ml_conv_kernel {
    uint32_t width, height;        /* odd, at most ML_CONV2D_SIDE_MAX */
    double at[ML_CONV2D_TAPS_MAX]; /* row by row, as laid over the picture */
};

/* Named kernels, NULL-terminated, and the weights of each. */
extern const char *const ml_conv_kernel_names[];
void ml_conv_kernel_named(struct ml_conv_kernel *weights, size_t name);

/* `count` numbers as a window of `size`, or where that is 0 x 0 of the square
 * that they fill.  ML_ERR_USAGE. */
ML_MUST_CHECK enum ml_status
ml_conv_kernel_given(struct ml_conv_kernel *weights, const double *numbers,
                     size_t count, const struct ml_size_value *size,
                     struct ml_error *err);

double ml_conv_kernel_sum(const struct ml_conv_kernel *weights);
/* Of their sizes, signs left out. */
double ml_conv_kernel_abs_sum(const struct ml_conv_kernel *weights);

/* When each weight is the product of one of its column and one of its row,
 * those, each with sizes that sum to one: weight = ml_conv_kernel_abs_sum() * y
 * * x. False: they are not, or all are zero. */
bool ml_conv_kernel_factor(const struct ml_conv_kernel *weights,
                           double x[ML_CONV2D_SIDE_MAX],
                           double y[ML_CONV2D_SIDE_MAX]);

#endif
