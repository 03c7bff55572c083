/* resize.c: scale a picture to another size.  family/fit.h computes the size
 * from the full picture, even if the source has shrunk it on load.
 */
#include "filters/family/resample.h"

enum {
    RESIZE_SIZE,
    RESIZE_FIT,
    RESIZE_GRAVITY,
    RESIZE_ENLARGE,
    RESIZE_KERNEL,
    RESIZE_BACKGROUND
};

static const struct ml_param resize_params[] = {
    [RESIZE_SIZE] = {.name = "size",
                     .type = ML_SIZE,
                     .required = true,
                     .help = "box to fit into: WxH, W, xH or P%"},
    [RESIZE_FIT] = {.name = "fit",
                    .type = ML_CHOICE,
                    .choices = ml_fit_names,
                    .def = ML_FIT_INSIDE,
                    .help = "how the picture meets a box with both sides"},
    [RESIZE_GRAVITY] = {.name = "gravity",
                        .type = ML_CHOICE,
                        .choices = ml_gravity_names,
                        .def = ML_GRAVITY_CENTER,
                        .help = "what cover keeps, where contain puts it"},
    [RESIZE_ENLARGE] = {.name = "enlarge",
                        .type = ML_BOOLEAN,
                        .def = 0,
                        .help = "scale up pictures smaller than asked"},
    [RESIZE_KERNEL] = {.name = "kernel",
                       .type = ML_CHOICE,
                       .choices = ml_resample_kernel_names,
                       .def = ML_KERNEL_LANCZOS3,
                       .help = "weights of the mean"},
    [RESIZE_BACKGROUND] = {.name = "background",
                           .type = ML_COLOUR,
                           .help = "colour around contain; by default black, "
                                   "or transparent with alpha"},
};

static enum ml_status resize_check(const struct ml_filter_setup *setup,
                                   struct ml_error *err)
{
    const struct ml_size_value *size = &setup->values[RESIZE_SIZE].size;
    const bool enlarge = setup->values[RESIZE_ENLARGE].number != 0;
    if (size->percent > 100 && !enlarge)
        return ml_fail(err, ML_ERR_USAGE, "resize would enlarge",
                       "add enlarge=yes", "%g%% is more than 100%%",
                       size->percent);
    if (size->percent <= 0 && size->width == 0 && size->height == 0)
        return ml_fail(err, ML_ERR_USAGE, "resize needs a size",
                       "give WxH, W, xH or P%", "neither side is given");
    return ML_OK;
}

static struct ml_fit resize_fit(const struct ml_filter_setup *setup)
{
    const struct ml_value *values = setup->values;
    const struct ml_fit_request request = {
        .width = values[RESIZE_SIZE].size.width,
        .height = values[RESIZE_SIZE].size.height,
        .percent = values[RESIZE_SIZE].size.percent,
        .fit = (enum ml_fit_kind)values[RESIZE_FIT].number,
        .gravity = (enum ml_gravity)values[RESIZE_GRAVITY].number,
        .enlarge = values[RESIZE_ENLARGE].number != 0};
    return ml_fit_compute(&request, setup->full_width, setup->full_height);
}

static enum ml_status resize_prepare(struct ml_filter_setup *setup,
                                     struct ml_error *err)
{
    const struct ml_value *values = setup->values;
    if (resize_check(setup, err) != ML_OK)
        return err->status;
    const struct ml_resample resample = {
        .fit = resize_fit(setup),
        .kernel = (enum ml_resample_kernel)values[RESIZE_KERNEL].number,
        .background = values[RESIZE_BACKGROUND].given
                          ? values[RESIZE_BACKGROUND].colour
                          : NULL};
    return ml_resample_prepare(setup, &resample, err);
}

const struct ml_filter ml_filter_resize = {
    .name = "resize",
    .summary = "scale to a size; never enlarges unless asked",
    .example = "resize:1600x1200,fit=cover",
    ML_PARAMS(resize_params),
    .flags = ML_FILTER_PREMULTIPLIED | ML_FILTER_YCC | ML_FILTER_RESIZES,
    .prepare = resize_prepare,
    ML_RESAMPLE_FAMILY,
};
