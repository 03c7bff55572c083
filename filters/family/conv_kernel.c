/* conv_kernel.c: see conv_kernel.h. */
#include "filters/family/conv_kernel.h"

#include <math.h>
#include <string.h>

/* Products of decimal fractions differ in their last bits: a part of the square
 * of the largest weight. */
#define KERNEL_SAME 1e-12

const char *const ml_conv_kernel_names[] = {"emboss",  "edges",  "laplace",
                                            "sharpen", "smooth", "sobel-x",
                                            "sobel-y", NULL};

static const int8_t kernel_weights[][9] = {
    {-2, -1, 0, -1, 1, 1, 0, 1, 2},  {-1, -1, -1, -1, 8, -1, -1, -1, -1},
    {0, -1, 0, -1, 4, -1, 0, -1, 0}, {0, -1, 0, -1, 5, -1, 0, -1, 0},
    {1, 2, 1, 2, 4, 2, 1, 2, 1},     {-1, 0, 1, -2, 0, 2, -1, 0, 1},
    {-1, -2, -1, 0, 0, 0, 1, 2, 1}};

void ml_conv_kernel_named(struct ml_conv_kernel *kernel, size_t name)
{
    kernel->width = kernel->height = 3;
    for (size_t i = 0; i < 9; i++)
        kernel->at[i] = kernel_weights[name][i];
}

static bool kernel_is_side(uint32_t side)
{
    return side % 2 == 1 && side <= ML_CONV2D_SIDE_MAX;
}

enum ml_status ml_conv_kernel_given(struct ml_conv_kernel *kernel,
                                    const double *numbers, size_t count,
                                    const struct ml_size_value *size,
                                    struct ml_error *err)
{
    const uint32_t side = (uint32_t)lround(sqrt((double)count));
    const bool square = size->width == 0 && size->height == 0;
    const uint32_t width = square ? side : size->width;
    const uint32_t height = square ? side : size->height;
    const bool odd = kernel_is_side(width) && kernel_is_side(height);
    if (square && (!odd || (size_t)side * side != count || size->percent > 0))
        return ml_fail(err, ML_ERR_USAGE, "convolve has no square of weights",
                       "give 9, 25, 49 ... 225, or add size=5x3",
                       "%zu weights fill no square of odd sides", count);
    if (!odd)
        return ml_fail(err, ML_ERR_USAGE, "convolve has no middle weight",
                       "give odd sides up to 15, such as size=5x3",
                       "size %u x %u", width, height);
    if ((size_t)width * height != count)
        return ml_fail(err, ML_ERR_USAGE,
                       "convolve has a wrong number of weights",
                       "give as many weights as the size has",
                       "%zu weights for %u x %u", count, width, height);
    kernel->width = width;
    kernel->height = height;
    memcpy(kernel->at, numbers, count * sizeof *numbers);
    return ML_OK;
}

double ml_conv_kernel_sum(const struct ml_conv_kernel *kernel)
{
    double sum = 0;
    for (size_t i = 0; i < (size_t)kernel->width * kernel->height; i++)
        sum += kernel->at[i];
    return sum;
}

double ml_conv_kernel_abs_sum(const struct ml_conv_kernel *kernel)
{
    double sum = 0;
    for (size_t i = 0; i < (size_t)kernel->width * kernel->height; i++)
        sum += fabs(kernel->at[i]);
    return sum;
}

/* ---- rows times columns ---- */

/* Scale `count` numbers so that their magnitudes sum to one. */
static void kernel_scale(double *numbers, uint32_t count)
{
    double sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += fabs(numbers[i]);
    for (uint32_t i = 0; i < count; i++)
        numbers[i] /= sum;
}

/* The row and the column of the largest weight must make all other weights. */
bool ml_conv_kernel_factor(const struct ml_conv_kernel *kernel,
                           double x[ML_CONV2D_SIDE_MAX],
                           double y[ML_CONV2D_SIDE_MAX])
{
    const uint32_t width = kernel->width, height = kernel->height;
    const double *at = kernel->at;
    size_t largest = 0;
    for (size_t i = 1; i < (size_t)width * height; i++) {
        if (fabs(at[i]) > fabs(at[largest]))
            largest = i;
    }
    const double *row = at + largest / width * width;
    const double *column = at + largest % width;
    const double most = at[largest];
    if (most == 0)
        return false;
    for (uint32_t j = 0; j < height; j++)
        for (uint32_t i = 0; i < width; i++) {
            const double off =
                at[j * width + i] * most - row[i] * column[(size_t)j * width];
            if (fabs(off) > KERNEL_SAME * most * most)
                return false;
        }
    for (uint32_t i = 0; i < width; i++)
        x[i] = row[i] / most;
    for (uint32_t j = 0; j < height; j++)
        y[j] = column[(size_t)j * width];
    kernel_scale(x, width);
    kernel_scale(y, height);
    return true;
}
