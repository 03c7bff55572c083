/* conv_kernel.h: convolution kernels: known ones, those that a user gives, and
 * the test whether one factors into a column times a row.
 */
#ifndef ML_FILTERS_FAMILY_CONV_KERNEL_H
#define ML_FILTERS_FAMILY_CONV_KERNEL_H

#include "filters/family/conv2d.h"
#include "filters/filter.h"

struct ml_conv_kernel {
    uint32_t width, height;        /* odd, at most ML_CONV2D_SIDE_MAX */
    double at[ML_CONV2D_TAPS_MAX]; /* row by row, as laid over the picture */
};

/* Known kernels of 3x3: names, NULL-terminated, and the weights of each. */
extern const char *const ml_conv_kernel_names[];
void ml_conv_kernel_named(struct ml_conv_kernel *kernel, size_t name);

/* `count` numbers as a kernel of `size`; if that is 0 x 0, as a square.
 * ML_ERR_USAGE. */
ML_MUST_CHECK enum ml_status
ml_conv_kernel_given(struct ml_conv_kernel *kernel, const double *numbers,
                     size_t count, const struct ml_size_value *size,
                     struct ml_error *err);

double ml_conv_kernel_sum(const struct ml_conv_kernel *kernel);
/* The sum of their magnitudes. */
double ml_conv_kernel_abs_sum(const struct ml_conv_kernel *kernel);

/* Factor the kernel into a column `y` times a row `x`, each with magnitudes
 * that sum to one: weight = ml_conv_kernel_abs_sum() * y * x.  False: it does
 * not factor, or all weights are zero. */
bool ml_conv_kernel_factor(const struct ml_conv_kernel *kernel,
                           double x[ML_CONV2D_SIDE_MAX],
                           double y[ML_CONV2D_SIDE_MAX]);

#endif
