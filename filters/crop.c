/* crop.c: keep a rectangle of the picture.
 *
 * The rectangle lies where x and y say and, on an axis without one, where
 * gravity holds it.  Percentages are of the picture as it arrives here, rounded
 * to the nearest pixel, halves up; a size is at least 1.  A side that the size
 * does not name is kept whole.  What sticks out of the picture is cut off; a
 * rectangle that lies outside altogether is an error of that picture.
 */
#include "filters/family/geometry.h"

#include <assert.h>
#include <math.h>

#include "filters/family/fit.h"

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

/* One axis: the rectangle, which may stick out, and then what is left. */
struct crop_axis {
    int64_t start, length;
};

static int64_t crop_percent(double percent, uint32_t side)
{
    return (int64_t)floor(side * percent / 100 + 0.5);
}

static struct crop_axis crop_side(const struct ml_size_value *size,
                                  uint32_t wanted, uint32_t side)
{
    int64_t length = wanted > 0 ? wanted : side;
    if (size->percent > 0) {
        length = crop_percent(size->percent, side);
        length = length > 0 ? length : 1;
    }
    return (struct crop_axis){0, length};
}

static void crop_offset(struct crop_axis *axis, const struct ml_value *offset,
                        uint32_t side)
{
    axis->start = offset->percent ? crop_percent(offset->number, side)
                                  : (int64_t)offset->number;
}

/* Cut off what sticks out; false when nothing is left. */
static bool crop_clip(struct crop_axis *axis, uint32_t side)
{
    int64_t end = axis->start + axis->length;
    axis->start = axis->start > 0 ? axis->start : 0;
    end = end < side ? end : side;
    axis->length = end - axis->start;
    return axis->length > 0;
}

/* As it would be placed by gravity, which knows nothing of sticking out. */
static uint32_t crop_within(const struct crop_axis *axis, uint32_t side)
{
    return axis->length < side ? (uint32_t)axis->length : side;
}

static void crop_place(const struct ml_filter_setup *setup, struct crop_axis *x,
                       struct crop_axis *y)
{
    const struct ml_value *values = setup->values;
    const struct ml_size_value *size = &values[CROP_SIZE].size;
    const enum ml_gravity gravity =
        (enum ml_gravity)values[CROP_GRAVITY].number;
    const uint32_t width = setup->in.width, height = setup->in.height;
    *x = crop_side(size, size->width, width);
    *y = crop_side(size, size->height, height);
    if (values[CROP_X].given)
        crop_offset(x, &values[CROP_X], width);
    else
        x->start = ml_gravity_x(gravity, width, crop_within(x, width));
    if (values[CROP_Y].given)
        crop_offset(y, &values[CROP_Y], height);
    else
        y->start = ml_gravity_y(gravity, height, crop_within(y, height));
}

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
    const struct ml_shape *in = &setup->in;
    struct crop_axis x, y;
    /* Not scale free: nothing before it was shrunk on load. */
    assert(setup->full_width == in->width && setup->full_height == in->height);
    if (crop_check(setup->values, err) != ML_OK)
        return err->status;
    crop_place(setup, &x, &y);
    const struct crop_axis asked_x = x, asked_y = y;
    const bool left_x = crop_clip(&x, in->width);
    const bool left_y = crop_clip(&y, in->height);
    if (!left_x || !left_y)
        return ml_fail(err, ML_ERR_LIMIT, "crop lies outside the picture",
                       "choose a smaller x or y, or gravity",
                       "%lld x %lld at %lld, %lld of %u x %u pixels",
                       (long long)asked_x.length, (long long)asked_y.length,
                       (long long)asked_x.start, (long long)asked_y.start,
                       in->width, in->height);
    const struct ml_rectangle rectangle = {(uint32_t)x.start, (uint32_t)y.start,
                                           (uint32_t)x.length,
                                           (uint32_t)y.length};
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
