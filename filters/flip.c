/* flip.c: the picture upside down, its last row first.
 *
 * In: any layout, 8 or 16 bits; see kernels/orient.h for planes.  Out: the same
 * shape.  Needs all rows: its window would move backwards.
 */
#include "filters/filter.h"

#include "filters/family/orient.h"

static enum ml_status flip_prepare(struct ml_prepare *prepare,
                                   struct ml_error *err)
{
    return ml_orient_prepare(prepare, ML_UPSIDE_DOWN, err);
}

const struct ml_filter ml_filter_flip = {
    .name = "flip",
    .summary = "upside down: the last row first",
    .example = "flip",
    .flags = ML_MOVES | ML_ON_PLANES | ML_ON_CMYK | ML_SCALE_FREE,
    .prepare = flip_prepare,
    .needs = ml_orient_needs,
    .rows = ml_orient_rows,
    .rows_ref = ml_orient_rows_ref,
};
