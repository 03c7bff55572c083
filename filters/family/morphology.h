/* morphology.h: erosion and dilation: the least or the largest sample of a
 * square or a disc around each.
 *
 * Each channel goes by itself.  With alpha, samples come premultiplied: no
 * colour is above its alpha, so no least or largest of colours is above that of
 * the alphas.  Not for YCbCr planes, whose least is not that of colours.
 */
#ifndef ML_FILTERS_FAMILY_MORPHOLOGY_H
#define ML_FILTERS_FAMILY_MORPHOLOGY_H

#include "filters/family/window.h"

/* radius and shape */
#define ML_MORPHOLOGY_PARAM_COUNT 2
extern const struct ml_param ml_morphology_params[ML_MORPHOLOGY_PARAM_COUNT];

/* The whole of a `prepare`: the least or the largest.  ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_morphology_setup(struct ml_filter_setup *setup,
                                                 bool largest,
                                                 struct ml_error *err);

#define ML_MORPHOLOGY_FAMILY                                                   \
    ML_PARAMS(ml_morphology_params), .flags = ML_FILTER_PREMULTIPLIED,         \
                                     ML_WINDOW_FAMILY

#endif
