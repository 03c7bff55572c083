/* jpeg.c: the row of the codec table for JPEG. */
#include "codec/jpeg/jpeg.h"

#include "codec/jpeg/decoder.h"
#include "codec/jpeg/encoder.h"
#include "codec/jpeg/read_rows.h"

static bool jpeg_sniff(const uint8_t *data, size_t size)
{
    return size >= 3 && data[0] == 0xff && data[1] == 0xd8 && data[2] == 0xff;
}

static struct ml_shape jpeg_storable(const struct ml_shape *shape)
{
    struct ml_shape near = *shape;
    near.bits = 8;
    if (shape->layout == ML_GRAYA)
        near.layout = ML_GRAY;
    else if (shape->layout == ML_RGBA || shape->layout == ML_CMYK)
        near.layout = ML_RGB;
    return near;
}

const struct ml_codec ml_codec_jpeg = {
    .name = "jpeg",
    .extensions = {"jpg", "jpeg", "jpe", "jfif", NULL},
    .sniff = jpeg_sniff,
    .open = ml_jpeg_open,
    .shrink = ml_jpeg_shrink,
    .planes = ml_jpeg_planes,
    .luma = ml_jpeg_luma,
    .start = ml_jpeg_start,
    .read = ml_jpeg_read,
    .end = ml_jpeg_end,
    .close = ml_jpeg_close,
    .storable = jpeg_storable,
    .sampling = ml_jpeg_sampling,
    .sink_prepare = ml_jpeg_sink_prepare,
    .sink_open = ml_jpeg_sink_open,
    .sink_write = ml_jpeg_sink_write,
    .sink_end = ml_jpeg_sink_end,
    .sink_close = ml_jpeg_sink_close,
};
