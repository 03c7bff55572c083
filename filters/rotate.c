/* rotate.c: quarter turns, clockwise.
 *
 * In: any layout, 8 or 16 bits; see kernels/orient.h for planes.  Out: the same
 * layout; 90 and 270 swap width and height.  Needs all rows.  The EXIF
 * orientation, where one is kept, stays what it was: it says how the camera was
 * held.
 */
#include "filters/filter.h"

#include "filters/family/orient.h"

/* Choices and the way each is. */
static const char *const rotate_angles[] = {"90", "180", "270", NULL};
static const enum ml_orientation rotate_ways[] = {
    ML_ORIENT_ROT_90, ML_ORIENT_ROT_180, ML_ORIENT_ROT_270};

static const struct ml_param rotate_params[] = {
    {.name = "angle",
     .type = ML_CHOICE,
     .unit = "degrees",
     .choices = rotate_angles,
     .required = true,
     .help = "quarter turns, clockwise"},
};

static enum ml_status rotate_prepare(struct ml_filter_setup *setup,
                                     struct ml_error *err)
{
    const size_t choice = (size_t)setup->values[0].number;
    return ml_orient_prepare(setup, rotate_ways[choice], err);
}

const struct ml_filter ml_filter_rotate = {
    .name = "rotate",
    .summary = "turn by 90, 180 or 270 degrees",
    .example = "rotate:90",
    .params = rotate_params,
    .param_count = sizeof rotate_params / sizeof *rotate_params,
    .flags = ML_FILTER_ANY_ALPHA | ML_FILTER_YCC | ML_FILTER_CMYK |
             ML_FILTER_SCALE_INVARIANT,
    .prepare = rotate_prepare,
    .input_window = ml_orient_input_window,
    .render = ml_orient_render,
    .render_ref = ml_orient_render_ref,
};
