/* crop.c: keep a rectangle of the picture, which family/rectangle.h places.  A
 * rectangle completely outside the picture is an error of that picture.
 */
#include "filters/family/geometry.h"

#include <assert.h>
#include <math.h>

#define CROP_OFFSET_MAX 65500 /* pixels either way, as sizes may have */

enum { CROP_SIZE, CROP_X, CROP_Y, CROP_GRAVITY };

static const struct ml_param crop_params[] = {
    [CROP_SIZE] = {.name = "size",
                   .type = ML_SIZE,
                   .required = true,
                   .help = "of the rectangle: WxH, W or xH (the other side "
                           "whole), or P%"},
    [CROP_X] = {.name = "x",
                .type = ML_LENGTH,
                .unit = "px",
                .min = -CROP_OFFSET_MAX,
                .max = CROP_OFFSET_MAX,
                .def = NAN,
                .help = "from the picture's left edge to the rectangle's; "
                        "without it gravity places it"},
    [CROP_Y] = {.name = "y",
                .type = ML_LENGTH,
                .unit = "px",
                .min = -CROP_OFFSET_MAX,
                .max = CROP_OFFSET_MAX,
                .def = NAN,
                .help = "from the picture's upper edge to the rectangle's; "
                        "without it gravity places it"},
    [CROP_GRAVITY] = {.name = "gravity",
                      .type = ML_CHOICE,
                      .choices = ml_gravity_names,
                      .def = ML_GRAVITY_CENTER,
                      .help = "where the rectangle is held without x or y"},
};

static enum ml_status crop_check(const struct ml_value *values,
                                 struct ml_error *err)
{
    const struct ml_size_value *size = &values[CROP_SIZE].size;
    if (size->percent <= 0 && size->width == 0 && size->height == 0)
        return ml_fail(err, ML_ERR_USAGE, "crop needs a size",
                       "give WxH, W, xH or P%", "neither side is given");
    if (size->percent > 100)
        return ml_fail(err, ML_ERR_USAGE, "crop cannot enlarge",
                       "give at most 100%", "%g%% is more than the picture",
                       size->percent);
    if (values[CROP_X].given && values[CROP_Y].given &&
        values[CROP_GRAVITY].given)
        return ml_fail(err, ML_ERR_USAGE, "crop is placed twice",
                       "leave out gravity, or x or y",
                       "x and y leave nothing for gravity to place");
    return ML_OK;
}

static enum ml_status crop_prepare(struct ml_filter_setup *setup,
                                   struct ml_error *err)
{
    const struct ml_value *values = setup->values;
    const struct ml_rectangle_request request = {
        .size = &values[CROP_SIZE].size,
        .x = &values[CROP_X],
        .y = &values[CROP_Y],
        .gravity = (enum ml_gravity)values[CROP_GRAVITY].number};
    struct ml_rectangle rectangle;
    /* Not scale invariant: no source before it has shrunk on load. */
    assert(setup->full_width == setup->in.width &&
           setup->full_height == setup->in.height);
    if (crop_check(values, err) != ML_OK ||
        ml_rectangle_place(&request, setup->in.width, setup->in.height,
                           &rectangle, err) != ML_OK)
        return err->status;
    return ml_geometry_crop(setup, &rectangle, err);
}

const struct ml_filter ml_filter_crop = {
    .name = "crop",
    .summary = "keep a rectangle of the picture",
    .example = "crop:800x600,gravity=north",
    ML_PARAMS(crop_params),
    .flags = ML_FILTER_ANY_ALPHA | ML_FILTER_YCC | ML_FILTER_CMYK,
    .prepare = crop_prepare,
    ML_GEOMETRY_FAMILY,
};
