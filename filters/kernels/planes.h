/* planes.h: the planes of a picture as plain rows, for filters that treat each
 * by itself.  Interleaved pictures have one.  Plane rows of a chroma plane are
 * the picture's divided by sub_y; views begin on the chroma grid.
 */
#ifndef ML_FILTERS_KERNELS_PLANES_H
#define ML_FILTERS_KERNELS_PLANES_H

#include "filters/filter.h"
#include "filters/kernels/separable/separable.h"

static inline uint32_t ml_plane_sub_x(const struct ml_shape *shape,
                                      uint32_t plane)
{
    return plane == 0 ? 1 : shape->sub_x;
}

static inline uint32_t ml_plane_sub_y(const struct ml_shape *shape,
                                      uint32_t plane)
{
    return plane == 0 ? 1 : shape->sub_y;
}

static inline struct ml_plane_src ml_plane_src_of(const struct ml_src *src,
                                                  const struct ml_shape *shape,
                                                  uint32_t plane)
{
    return (struct ml_plane_src){src->data[plane], src->stride_bytes[plane],
                                 src->y / ml_plane_sub_y(shape, plane)};
}

static inline struct ml_plane_dst ml_plane_dst_of(const struct ml_dst *dst,
                                                  const struct ml_shape *shape,
                                                  uint32_t plane)
{
    return (struct ml_plane_dst){dst->data[plane], dst->stride_bytes[plane],
                                 dst->y / ml_plane_sub_y(shape, plane)};
}

/* Widen *range, in picture rows, to hold rows `span` of a plane. */
static inline void ml_range_widen(struct ml_range *range,
                                  const struct ml_shape *shape, uint32_t plane,
                                  struct ml_tap_range span)
{
    const uint32_t sub = ml_plane_sub_y(shape, plane);
    const uint64_t end = (uint64_t)span.end * sub;
    const uint32_t y_end = end < shape->height ? (uint32_t)end : shape->height;
    if (span.from * sub < range->y)
        range->y = span.from * sub;
    if (y_end > range->y_end)
        range->y_end = y_end;
}

#endif
