/* samples_ref.h: how the reference loops of the families read and write single
 * samples.  Only reference loops include it.
 */
#ifndef ML_FILTERS_FAMILY_SAMPLES_REF_H
#define ML_FILTERS_FAMILY_SAMPLES_REF_H

#include <math.h>
#include <string.h>

#include "filters/kernels/planes.h"

/* ---- sample `index` of a row, in levels of its depth ---- */

static inline double ml_row_load_ref(const uint8_t *row, unsigned bits,
                                     size_t index)
{
    uint16_t sample;
    if (bits == 8)
        return row[index];
    memcpy(&sample, row + index * sizeof sample, sizeof sample);
    return sample;
}

/* Clamp a level, round it to the nearest, halves up, and store it. */
static inline void ml_row_store_ref(uint8_t *row, unsigned bits, size_t index,
                                    double level)
{
    const double white = bits == 8 ? UINT8_MAX : UINT16_MAX;
    const uint16_t sample = (uint16_t)floor(fmin(fmax(level, 0), white) + 0.5);
    if (bits == 8)
        row[index] = (uint8_t)sample;
    else
        memcpy(row + index * sizeof sample, &sample, sizeof sample);
}

/* ---- sample `index` of plane row `y`, for filters that sum in floats ---- */

static inline float ml_plane_load_ref(const struct ml_plane_src *src,
                                      unsigned bits, uint32_t y, size_t index)
{
    return (float)ml_row_load_ref(
        src->data + (size_t)(y - src->y) * src->stride_bytes, bits, index);
}

/* As ml_row_store_ref(), but the half is added in floats: a sum in floats that
 * is just below a half may go up. */
static inline void ml_plane_store_ref(const struct ml_plane_dst *dst,
                                      unsigned bits, uint32_t y, size_t index,
                                      float level)
{
    const float white = bits == 8 ? UINT8_MAX : UINT16_MAX;
    float clamped = level > 0 ? level : 0;
    clamped = clamped < white ? clamped : white;
    ml_row_store_ref(dst->data + (size_t)(y - dst->y) * dst->stride_bytes, bits,
                     index, floorf(clamped + 0.5F));
}

#endif
