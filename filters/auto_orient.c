/* auto_orient.c: set the picture upright, as its EXIF orientation says.
 *
 * Orientations 5 to 8 swap width and height.  The orientation of the output is
 * 1.  A picture that is upright, or whose orientation is invalid, does not
 * change.
 */
#include "filters/family/geometry.h"

static enum ml_status auto_orient_prepare(struct ml_filter_setup *setup,
                                          struct ml_error *err)
{
    const bool known = setup->orientation >= ML_ORIENT_NORMAL &&
                       setup->orientation <= ML_ORIENT_ROT_270;
    const enum ml_orientation orientation =
        known ? (enum ml_orientation)setup->orientation : ML_ORIENT_NORMAL;
    const enum ml_status status = ml_geometry_orient(setup, orientation, err);
    if (status == ML_OK)
        setup->orientation = ML_ORIENT_NORMAL;
    return status;
}

const struct ml_filter ml_filter_auto_orient = {
    .name = "auto-orient",
    .summary = "turn the picture upright by its EXIF orientation",
    .example = "auto-orient",
    .flags = ML_FILTER_ANY_ALPHA | ML_FILTER_YCC | ML_FILTER_CMYK |
             ML_FILTER_SCALE_INVARIANT,
    .prepare = auto_orient_prepare,
    ML_GEOMETRY_FAMILY,
};
