/* gray.c: the luma of a picture, as JPEG defines it: 0.299 R + 0.587 G + 0.114
 * B of the stored samples (JFIF 1.02, after ITU-R BT.601).
 *
 * A JPEG's Y plane is its gray, so on planes nothing is computed.
 */
#include "filters/family/matrix.h"
#include "image/luma.h"

ML_MATRIX(gray)
{
    *m = (struct ml_matrix){.rows = 1, .at = {ML_LUMA_WEIGHTS}};
}

const struct ml_filter ml_filter_gray = {
    .name = "gray",
    .summary = "light only: luma as JPEG defines it",
    .example = "gray",
    ML_MATRIX_FAMILY_WITH(gray, ML_FILTER_YCC | ML_FILTER_SCALE_INVARIANT),
};
