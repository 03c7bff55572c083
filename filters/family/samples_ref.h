/* samples_ref.h: how the reference loops of the families read and write single
 * samples.  Nothing but reference loops includes it.
 */
#ifndef ML_FILTERS_FAMILY_SAMPLES_REF_H
#define ML_FILTERS_FAMILY_SAMPLES_REF_H

#include <string.h>

#include "filters/kernels/planes.h"

/* Sample `index` of plane row `y`, in levels. */
static inline float ml_sample_ref(const struct ml_plane_src *src, unsigned bits,
                                  uint32_t y, size_t index)
{
    const uint8_t *row = src->data + (size_t)(y - src->y) * src->stride_bytes;
    uint16_t sample;
    if (bits == 8)
        return row[index];
    memcpy(&sample, row + index * sizeof sample, sizeof sample);
    return sample;
}

/* Clamp a level, round it to the nearest, halves up, and write it. */
static inline void ml_store_ref(const struct ml_plane_dst *dst, unsigned bits,
                                uint32_t y, size_t index, float level)
{
    const float white = bits == 8 ? UINT8_MAX : UINT16_MAX;
    uint8_t *row = dst->data + (size_t)(y - dst->y) * dst->stride_bytes;
    float rounded = level > 0 ? level : 0;
    rounded = (rounded < white ? rounded : white) + 0.5F;
    const uint16_t sample = (uint16_t)rounded;
    if (bits == 8)
        row[index] = (uint8_t)sample;
    else
        memcpy(row + index * sizeof sample, &sample, sizeof sample);
}

#endif
