/* convolve.c: weighted sums of the samples around each, with weights that the
 * user gives or a known kernel.
 */
#include "filters/family/convolution.h"

#include <math.h>

enum {
    CONVOLVE_KERNEL,
    CONVOLVE_WEIGHTS,
    CONVOLVE_SIZE,
    CONVOLVE_DIVISOR,
    CONVOLVE_OFFSET
};

static const struct ml_param convolve_params[] = {
    [CONVOLVE_KERNEL] = {.name = "kernel",
                         .type = ML_CHOICE,
                         .choices = ml_conv_kernel_names,
                         .def = NAN,
                         .help = "a known one of 3x3; or give weights"},
    [CONVOLVE_WEIGHTS] = {.name = "weights",
                          .type = ML_NUMBER_LIST,
                          .min = -10000,
                          .max = 10000,
                          .help = "row by row, as they are laid over it"},
    [CONVOLVE_SIZE] = {.name = "size",
                       .type = ML_SIZE,
                       .help = "columns x rows of weights, odd, up to 15; left "
                               "out, a square"},
    [CONVOLVE_DIVISOR] = {.name = "divisor",
                          .type = ML_REAL,
                          .min = 0.0001,
                          .max = 1000000,
                          .def = NAN,
                          .help = "divides the sum; left out, what the weights "
                                  "sum to, or 1 if not above 0"},
    [CONVOLVE_OFFSET] = {.name = "offset",
                         .type = ML_REAL,
                         .unit = "levels of 255",
                         .min = -255,
                         .max = 255,
                         .def = 0,
                         .help = "is added; 128 shows negative sums"},
};

static enum ml_status convolve_kernel(const struct ml_filter_setup *setup,
                                      struct ml_conv_kernel *kernel,
                                      struct ml_error *err)
{
    const struct ml_value *values = setup->values;
    const bool named = values[CONVOLVE_KERNEL].given;
    if (named == values[CONVOLVE_WEIGHTS].given)
        return ml_fail(err, ML_ERR_USAGE, "convolve takes one kernel",
                       "give one of them, for instance convolve:emboss",
                       named ? "both a kernel and weights are given"
                             : "neither a kernel nor weights are given");
    if (named && values[CONVOLVE_SIZE].given)
        return ml_fail(err, ML_ERR_USAGE, "convolve has a size too many",
                       "leave out the size", "known kernels are 3x3");
    if (!named)
        return ml_conv_kernel_given(kernel, setup->numbers,
                                    (size_t)values[CONVOLVE_WEIGHTS].number,
                                    &values[CONVOLVE_SIZE].size, err);
    ml_conv_kernel_named(kernel, (size_t)values[CONVOLVE_KERNEL].number);
    return ML_OK;
}

static enum ml_status convolve_prepare(struct ml_filter_setup *setup,
                                       struct ml_error *err)
{
    const struct ml_value *values = setup->values;
    struct ml_convolution convolution = {.offset =
                                             values[CONVOLVE_OFFSET].number};
    if (convolve_kernel(setup, &convolution.kernel, err) != ML_OK)
        return err->status;
    convolution.divisor = values[CONVOLVE_DIVISOR].given
                              ? values[CONVOLVE_DIVISOR].number
                              : ml_convolution_divisor(&convolution.kernel);
    return ml_convolution_prepare(setup, &convolution, err);
}

const struct ml_filter ml_filter_convolve = {
    .name = "convolve",
    .summary = "weighted sums of the samples around, weights as given",
    .example = "convolve:weights=-2_-1_0_-1_1_1_0_1_2",
    ML_PARAMS(convolve_params),
    .flags = ML_FILTER_PREMULTIPLIED | ML_FILTER_YCC,
    .prepare = convolve_prepare,
    ML_CONVOLUTION_FAMILY,
};
