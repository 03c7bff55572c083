/* ref.h: the reference of separable sums: one value after the other, with
 * weights computed again (taps_ref.h).  It shares no code and no table of
 * weights with the tuned passes.
 */
#ifndef ML_FILTERS_KERNELS_SEPARABLE_REF_H
#define ML_FILTERS_KERNELS_SEPARABLE_REF_H

#include "filters/kernels/planes.h"
#include "filters/kernels/separable/plane.h"

/* The values of plane row `y`, unrounded, in levels; those of q6 are multiples
 * of 1/64.  The whole row, in `scratch` until the next call; the second
 * function gives the bytes of scratch. */
const float *ml_separable_row_ref(const struct ml_separable *plane,
                                  void *scratch, const struct ml_plane_src *src,
                                  uint32_t y);
size_t ml_separable_ref_bytes(const struct ml_separable *plane);

#endif
