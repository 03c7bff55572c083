/* shape.c: see shape.h.  Pure functions. */
#include "image/shape.h"

#include <assert.h>
#include <string.h>

#include "base/size_math.h"

/* Rows at a distance of a multiple of this share a set of the first-level
 * cache: the rows of a tall tile would evict each other. */
#define SHAPE_PAGE_BYTES 4096

uint32_t ml_channels(enum ml_layout layout)
{
    static const uint8_t channels[ML_LAYOUT_COUNT] = {1, 2, 3, 4, 4, 1};
    return channels[layout];
}

const char *ml_layout_name(enum ml_layout layout)
{
    static const char *const names[ML_LAYOUT_COUNT] = {
        "gray", "gray+alpha", "rgb", "rgba", "cmyk", "ycc"};
    return names[layout];
}

bool ml_shape_same(const struct ml_shape *a, const struct ml_shape *b)
{
    return a->width == b->width && a->height == b->height &&
           a->layout == b->layout && a->bits == b->bits &&
           a->sub_x == b->sub_x && a->sub_y == b->sub_y;
}

uint32_t ml_plane_count(const struct ml_shape *shape)
{
    return shape->layout == ML_YCC ? 3 : 1;
}

static uint32_t shape_divide_up(uint32_t size, uint32_t by)
{
    return size / by + (size % by != 0);
}

uint32_t ml_plane_width(const struct ml_shape *shape, uint32_t plane)
{
    return plane == 0 ? shape->width
                      : shape_divide_up(shape->width, shape->sub_x);
}

uint32_t ml_plane_y(const struct ml_shape *shape, uint32_t plane, uint32_t y)
{
    return plane == 0 ? y : shape_divide_up(y, shape->sub_y);
}

uint32_t ml_plane_height(const struct ml_shape *shape, uint32_t plane)
{
    return ml_plane_y(shape, plane, shape->height);
}

size_t ml_row_bytes(const struct ml_shape *shape, uint32_t plane)
{
    return (size_t)ml_plane_width(shape, plane) * ml_channels(shape->layout) *
           (shape->bits / 8U);
}

size_t ml_row_stride(const struct ml_shape *shape, uint32_t plane)
{
    const size_t stride = ml_round_up(ml_row_bytes(shape, plane), ML_ROW_ALIGN);
    return stride % SHAPE_PAGE_BYTES ? stride : stride + ML_ROW_ALIGN;
}

bool ml_rows_bytes(const struct ml_shape *shape, uint32_t rows,
                   size_t *bytes_out)
{
    size_t total = 0;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        size_t bytes;
        if (!ml_size_mul(ml_row_stride(shape, p), ml_plane_y(shape, p, rows),
                         &bytes) ||
            !ml_size_add(total, bytes, &total))
            return false;
    }
    *bytes_out = total;
    return true;
}

void ml_dst_place(struct ml_dst *dst, const struct ml_shape *shape,
                  uint8_t *memory, uint32_t y, uint32_t y_end)
{
    memset(dst, 0, sizeof *dst);
    dst->y = y;
    dst->y_end = y_end;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        dst->data[p] = memory;
        dst->stride_bytes[p] = ml_row_stride(shape, p);
        memory += dst->stride_bytes[p] * ml_plane_y(shape, p, y_end - y);
    }
}

struct ml_src ml_dst_as_src(const struct ml_dst *dst)
{
    struct ml_src src = {.y = dst->y, .y_end = dst->y_end};
    for (uint32_t p = 0; p < ML_PLANE_MAX; p++) {
        src.data[p] = dst->data[p];
        src.stride_bytes[p] = dst->stride_bytes[p];
    }
    return src;
}

/* Plane rows from picture row `from`, the first of a view, to picture row y. */
static size_t shape_rows_between(const struct ml_shape *shape, uint32_t plane,
                                 uint32_t from, uint32_t y)
{
    return ml_plane_y(shape, plane, y) - ml_plane_y(shape, plane, from);
}

struct ml_src ml_src_part(const struct ml_src *src,
                          const struct ml_shape *shape, uint32_t y,
                          uint32_t y_end)
{
    assert(y >= src->y && y_end <= src->y_end && y <= y_end);
    struct ml_src part = *src;
    part.y = y;
    part.y_end = y_end;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++)
        part.data[p] +=
            shape_rows_between(shape, p, src->y, y) * src->stride_bytes[p];
    return part;
}

struct ml_dst ml_dst_part(const struct ml_dst *dst,
                          const struct ml_shape *shape, uint32_t y,
                          uint32_t y_end)
{
    assert(y >= dst->y && y_end <= dst->y_end && y <= y_end);
    struct ml_dst part = *dst;
    part.y = y;
    part.y_end = y_end;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++)
        part.data[p] +=
            shape_rows_between(shape, p, dst->y, y) * dst->stride_bytes[p];
    return part;
}

void ml_rows_copy(const struct ml_dst *dst, const struct ml_src *src,
                  const struct ml_shape *shape)
{
    const struct ml_src from = ml_src_part(src, shape, dst->y, dst->y_end);
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const size_t bytes = ml_row_bytes(shape, p);
        const size_t rows = shape_rows_between(shape, p, dst->y, dst->y_end);
        for (size_t y = 0; y < rows; y++)
            memcpy(dst->data[p] + y * dst->stride_bytes[p],
                   from.data[p] + y * from.stride_bytes[p], bytes);
    }
}
