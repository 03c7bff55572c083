/* ref.h: the reference of separable sums: one value after the other, with
 * weights computed again (taps_ref.h).  It shares no code and no table of
 * weights with the tuned passes.
 */
#ifndef ML_FILTERS_KERNELS_SEPARABLE_REF_H
#define ML_FILTERS_KERNELS_SEPARABLE_REF_H

#include "filters/kernels/planes.h"
#include "filters/kernels/separable/plane.h"

/* The reference: the values of plane row `y`, not rounded, in levels: a narrow
 * one is some 64ths.  Samples of all of the row, in `scratch` until the next
 * call; and the bytes that takes. */
const float *ml_separable_row_ref(const struct ml_separable *plane,
                                  void *scratch, const struct ml_plane_src *src,
                                  uint32_t y);
size_t ml_separable_ref_bytes(const struct ml_separable *plane);

#endif
