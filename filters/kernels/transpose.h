/* transpose.h: transpose blocks of values by vectors of 16, 32 and 64 bytes:
 * ml_transpose_load_shorts_16() and so on, see transpose_block.h.  Plain C
 * loops took two and a half times as long.
 */
#ifndef ML_FILTERS_KERNELS_TRANSPOSE_H
#define ML_FILTERS_KERNELS_TRANSPOSE_H

#include "filters/kernels/vectors.h"

#define TRANSPOSE_BYTES 16
#define TRANSPOSE_TARGET
#include "filters/kernels/transpose_block.h"

#if ML_SIMD_TARGETS
#define TRANSPOSE_BYTES 32
#define TRANSPOSE_TARGET ML_TARGET_V3
#include "filters/kernels/transpose_block.h"

#define TRANSPOSE_BYTES 64
#define TRANSPOSE_TARGET ML_TARGET_V4
#include "filters/kernels/transpose_block.h"
#endif

#endif
