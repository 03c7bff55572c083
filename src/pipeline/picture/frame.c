/* frame.c: see frame.h.  The bytes are, in order: header, ICC profile, EXIF,
 * planes; each begins at a multiple of ML_ROW_ALIGN. */
#include "pipeline/picture/frame.h"

#include <string.h>

#include "base/size_math.h"
#include "codec/registry.h"

#define FRAME_MAGIC UINT64_C(0x316d6172466c4d01) /* "\1MlFram1" */

struct frame_layout {
    size_t icc, exif, pixels, end; /* offsets */
};

static bool frame_layout(uint64_t icc_bytes, uint64_t exif_bytes,
                         uint64_t pixel_bytes, struct frame_layout *layout)
{
    /* ICC and EXIF are far smaller; the bound keeps the sums from wrapping. */
    if (icc_bytes > UINT32_MAX || exif_bytes > UINT32_MAX ||
        pixel_bytes > SIZE_MAX / 2)
        return false;
    layout->icc = ml_round_up(sizeof(struct ml_frame_header), ML_ROW_ALIGN);
    layout->exif = ml_round_up(layout->icc + icc_bytes, ML_ROW_ALIGN);
    layout->pixels = ml_round_up(layout->exif + exif_bytes, ML_ROW_ALIGN);
    layout->end = layout->pixels + pixel_bytes;
    return true;
}

bool ml_frame_bytes(const struct ml_shape *shape,
                    const struct ml_metadata *metadata, size_t *bytes_out)
{
    struct frame_layout layout;
    size_t pixel_bytes;
    if (!ml_rows_bytes(shape, shape->height, &pixel_bytes) ||
        !frame_layout(metadata->icc.size, metadata->exif.size, pixel_bytes,
                      &layout))
        return false;
    *bytes_out = layout.end;
    return true;
}

enum ml_status ml_frame_begin(struct ml_frame *frame,
                              const struct ml_frame_header *header,
                              const struct ml_metadata *metadata,
                              struct ml_output *output, struct ml_error *err)
{
    struct frame_layout layout;
    size_t pixel_bytes = 0;
    memset(frame, 0, sizeof *frame);
    if (!ml_rows_bytes(&header->shape, header->shape.height, &pixel_bytes) ||
        !frame_layout(metadata->icc.size, metadata->exif.size, pixel_bytes,
                      &layout) ||
        layout.end > output->capacity)
        return ml_fail(err, ML_ERR_LIMIT, "picture does not fit its slot",
                       "raise --limit-pixels", "%u x %u pixels",
                       header->shape.width, header->shape.height);
    frame->header = *header;
    frame->header.magic = FRAME_MAGIC;
    frame->header.icc_bytes = metadata->icc.size;
    frame->header.exif_bytes = metadata->exif.size;
    frame->header.pixel_bytes = pixel_bytes;
    memcpy(output->data, &frame->header, sizeof frame->header);
    if (metadata->icc.size)
        memcpy(output->data + layout.icc, metadata->icc.data,
               metadata->icc.size);
    if (metadata->exif.size)
        memcpy(output->data + layout.exif, metadata->exif.data,
               metadata->exif.size);
    frame->pixels = output->data + layout.pixels;
    output->used = layout.end;
    return ML_OK;
}

enum ml_status ml_frame_write(void *frame_in, const struct ml_src *src,
                              struct ml_error *err)
{
    struct ml_frame *frame = frame_in;
    const struct ml_shape *shape = &frame->header.shape;
    struct ml_dst whole;
    (void)err;
    ml_dst_place(&whole, shape, frame->pixels, 0, shape->height);
    const struct ml_dst part = ml_dst_part(&whole, shape, src->y, src->y_end);
    ml_rows_copy(&part, src, shape);
    frame->next_y = src->y_end;
    return ML_OK;
}

/* Layout, bits and subsampling are a combination that exists. */
static bool frame_shape_is_sound(const struct ml_shape *shape)
{
    if (shape->layout == ML_YCC)
        return shape->bits == 8 &&
               (shape->sub_x == 1 || shape->sub_x == 2 || shape->sub_x == 4) &&
               (shape->sub_y == 1 || shape->sub_y == 2 || shape->sub_y == 4);
    return (unsigned)shape->layout < ML_LAYOUT_COUNT &&
           (shape->bits == 8 || shape->bits == 16) && shape->sub_x == 1 &&
           shape->sub_y == 1;
}

static bool frame_header_is_sound(const struct ml_frame_header *header,
                                  size_t size, struct frame_layout *layout)
{
    size_t codec_count;
    size_t pixel_bytes;
    const struct ml_shape *shape = &header->shape;
    (void)ml_codecs(&codec_count);
    return header->magic == FRAME_MAGIC && header->codec < codec_count &&
           frame_shape_is_sound(shape) &&
           ml_rows_bytes(shape, shape->height, &pixel_bytes) &&
           header->pixel_bytes == pixel_bytes &&
           frame_layout(header->icc_bytes, header->exif_bytes, pixel_bytes,
                        layout) &&
           layout->end <= size && header->orientation >= 1 &&
           header->orientation <= 8;
}

enum ml_status ml_frame_open(struct ml_frame *frame, struct ml_bytes bytes,
                             const struct ml_limits *limits,
                             struct ml_error *err)
{
    struct frame_layout layout;
    memset(frame, 0, sizeof *frame);
    if (bytes.size >= sizeof frame->header) /* copy once, then check the copy */
        memcpy(&frame->header, bytes.data, sizeof frame->header);
    const struct ml_frame_header *header = &frame->header;
    enum ml_status status =
        ml_limits_check(limits, header->shape.width, header->shape.height, err);
    if (status == ML_OK)
        status = ml_limits_check(limits, header->full_width,
                                 header->full_height, err);
    if (status != ML_OK)
        return status;
    if (!frame_header_is_sound(header, bytes.size, &layout))
        return ml_fail(err, ML_ERR_INTERNAL, "inconsistent frame header",
                       "report this as a bug", "%zu bytes", bytes.size);
    frame->metadata = (struct ml_metadata){
        .orientation = header->orientation,
        .density_given = header->density_given,
        .x_density = header->x_density,
        .y_density = header->y_density,
        .density_unit = header->density_unit,
        .dropped = header->dropped,
    };
    if (header->icc_bytes)
        frame->metadata.icc =
            (struct ml_bytes){bytes.data + layout.icc, header->icc_bytes};
    if (header->exif_bytes)
        frame->metadata.exif =
            (struct ml_bytes){bytes.data + layout.exif, header->exif_bytes};
    frame->pixels_in = bytes.data + layout.pixels;
    return ML_OK;
}

enum ml_status ml_frame_read(void *frame_in, const struct ml_dst *dst,
                             struct ml_error *err)
{
    struct ml_frame *frame = frame_in;
    const struct ml_shape *shape = &frame->header.shape;
    struct ml_src whole = {.y = 0, .y_end = shape->height};
    const uint8_t *plane = frame->pixels_in;
    (void)err;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        whole.data[p] = plane;
        whole.stride_bytes[p] = ml_row_stride(shape, p);
        plane += whole.stride_bytes[p] * ml_plane_height(shape, p);
    }
    ml_rows_copy(dst, &whole, shape);
    frame->next_y = dst->y_end;
    return ML_OK;
}
