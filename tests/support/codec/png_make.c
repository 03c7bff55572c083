/* png_make.c: see png_make.h. */
#include "support/codec/png_make.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <png.h>
#include <zlib.h>

#include "support/codec/png_bytes.h"

const struct png_make png_make_usual = {.width = 33,
                                        .height = 21,
                                        .colour_type = PNG_COLOR_TYPE_RGB,
                                        .depth = 8,
                                        .filter = -1,
                                        .window_bits = 15};

bool png_make_kind(size_t n, struct png_make *make)
{
    static const uint8_t kinds[][2] = {
        {PNG_COLOR_TYPE_GRAY, 1},        {PNG_COLOR_TYPE_GRAY, 2},
        {PNG_COLOR_TYPE_GRAY, 4},        {PNG_COLOR_TYPE_GRAY, 8},
        {PNG_COLOR_TYPE_GRAY, 16},       {PNG_COLOR_TYPE_PALETTE, 1},
        {PNG_COLOR_TYPE_PALETTE, 2},     {PNG_COLOR_TYPE_PALETTE, 4},
        {PNG_COLOR_TYPE_PALETTE, 8},     {PNG_COLOR_TYPE_RGB, 8},
        {PNG_COLOR_TYPE_RGB, 16},        {PNG_COLOR_TYPE_GRAY_ALPHA, 8},
        {PNG_COLOR_TYPE_GRAY_ALPHA, 16}, {PNG_COLOR_TYPE_RGB_ALPHA, 8},
        {PNG_COLOR_TYPE_RGB_ALPHA, 16}};
    enum { KINDS = sizeof kinds / sizeof *kinds, WITH_KEY = 11 };
    if (n >= KINDS + WITH_KEY)
        return false;
    make->trns = n >= KINDS;
    make->colour_type = kinds[n % KINDS][0];
    make->depth = kinds[n % KINDS][1];
    return true;
}

static size_t make_row_bytes(const struct png_make *make)
{
    static const size_t channels[] = {1, 0, 3, 1, 2, 0, 4};
    return (make->width * channels[make->colour_type] * (size_t)make->depth +
            7) /
           8;
}

uint8_t png_make_filter(int filter, struct ml_random *random)
{
    if (filter == -1 || (filter == -2 && ml_random_below(random, 8) == 0))
        return (uint8_t)ml_random_below(random, 5);
    return (uint8_t)(filter == -2 ? 4 : filter);
}

struct test_file png_make_raw(const struct png_make *make,
                              struct ml_random *random)
{
    const size_t stride = 1 + make_row_bytes(make);
    const long size = (long)(stride * make->height) + make->raw_more;
    assert_true(size > 0);
    struct test_file raw = {malloc((size_t)size), (size_t)size};
    assert_non_null(raw.data);
    memset(raw.data, 0, raw.size);
    for (size_t i = 0; i < raw.size && !make->blank; i++)
        raw.data[i] = i % stride == 0 ? png_make_filter(make->filter, random)
                      : make->noise   ? (uint8_t)ml_random_next(random)
                                      : (uint8_t)ml_random_below(random, 3);
    return raw;
}

struct test_file png_make_packed(const struct test_file *raw, int window_bits)
{
    const size_t most = raw->size + raw->size / 8 + 1024;
    struct test_file packed = {malloc(most), 0};
    z_stream stream = {.next_in = raw->data, .avail_in = (uInt)raw->size};
    assert_non_null(packed.data);
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8,
                                  Z_DEFAULT_STRATEGY),
                     Z_OK);
    stream.next_out = packed.data;
    stream.avail_out = (uInt)most;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed.size = stream.total_out;
    (void)deflateEnd(&stream);
    return packed;
}

static void make_chunk(struct test_file *file, const char *type,
                       const void *data, size_t size)
{
    png_bytes_insert(file, file->size, type, data, size);
}

/* Some colours may be missing; the last are opaque without being named.  A key
 * with bits beyond the depth is met all the same. */
static void make_colours(const struct png_make *make, struct test_file *file)
{
    static const uint8_t keys[2][6] = {{1, 1, 1, 1, 1, 1},
                                       {0xff, 1, 0xff, 1, 0xff, 1}};
    uint8_t bytes[3 * 256];
    struct ml_random random = {(uint64_t)make->depth};
    const size_t most = (size_t)1 << (make->depth > 8 ? 8 : make->depth);
    const size_t count = make->colours ? (size_t)make->colours : most;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)ml_random_next(&random);
    if (make->colour_type == PNG_COLOR_TYPE_PALETTE)
        make_chunk(file, "PLTE", bytes, 3 * count);
    if (!make->trns)
        return;
    if (make->colour_type == PNG_COLOR_TYPE_PALETTE)
        make_chunk(file, "tRNS", bytes + 100, (count + 1) / 2);
    else
        make_chunk(file, "tRNS", keys[make->depth < 16],
                   make->colour_type == PNG_COLOR_TYPE_RGB ? 6 : 2);
}

struct test_file png_make_around(const struct png_make *make,
                                 const struct test_file *packed)
{
    static const uint8_t signature[8] = {137, 80, 78, 71, 13, 10, 26, 10};
    struct test_file file = {malloc(8), 8};
    uint8_t header[13] = {0};
    assert_non_null(file.data);
    memcpy(file.data, signature, 8);
    png_save_uint_32(header, make->width);
    png_save_uint_32(header + 4, make->height);
    header[8] = (uint8_t)make->depth;
    header[9] = (uint8_t)make->colour_type;
    make_chunk(&file, "IHDR", header, sizeof header);
    make_colours(make, &file);
    const size_t piece = make->piece ? make->piece : packed->size;
    for (size_t at = 0; at < packed->size; at += piece)
        make_chunk(&file, "IDAT", packed->data + at,
                   packed->size - at < piece ? packed->size - at : piece);
    make_chunk(&file, "IEND", NULL, 0);
    return file;
}

struct test_file png_make_file(const struct png_make *make, uint64_t seed)
{
    struct ml_random random = {seed};
    struct test_file raw = png_make_raw(make, &random);
    struct test_file packed = png_make_packed(&raw, make->window_bits);
    struct test_file file = png_make_around(make, &packed);
    test_file_close(&packed);
    test_file_close(&raw);
    return file;
}
