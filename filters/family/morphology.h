/* morphology.h: erosion and dilation: the smallest or the largest sample of a
 * square or a disc around each.
 *
 * Each channel is filtered by itself.  With alpha, samples are premultiplied:
 * no colour is above its alpha, so no smallest or largest colour is above the
 * smallest or largest alpha.  Not for YCbCr planes, whose smallest sample is
 * not that of the colours.
 */
#ifndef ML_FILTERS_FAMILY_MORPHOLOGY_H
#define ML_FILTERS_FAMILY_MORPHOLOGY_H

#include "filters/family/window.h"

/* radius and shape */
#define ML_MORPHOLOGY_PARAM_COUNT 2
extern const struct ml_param ml_morphology_params[ML_MORPHOLOGY_PARAM_COUNT];

/* The whole of a `prepare`: the largest sample or the smallest.
 * ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_morphology_setup(struct ml_filter_setup *setup,
                                                 bool largest,
                                                 struct ml_error *err);

#define ML_MORPHOLOGY_FAMILY                                                   \
    ML_PARAMS(ml_morphology_params), .flags = ML_FILTER_PREMULTIPLIED,         \
                                     ML_WINDOW_FAMILY

#endif
