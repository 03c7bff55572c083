/* rectangle.h: the place of a rectangle in a picture, from a size, an offset
 * for each axis, and gravity.
 *
 * On an axis with an offset the rectangle begins there; on the other axis
 * gravity places it.  Percentages are of the picture and are rounded to the
 * nearest pixel, halves up; a size is at least 1.  A side that the size does
 * not name is that of the picture.  The part outside the picture is cut off.
 */
#ifndef ML_FILTERS_FAMILY_RECTANGLE_H
#define ML_FILTERS_FAMILY_RECTANGLE_H

#include "filters/family/fit.h"
#include "filters/filter.h"

/* Pixels of the input; not empty, within the picture. */
struct ml_rectangle {
    uint32_t x, y, width, height;
};

struct ml_rectangle_request {
    const struct ml_size_value *size;
    const struct ml_value *x, *y; /* ML_LENGTH, signed; not `given`: gravity */
    enum ml_gravity gravity;
};

/* ML_ERR_LIMIT: the rectangle is outside the picture, which is `width` x
 * `height`. */
ML_MUST_CHECK enum ml_status
ml_rectangle_place(const struct ml_rectangle_request *request, uint32_t width,
                   uint32_t height, struct ml_rectangle *rectangle_out,
                   struct ml_error *err);

#endif
