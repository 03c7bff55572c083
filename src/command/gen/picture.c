/* picture.c: see picture.h. */
#include "command/gen/picture.h"

#include <string.h>

#include "base/size_math.h"
#include "image/luma.h"

/* Rows made at a time.  A transposed picture is painted in pieces of rows of
 * this length, so it should not be too small. */
#define GEN_STRIP_ROWS 64

static uint32_t gen_to_8(uint32_t sample)
{
    return (sample * 255 + 32895) >> 16; /* rounded to nearest, exactly */
}

/* Blend over white, for layouts without alpha. */
static void gen_flatten(uint16_t rgba[ML_PAINT_CHANNELS])
{
    const uint32_t alpha = rgba[3];
    for (int c = 0; c < 3; c++)
        rgba[c] =
            (uint16_t)((rgba[c] * alpha + 65535 * (65535 - alpha)) / 65535);
}

/* Store `count` painted pixels, `step` bytes from one to the next. */
static void gen_pack(const struct ml_shape *shape, uint16_t *rgba,
                     uint32_t count, uint8_t *out, ptrdiff_t step)
{
    const uint32_t channels = ml_channels(shape->layout);
    for (; count > 0; count--, rgba += ML_PAINT_CHANNELS, out += step) {
        if (shape->layout != ML_RGBA && rgba[3] != 65535)
            gen_flatten(rgba);
        if (shape->layout == ML_GRAY)
            rgba[0] = (uint16_t)ml_luma(rgba[0], rgba[1], rgba[2]);
        if (shape->bits == 16) {
            memcpy(out, rgba, channels * sizeof *rgba);
            continue;
        }
        for (uint32_t c = 0; c < channels; c++)
            out[c] = (uint8_t)gen_to_8(rgba[c]);
    }
}

static uint32_t gen_pixel_bytes(const struct ml_shape *shape)
{
    return ml_channels(shape->layout) * (shape->bits / 8U);
}

/* Orientation as in the EXIF standard: is the stored picture mirrored?  1-4
 * keep rows, 5-8 transpose them. */
static bool gen_mirrors_x(uint8_t orientation)
{
    return orientation == 2 || orientation == 3 || orientation == 6 ||
           orientation == 7;
}

static bool gen_mirrors_y(uint8_t orientation)
{
    return orientation == 3 || orientation == 4 || orientation == 7 ||
           orientation == 8;
}

static void gen_rows_straight(const struct ml_gen_rows *rows,
                              const struct ml_dst *dst)
{
    const uint32_t width = rows->shape.width, height = rows->shape.height;
    const ptrdiff_t pixel = gen_pixel_bytes(&rows->shape);
    for (uint32_t y = dst->y; y < dst->y_end; y++) {
        const uint32_t from =
            gen_mirrors_y(rows->orientation) ? height - 1 - y : y;
        uint8_t *out = ml_dst_row(dst, y);
        rows->painter.row(&rows->painter, from, 0, width, rows->line);
        if (gen_mirrors_x(rows->orientation))
            gen_pack(&rows->shape, rows->line, width,
                     out + (ptrdiff_t)(width - 1) * pixel, -pixel);
        else
            gen_pack(&rows->shape, rows->line, width, out, pixel);
    }
}

/* A stored row is a column of the upright picture, a stored column one of its
 * rows: paint the piece of each upright row that lies in this strip. */
static void gen_rows_transposed(const struct ml_gen_rows *rows,
                                const struct ml_dst *dst)
{
    const uint32_t upright_width = rows->shape.height;
    const uint32_t upright_height = rows->shape.width;
    const bool mirror = gen_mirrors_x(rows->orientation);
    const uint32_t x = mirror ? upright_width - dst->y_end : dst->y;
    const uint32_t count = dst->y_end - dst->y;
    const ptrdiff_t stride = (ptrdiff_t)dst->stride_bytes[0];
    for (uint32_t y = 0; y < upright_height; y++) {
        const uint32_t column =
            gen_mirrors_y(rows->orientation) ? upright_height - 1 - y : y;
        uint8_t *out =
            dst->data[0] + (size_t)column * gen_pixel_bytes(&rows->shape);
        rows->painter.row(&rows->painter, y, x, x + count, rows->line);
        if (mirror)
            gen_pack(&rows->shape, rows->line, count,
                     out + (ptrdiff_t)(count - 1) * stride, -stride);
        else
            gen_pack(&rows->shape, rows->line, count, out, stride);
    }
}

void ml_gen_rows_make(const struct ml_gen_rows *rows, const struct ml_dst *dst)
{
    if (rows->orientation >= 5)
        gen_rows_transposed(rows, dst);
    else
        gen_rows_straight(rows, dst);
}

static enum ml_status gen_no_room(struct ml_error *err)
{
    return ml_fail(err, ML_ERR_MEMORY,
                   "not enough memory for the rows of a picture",
                   "choose a smaller --size", "the scratch memory is full");
}

enum ml_status ml_gen_rows_open(struct ml_gen_rows *rows,
                                const struct ml_gen_picture *picture,
                                struct ml_arena *arena, struct ml_error *err)
{
    const uint8_t orientation =
        picture->orientation == 0 ? 1 : picture->orientation;
    const bool transposed = orientation >= 5;
    const uint32_t width =
        transposed ? picture->shape.height : picture->shape.width;
    const uint32_t height =
        transposed ? picture->shape.width : picture->shape.height;
    enum ml_status status = ML_OK;
    *rows = (struct ml_gen_rows){.shape = picture->shape,
                                 .orientation = orientation};
    switch (picture->subject) {
    case ML_GEN_PHOTO:
        status = ml_paint_photo(&rows->painter, picture->seed, width, height,
                                arena, err);
        break;
    case ML_GEN_CHART:
        ml_paint_chart(&rows->painter, picture->variant, width, height);
        break;
    case ML_GEN_ICON:
        status = ml_paint_icon(&rows->painter, picture->seed, width, height,
                               arena, err);
        break;
    }
    if (status)
        return status;
    const uint32_t stored_width = picture->shape.width;
    const size_t longest =
        stored_width > GEN_STRIP_ROWS ? stored_width : GEN_STRIP_ROWS;
    rows->line =
        ml_arena_alloc(arena, longest * ML_PAINT_CHANNELS * sizeof *rows->line);
    if (!rows->line)
        return gen_no_room(err);
    return ML_OK;
}

/* A TIFF structure with two tags: orientation and software.  (EXIF 2.32,
 * section 4.6; little-endian.) */
static struct ml_bytes gen_exif(uint8_t orientation, struct ml_arena *arena)
{
    static const uint8_t pattern[] = {
        'I',  'I',  42,  0,   8,   0,   0,   0, /* byte order, magic, first
                                                   directory */
        2,    0,                                /* entries */
        0x12, 0x01, 3,   0,   1,   0,   0,   0,   1,
        0,    0,    0, /* orientation, SHORT */
        0x31, 0x01, 2,   0,   12,  0,   0,   0,   38,
        0,    0,    0,      /* software, ASCII */
        0,    0,    0,   0, /* no more directories */
        'm',  'i',  'n', 'i', 'l', 'a', 'b', ' ', 'g',
        'e',  'n',  0};
    enum { ORIENTATION_AT = 18 };
    uint8_t *exif = ml_arena_alloc(arena, sizeof pattern);
    if (!exif)
        return (struct ml_bytes){0};
    memcpy(exif, pattern, sizeof pattern);
    exif[ORIENTATION_AT] = orientation;
    return (struct ml_bytes){exif, sizeof pattern};
}

static enum ml_status gen_write_strips(const struct ml_gen_rows *rows,
                                       struct ml_sink *sink,
                                       struct ml_arena *arena,
                                       struct ml_error *err)
{
    const uint32_t height = rows->shape.height;
    size_t bytes;
    uint8_t *memory = NULL;
    if (ml_rows_bytes(&rows->shape, GEN_STRIP_ROWS, &bytes))
        memory = ml_arena_alloc(arena, bytes);
    if (!memory)
        return gen_no_room(err);
    for (uint32_t y = 0; y < height; y += GEN_STRIP_ROWS) {
        const uint32_t left = height - y;
        struct ml_dst dst;
        ml_dst_place(&dst, &rows->shape, memory, y,
                     y + (left < GEN_STRIP_ROWS ? left : GEN_STRIP_ROWS));
        ml_gen_rows_make(rows, &dst);
        const struct ml_src src = ml_dst_as_src(&dst);
        const enum ml_status status = sink->codec->sink_write(sink, &src, err);
        if (status)
            return status;
    }
    return sink->codec->sink_end(sink, err);
}

static enum ml_status gen_encode(const struct ml_gen_picture *picture,
                                 struct ml_arena *arena,
                                 struct ml_output *output, struct ml_error *err)
{
    struct ml_gen_rows rows;
    struct ml_sink sink = {.codec = picture->codec,
                           .shape = picture->shape,
                           .options = picture->sink,
                           .metadata = {.orientation = 1},
                           .output = output,
                           .arena = arena};
    if (picture->orientation) {
        sink.metadata.exif = gen_exif(picture->orientation, arena);
        sink.metadata.orientation = picture->orientation;
        if (!sink.metadata.exif.data)
            return gen_no_room(err);
    }
    enum ml_status status = ml_gen_rows_open(&rows, picture, arena, err);
    if (status)
        return status;
    output->used = 0;
    sink.codec->sink_prepare(&sink);
    status = sink.codec->sink_open(&sink, err);
    if (status == ML_OK)
        status = gen_write_strips(&rows, &sink, arena, err);
    sink.codec->sink_close(&sink);
    return status;
}

enum ml_status ml_gen_encode(const struct ml_gen_picture *picture,
                             struct ml_arena *arena, struct ml_output *output,
                             struct ml_error *err)
{
    const size_t mark = ml_arena_mark(arena);
    const enum ml_status status = gen_encode(picture, arena, output, err);
    ml_arena_reset(arena, mark);
    return status;
}

size_t ml_gen_bytes_max(const struct ml_shape *shape)
{
    /* Noise at quality 100 takes more than its pixels do; headers are small. */
    const size_t pixels = (size_t)shape->width * shape->height;
    return pixels * gen_pixel_bytes(shape) * 2 + (UINT32_C(1) << 16);
}
