/* rotate.c: rotate by 90, 180 or 270 degrees, clockwise.
 *
 * 90 and 270 swap width and height.  The EXIF orientation does not change: it
 * says how the camera was held.
 */
#include "filters/family/geometry.h"

/* Choices, and the orientation of each. */
static const char *const rotate_angles[] = {"90", "180", "270", NULL};
static const enum ml_orientation rotate_orientations[] = {
    ML_ORIENT_ROT_90, ML_ORIENT_ROT_180, ML_ORIENT_ROT_270};

static const struct ml_param rotate_params[] = {
    {.name = "angle",
     .type = ML_CHOICE,
     .unit = "degrees",
     .choices = rotate_angles,
     .required = true,
     .help = "angle, clockwise"},
};

static enum ml_status rotate_prepare(struct ml_filter_setup *setup,
                                     struct ml_error *err)
{
    const size_t choice = (size_t)setup->values[0].number;
    return ml_geometry_orient(setup, rotate_orientations[choice], err);
}

const struct ml_filter ml_filter_rotate = {
    .name = "rotate",
    .summary = "turn by 90, 180 or 270 degrees",
    .example = "rotate:90",
    ML_PARAMS(rotate_params),
    .flags = ML_FILTER_ANY_ALPHA | ML_FILTER_YCC | ML_FILTER_CMYK |
             ML_FILTER_SCALE_INVARIANT,
    .prepare = rotate_prepare,
    ML_GEOMETRY_FAMILY,
};
