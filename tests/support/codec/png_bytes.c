/* png_bytes.c: see png_bytes.h. */
#include "support/codec/png_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <png.h>
#include <zlib.h>

#include "base/random.h"

/* ---- chunks ---- */

static void bytes_put_u32(uint8_t *at, uint32_t value)
{
    png_save_uint_32(at, value);
}

static void bytes_sign(uint8_t *chunk)
{
    const size_t size = png_get_uint_32(chunk);
    bytes_put_u32(chunk + 8 + size, (uint32_t)crc32_z(0, chunk + 4, size + 4));
}

void png_bytes_sign(struct test_file *file, size_t at)
{
    bytes_sign(file->data + at);
}

void png_bytes_set_size(struct test_file *file, uint32_t width, uint32_t height)
{
    bytes_put_u32(file->data + 16, width);
    bytes_put_u32(file->data + 20, height);
    bytes_sign(file->data + 8);
}

size_t png_bytes_find(struct ml_bytes file, const char *type, size_t nth)
{
    for (size_t at = 8; file.size >= 12 && at <= file.size - 12;
         at += 12 + (size_t)png_get_uint_32(file.data + at))
        if (memcmp(file.data + at + 4, type, 4) == 0 && nth-- == 0)
            return at;
    return SIZE_MAX;
}

void png_bytes_insert(struct test_file *file, size_t at, const char *type,
                      const void *data, size_t size)
{
    uint8_t *grown = malloc(file->size + 12 + size);
    assert_non_null(grown);
    assert_true(at <= file->size);
    memcpy(grown, file->data, at);
    memcpy(grown + at + 12 + size, file->data + at, file->size - at);
    bytes_put_u32(grown + at, (uint32_t)size);
    memcpy(grown + at + 4, type, 4);
    if (size)
        memcpy(grown + at + 8, data, size);
    bytes_sign(grown + at);
    free(file->data);
    file->data = grown;
    file->size += 12 + size;
}

void png_bytes_remove(struct test_file *file, size_t at)
{
    const size_t size = 12 + (size_t)png_get_uint_32(file->data + at);
    memmove(file->data + at, file->data + at + size, file->size - at - size);
    file->size -= size;
}

/* ---- making ---- */

static void bytes_store(png_structp png, png_bytep data, size_t size)
{
    struct test_file *file = png_get_io_ptr(png);
    uint8_t *grown = realloc(file->data, file->size + size);
    assert_non_null(grown);
    memcpy(grown + file->size, data, size);
    file->data = grown;
    file->size += size;
}

static void bytes_flush(png_structp png)
{
    (void)png;
}

static bool bytes_kind_exists(const struct png_kind *kind)
{
    switch (kind->colour_type) {
    case PNG_COLOR_TYPE_GRAY:
        return true;
    case PNG_COLOR_TYPE_PALETTE:
        return kind->depth <= 8;
    case PNG_COLOR_TYPE_RGB:
        return kind->depth >= 8;
    default:
        return kind->depth >= 8 && !kind->trns;
    }
}

static void bytes_set_palette(png_structp png, png_infop info,
                              const struct png_kind *kind,
                              struct ml_random *random)
{
    png_color palette[256];
    png_byte alpha[256];
    const int count = 1 << kind->depth;
    for (int i = 0; i < count; i++) {
        palette[i].red = (png_byte)ml_random_next(random);
        palette[i].green = (png_byte)ml_random_next(random);
        palette[i].blue = (png_byte)ml_random_next(random);
        alpha[i] = (png_byte)ml_random_next(random);
    }
    png_set_PLTE(png, info, palette, count);
    if (kind->trns) /* the last colours are opaque without being named */
        png_set_tRNS(png, info, alpha, (count + 1) / 2, NULL);
}

/* The colour key is the picture's first pixel. */
static void bytes_set_key(png_structp png, png_infop info,
                          const struct png_kind *kind, const uint8_t *row)
{
    png_color_16 key = {0};
    if (kind->depth < 8)
        key.gray = (png_uint_16)(row[0] >> (8 - kind->depth));
    else if (kind->depth == 8)
        key.gray = key.red = row[0], key.green = row[1], key.blue = row[2];
    else
        key.gray = key.red = png_get_uint_16(row),
        key.green = png_get_uint_16(row + 2),
        key.blue = png_get_uint_16(row + 4);
    png_set_tRNS(png, info, NULL, 0, &key);
}

bool png_bytes_make(const struct png_kind *kind, struct test_file *file_out)
{
    struct ml_random random = {kind->width * 31U + (uint32_t)kind->depth};
    *file_out = (struct test_file){0};
    if (!bytes_kind_exists(kind))
        return false;
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    assert_non_null(png);
    png_infop info = png_create_info_struct(png);
    assert_non_null(info);
    png_set_write_fn(png, file_out, bytes_store, bytes_flush);
    png_set_compression_level(png, 1);
    png_set_IHDR(png, info, kind->width, kind->height, kind->depth,
                 kind->colour_type, kind->interlaced, 0, 0);
    const size_t row_bytes = png_get_rowbytes(png, info);
    uint8_t *pixels = malloc(row_bytes * kind->height + 6);
    uint8_t **rows = calloc(kind->height, sizeof *rows);
    assert_true(pixels && rows);
    for (size_t i = 0; i < row_bytes * kind->height + 6; i++)
        pixels[i] = (uint8_t)ml_random_next(&random);
    for (size_t y = 0; y < kind->height; y++)
        rows[y] = pixels + y * row_bytes;
    if (kind->colour_type == PNG_COLOR_TYPE_PALETTE)
        bytes_set_palette(png, info, kind, &random);
    else if (kind->trns)
        bytes_set_key(png, info, kind, pixels);
    png_set_rows(png, info, rows);
    png_write_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
    png_destroy_write_struct(&png, &info);
    free(rows);
    free(pixels);
    return true;
}

/* ---- the oracle ---- */

/* The simplified reader converts to sRGB; without these chunks it has nothing
 * to convert. */
static void bytes_forget_colour(struct test_file *file)
{
    static const char *const types[] = {"gAMA", "cHRM", "sRGB", "iCCP"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        for (size_t at;
             (at = png_bytes_find(test_bytes(file), types[i], 0)) != SIZE_MAX;)
            png_bytes_remove(file, at);
}

static void bytes_assert_8(const struct test_file *file,
                           const struct test_frame *frame)
{
    static const png_uint_32 formats[] = {PNG_FORMAT_GRAY, PNG_FORMAT_GA,
                                          PNG_FORMAT_RGB, PNG_FORMAT_RGBA};
    const size_t row_bytes = ml_row_bytes(&frame->shape, 0);
    png_image image = {.version = PNG_IMAGE_VERSION};
    assert_true(
        png_image_begin_read_from_memory(&image, file->data, file->size));
    assert_int_equal(image.width, frame->shape.width);
    assert_int_equal(image.height, frame->shape.height);
    image.format = formats[frame->shape.layout];
    uint8_t *pixels = malloc(PNG_IMAGE_SIZE(image));
    assert_non_null(pixels);
    assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL));
    for (uint32_t y = 0; y < frame->shape.height; y++)
        assert_memory_equal(ml_dst_row(&frame->rows, y), pixels + y * row_bytes,
                            row_bytes);
    free(pixels);
}

struct bytes_cursor {
    const uint8_t *data;
    size_t left;
};

static void bytes_fetch(png_structp png, png_bytep data, size_t size)
{
    struct bytes_cursor *cursor = png_get_io_ptr(png);
    assert_true(size <= cursor->left);
    memcpy(data, cursor->data, size);
    cursor->data += size;
    cursor->left -= size;
}

static uint16_t bytes_key_of(const png_color_16 *key, uint32_t channels,
                             uint32_t channel)
{
    const uint16_t rgb[] = {key->red, key->green, key->blue};
    return channels == 1 ? key->gray : rgb[channel];
}

/* One row of 16-bit samples as they lie in the file, against ours. */
static void bytes_assert_row_16(const uint8_t *row, const png_color_16 *key,
                                const struct ml_shape *shape,
                                const uint8_t *got)
{
    const uint32_t channels = ml_channels(shape->layout) - (key ? 1 : 0);
    for (uint32_t x = 0; x < shape->width; x++) {
        uint16_t sample;
        bool is_key = key != NULL;
        for (uint32_t c = 0; c < channels; c++, row += 2, got += 2) {
            memcpy(&sample, got, sizeof sample);
            assert_int_equal(sample, png_get_uint_16(row));
            is_key = is_key && sample == bytes_key_of(key, channels, c);
        }
        if (!key)
            continue;
        memcpy(&sample, got, sizeof sample);
        assert_int_equal(sample, is_key ? 0 : 65535);
        got += 2;
    }
}

static void bytes_assert_16(const struct test_file *file,
                            const struct test_frame *frame)
{
    struct bytes_cursor cursor = {file->data, file->size};
    png_structp png =
        png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    assert_non_null(png);
    png_infop info = png_create_info_struct(png);
    assert_non_null(info);
    png_set_read_fn(png, &cursor, bytes_fetch);
    png_read_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
    png_color_16p key = NULL;
    if (png_get_valid(png, info, PNG_INFO_tRNS))
        png_get_tRNS(png, info, NULL, NULL, &key);
    png_bytepp rows = png_get_rows(png, info);
    for (uint32_t y = 0; y < frame->shape.height; y++)
        bytes_assert_row_16(rows[y], key, &frame->shape,
                            ml_dst_row(&frame->rows, y));
    png_destroy_read_struct(&png, &info, NULL);
}

void png_bytes_assert_as_libpng(struct ml_bytes file,
                                const struct test_frame *frame)
{
    struct test_file plain = {malloc(file.size), file.size};
    assert_non_null(plain.data);
    memcpy(plain.data, file.data, file.size);
    bytes_forget_colour(&plain);
    if (frame->shape.bits == 8)
        bytes_assert_8(&plain, frame);
    else
        bytes_assert_16(&plain, frame);
    test_file_close(&plain);
}
