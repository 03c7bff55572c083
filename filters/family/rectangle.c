/* rectangle.c: see rectangle.h. */
#include "filters/family/rectangle.h"

#include <math.h>

/* One axis of the rectangle, which may leave the picture on either side. */
struct rectangle_axis {
    int64_t start, length;
};

static int64_t rectangle_percent(double percent, uint32_t side)
{
    return (int64_t)floor(side * percent / 100 + 0.5);
}

/* `length`: from the size in pixels, 0 if the size does not name it. */
static struct rectangle_axis rectangle_axis(double percent, uint32_t length,
                                            const struct ml_value *offset,
                                            uint32_t side)
{
    struct rectangle_axis axis = {0, length > 0 ? length : side};
    if (percent > 0) {
        axis.length = rectangle_percent(percent, side);
        axis.length = axis.length > 0 ? axis.length : 1;
    }
    if (offset->given)
        axis.start = offset->percent ? rectangle_percent(offset->number, side)
                                     : (int64_t)offset->number;
    return axis;
}

/* The length that gravity places: at most that of the picture. */
static uint32_t rectangle_within(const struct rectangle_axis *axis,
                                 uint32_t side)
{
    return axis->length < side ? (uint32_t)axis->length : side;
}

/* Cut off the part outside the picture; false if nothing is left. */
static bool rectangle_clip(struct rectangle_axis *axis, uint32_t side)
{
    int64_t end = axis->start + axis->length;
    axis->start = axis->start > 0 ? axis->start : 0;
    end = end < side ? end : side;
    axis->length = end - axis->start;
    return axis->length > 0;
}

enum ml_status ml_rectangle_place(const struct ml_rectangle_request *request,
                                  uint32_t width, uint32_t height,
                                  struct ml_rectangle *rectangle_out,
                                  struct ml_error *err)
{
    const struct ml_size_value *size = request->size;
    struct rectangle_axis x =
        rectangle_axis(size->percent, size->width, request->x, width);
    struct rectangle_axis y =
        rectangle_axis(size->percent, size->height, request->y, height);
    if (!request->x->given)
        x.start =
            ml_gravity_x(request->gravity, width, rectangle_within(&x, width));
    if (!request->y->given)
        y.start = ml_gravity_y(request->gravity, height,
                               rectangle_within(&y, height));
    const struct rectangle_axis whole_x = x, whole_y = y;
    const bool inside_x = rectangle_clip(&x, width);
    const bool inside_y = rectangle_clip(&y, height);
    if (!inside_x || !inside_y)
        return ml_fail(err, ML_ERR_LIMIT, "crop is outside the picture",
                       "choose a smaller x or y, or gravity",
                       "%lld x %lld at %lld, %lld of %u x %u pixels",
                       (long long)whole_x.length, (long long)whole_y.length,
                       (long long)whole_x.start, (long long)whole_y.start,
                       width, height);
    *rectangle_out =
        (struct ml_rectangle){(uint32_t)x.start, (uint32_t)y.start,
                              (uint32_t)x.length, (uint32_t)y.length};
    return ML_OK;
}
