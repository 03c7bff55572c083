/* flop.c: the picture as in a mirror, its last column first.
 *
 * In: any layout, 8 or 16 bits; see kernels/orient.h for planes.  Out: the same
 * shape.  Each output row needs its own input row and no other.
 */
#include "filters/filter.h"

#include "filters/family/orient.h"

static enum ml_status flop_prepare(struct ml_prepare *prepare,
                                   struct ml_error *err)
{
    return ml_orient_prepare(prepare, ML_MIRRORED, err);
}

const struct ml_filter ml_filter_flop = {
    .name = "flop",
    .summary = "mirrored left to right: the last column first",
    .example = "flop",
    .flags = ML_MOVES | ML_ON_PLANES | ML_ON_CMYK | ML_SCALE_FREE,
    .prepare = flop_prepare,
    .needs = ml_orient_needs,
    .rows = ml_orient_rows,
    .rows_ref = ml_orient_rows_ref,
};
