/* planes.h: the planes of a picture as plain rows, for filters that treat each
 * plane by itself.  An interleaved picture has one plane.  Rows of a chroma
 * plane are those of the picture divided by sub_y; views begin on the chroma
 * grid.
 */
#ifndef ML_FILTERS_KERNELS_PLANES_H
#define ML_FILTERS_KERNELS_PLANES_H

#include "filters/filter.h"

/* Rows of one plane, contiguous at the stride; `data` is plane row `y`. */
struct ml_plane_src {
    const uint8_t *data;
    size_t stride_bytes;
    uint32_t y;
};
struct ml_plane_dst {
    uint8_t *data;
    size_t stride_bytes;
    uint32_t y;
};

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

#endif
