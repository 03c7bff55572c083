/* invert.c: the negative of a picture.
 *
 * Planes: JFIF's Y is a mean of R, G and B, so the negative's is 255 - Y.  Its
 * Cb and Cr are differences around 128 and only change sign: 256 - Cb; the only
 * loss is that 256 becomes 255.  Colours outside RGB stay outside, and decoding
 * clamps them to the same colours.
 */
#include "filters/family/point.h"

ML_POINT_CURVE(invert)
{
    return 1 - x;
}

ML_POINT_CURVE(invert_chroma)
{
    return 256.0 / 255 - x;
}

const struct ml_filter ml_filter_invert = {
    .name = "invert",
    .summary = "the negative: every colour sample subtracted from white",
    .example = "invert",
    ML_POINT_FAMILY_WITH(
        invert, ML_FILTER_YCC | ML_FILTER_CMYK | ML_FILTER_SCALE_INVARIANT,
        .negative = true, .chroma = ML_POINT_CURVE_OF(invert_chroma)),
};
