/* shape.h: the size and layout of a picture, and views of some of its rows.
 *
 * Interleaved layouts have one plane; ML_YCC has three planes (Y, Cb, Cr as
 * JPEG stores them), the chroma ones smaller by sub_x and sub_y.  8-bit samples
 * are uint8_t, 16-bit samples uint16_t in the machine's byte order.
 */
#ifndef ML_IMAGE_SHAPE_H
#define ML_IMAGE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ML_PLANE_MAX 3
#define ML_CHANNEL_MAX 4
#define ML_ROW_ALIGN 64 /* bytes; strides of buffers are multiples of it */

enum ml_layout {
    ML_GRAY,
    ML_GRAYA,
    ML_RGB,
    ML_RGBA,
    ML_CMYK,
    ML_YCC, /* planar, 8 bits */
    ML_LAYOUT_COUNT
};

struct ml_shape {
    uint32_t width;  /* pixels, at least 1 */
    uint32_t height; /* pixels, at least 1 */
    enum ml_layout layout;
    uint8_t bits;  /* of a sample: 8 or 16 */
    uint8_t sub_x; /* width of a chroma sample in pixels: 1, 2 or 4 */
    uint8_t sub_y; /* its height; both are 1 for interleaved layouts */
};

/* Rows [y, y_end) to read, rows contiguous at the stride.  data[p] is the first
 * of them in plane p; in a chroma plane that is plane row y / sub_y, and y is
 * then a multiple of sub_y.  A view owns nothing. */
struct ml_src {
    const uint8_t *data[ML_PLANE_MAX];
    size_t stride_bytes[ML_PLANE_MAX];
    uint32_t y, y_end;
};

/* Rows [y, y_end) to write. */
struct ml_dst {
    uint8_t *data[ML_PLANE_MAX];
    size_t stride_bytes[ML_PLANE_MAX];
    uint32_t y, y_end;
};

/* Samples of a pixel in plane 0: 1, 2, 3, 4, 4; planar: 1. */
uint32_t ml_channels(enum ml_layout layout);
static inline bool ml_has_alpha(enum ml_layout layout)
{
    return layout == ML_GRAYA || layout == ML_RGBA;
}
/* "gray", "gray+alpha", "rgb", "rgba", "cmyk", "ycc" */
const char *ml_layout_name(enum ml_layout layout);

/* In place of memcmp(), because the struct has padding. */
bool ml_shape_same(const struct ml_shape *a, const struct ml_shape *b);

uint32_t ml_plane_count(const struct ml_shape *shape);
/* Size of plane p in its own pixels; chroma rounds up. */
uint32_t ml_plane_width(const struct ml_shape *shape, uint32_t plane);
uint32_t ml_plane_height(const struct ml_shape *shape, uint32_t plane);
/* Plane rows that hold picture rows below `y` (exclusive bound): y itself in
 * plane 0, y / sub_y rounded up in a chroma plane. */
uint32_t ml_plane_y(const struct ml_shape *shape, uint32_t plane, uint32_t y);

/* Bytes of samples in one row of plane p, and the aligned stride for it, which
 * is never a multiple of 4096: such rows would share a set of the caches. */
size_t ml_row_bytes(const struct ml_shape *shape, uint32_t plane);
size_t ml_row_stride(const struct ml_shape *shape, uint32_t plane);
/* Bytes of `rows` picture rows of all planes at aligned strides; false: they do
 * not fit a size_t. */
bool ml_rows_bytes(const struct ml_shape *shape, uint32_t rows,
                   size_t *bytes_out);

/* Make a view of `memory` (ml_rows_bytes(y_end - y) bytes, planes one behind
 * the other, aligned strides). */
void ml_dst_place(struct ml_dst *dst, const struct ml_shape *shape,
                  uint8_t *memory, uint32_t y, uint32_t y_end);
/* The same rows, to read. */
struct ml_src ml_dst_as_src(const struct ml_dst *dst);
/* The part [y, y_end) of a view. */
struct ml_src ml_src_part(const struct ml_src *src,
                          const struct ml_shape *shape, uint32_t y,
                          uint32_t y_end);
struct ml_dst ml_dst_part(const struct ml_dst *dst,
                          const struct ml_shape *shape, uint32_t y,
                          uint32_t y_end);
/* Copy rows [dst->y, dst->y_end) from a view that contains them. */
void ml_rows_copy(const struct ml_dst *dst, const struct ml_src *src,
                  const struct ml_shape *shape);

/* Row y of plane 0. */
static inline const uint8_t *ml_src_row(const struct ml_src *src, uint32_t y)
{
    return src->data[0] + (size_t)(y - src->y) * src->stride_bytes[0];
}
static inline uint8_t *ml_dst_row(const struct ml_dst *dst, uint32_t y)
{
    return dst->data[0] + (size_t)(y - dst->y) * dst->stride_bytes[0];
}

#endif
