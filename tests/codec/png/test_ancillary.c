/* test_ancillary.c: what lies beside the pixels of a PNG: carried, or named as
 * dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <png.h>
#include <zlib.h>

#include "base/random.h"
#include "codec/registry.h"
#include "support/codec/codec_context.h"
#include "support/codec/png_bytes.h"

enum { CAPACITY = 1 << 20, PROFILE_BYTES = 400 };

/* The least that is a profile: a header (ICC.1, section 7.2) and one tag of
 * private data. */
static void make_profile(uint8_t profile[PROFILE_BYTES], const char *space)
{
    static const uint8_t d50[12] = {0, 0, 0xf6, 0xd6, 0,    1,
                                    0, 0, 0,    0,    0xd3, 0x2d};
    memset(profile, 0, PROFILE_BYTES);
    profile[2] = PROFILE_BYTES / 256;
    profile[3] = PROFILE_BYTES % 256;
    profile[8] = 4; /* version */
    memcpy(profile + 12, "mntr", 4);
    memcpy(profile + 16, space, 4);
    memcpy(profile + 20, "XYZ ", 4);
    memcpy(profile + 36, "acsp", 4);
    memcpy(profile + 68, d50, sizeof d50);
    profile[131] = 1; /* tag: 256 bytes of data at 144 */
    memcpy(profile + 132, "data\0\0\0\x90\0\0\1\0", 12);
    /* libpng takes no profile that packs to less than a hundred bytes. */
    struct ml_random random = {5};
    for (size_t i = 144; i < PROFILE_BYTES; i++)
        profile[i] = (uint8_t)ml_random_next(&random);
}

/* A TIFF structure of one tag, orientation: little-endian. */
static const uint8_t exif_6[] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3,
                                 0,   1,   0,  0, 0, 6, 0, 0, 0, 0, 0,    0, 0};

static void make_file(int colour_type, struct test_file *file)
{
    const struct png_kind kind = {
        .width = 8, .height = 8, .colour_type = colour_type, .depth = 8};
    assert_true(png_bytes_make(&kind, file));
}

static void insert(struct test_file *file, const char *before, const char *type,
                   const void *data, size_t size)
{
    png_bytes_insert(file, png_bytes_find(test_bytes(file), before, 0), type,
                     data, size);
}

/* "x", deflate, the packed profile */
static void insert_profile(struct test_file *file, const char *before,
                           const char *space)
{
    uint8_t profile[PROFILE_BYTES], data[3 + 2 * PROFILE_BYTES] = "x";
    uLongf packed = sizeof data - 3;
    make_profile(profile, space);
    assert_int_equal(compress(data + 3, &packed, profile, sizeof profile), 0);
    insert(file, before, "iCCP", data, 3 + packed);
}

/* Decode; the header and the outcome stay in c->decoded. */
static const struct ml_metadata *read_metadata(struct test_codec *c,
                                               const struct test_file *file)
{
    struct test_frame frame;
    test_codec_decode_ok(c, test_bytes(file), &frame);
    test_frame_close(&frame);
    return &c->decoded.header.metadata;
}

/* Encode an RGB picture with this metadata; gives what the sink says. */
static unsigned encode(struct test_codec *c, const struct ml_metadata *metadata,
                       enum ml_layout layout, struct test_file *file)
{
    const struct ml_shape shape = test_shape(8, 8, layout, 8);
    struct ml_sink sink = {.options = ml_sink_options_default,
                           .metadata = *metadata};
    struct test_frame frame;
    test_frame_open(&frame, &shape);
    test_frame_noise(&frame, 1);
    assert_int_equal(
        test_encode(&sink, &ml_codec_png, &frame, 0, CAPACITY, file, &c->err),
        ML_OK);
    test_frame_close(&frame);
    return sink.metadata.dropped;
}

/* ---- profiles ---- */

static void a_profile_is_carried(void **state)
{
    struct test_codec *c = *state;
    static const struct {
        const char *space;
        enum ml_layout layout;
    } cases[] = {{"RGB ", ML_RGB},
                 {"RGB ", ML_RGBA},
                 {"GRAY", ML_GRAY},
                 {"GRAY", ML_GRAYA}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t profile[PROFILE_BYTES];
        struct test_file file;
        make_profile(profile, cases[i].space);
        const struct ml_metadata given = {.icc = {profile, sizeof profile},
                                          .orientation = 1};
        assert_int_equal(encode(c, &given, cases[i].layout, &file), 0);
        c->reading.fail_on = ML_FAIL_ON_WARNING;
        const struct ml_metadata *got = read_metadata(c, &file);
        assert_int_equal(got->dropped, 0);
        assert_int_equal(got->icc.size, sizeof profile);
        assert_memory_equal(got->icc.data, profile, sizeof profile);
        test_file_close(&file);
    }
}

static void a_profile_of_another_colour_kind_is_not_read(void **state)
{
    struct test_codec *c = *state;
    static const int types[] = {PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_PALETTE,
                                PNG_COLOR_TYPE_GRAY};
    static const char *const wrong[] = {"GRAY", "GRAY", "RGB "};
    for (size_t i = 0; i < 3; i++) {
        struct test_file file;
        make_file(types[i], &file);
        insert_profile(&file,
                       types[i] == PNG_COLOR_TYPE_PALETTE ? "PLTE" : "IDAT",
                       wrong[i]);
        const struct ml_metadata *got = read_metadata(c, &file);
        assert_null(got->icc.data);
        assert_int_equal(got->dropped, ML_DROPPED_PROFILE);
        assert_int_equal(c->decoded.warnings, 1);
        test_file_close(&file);
    }
}

static void a_profile_of_another_colour_kind_is_not_written(void **state)
{
    struct test_codec *c = *state;
    static const char *const spaces[] = {"GRAY", "CMYK", "Lab "};
    for (size_t i = 0; i < 3; i++) {
        uint8_t profile[PROFILE_BYTES];
        struct test_file file;
        make_profile(profile, spaces[i]);
        const struct ml_metadata given = {.icc = {profile, sizeof profile},
                                          .orientation = 1};
        assert_int_equal(encode(c, &given, ML_RGB, &file), ML_DROPPED_PROFILE);
        assert_true(png_bytes_find(test_bytes(&file), "iCCP", 0) == SIZE_MAX);
        test_file_close(&file);
    }
}

/* ---- EXIF ---- */

static void exif_is_carried_with_its_orientation_as_told(void **state)
{
    struct test_codec *c = *state;
    struct test_file file;
    const struct ml_metadata given = {.exif = {exif_6, sizeof exif_6},
                                      .orientation = 1};
    assert_int_equal(encode(c, &given, ML_RGB, &file), 0);
    c->reading.fail_on = ML_FAIL_ON_WARNING;
    const struct ml_metadata *got = read_metadata(c, &file);
    assert_int_equal(got->dropped, 0);
    assert_int_equal(got->orientation, 1);
    assert_int_equal(got->exif.size, sizeof exif_6);
    for (size_t i = 0; i < sizeof exif_6; i++)
        assert_int_equal(got->exif.data[i], i == 18 ? 1 : exif_6[i]);
    test_file_close(&file);
}

static void orientation_is_found_before_and_behind_the_pixels(void **state)
{
    struct test_codec *c = *state;
    static const char *const before[] = {"IDAT", "IEND"};
    for (size_t i = 0; i < 2; i++) {
        struct test_file file;
        make_file(PNG_COLOR_TYPE_RGB, &file);
        insert(&file, before[i], "eXIf", exif_6, sizeof exif_6);
        const struct ml_metadata *got = read_metadata(c, &file);
        assert_int_equal(got->orientation, 6);
        assert_int_equal(got->dropped, 0);
        assert_memory_equal(got->exif.data, exif_6, sizeof exif_6);
        test_file_close(&file);
    }
}

static void exif_that_cannot_be_trusted_is_dropped(void **state)
{
    struct test_codec *c = *state;
    struct test_file file;
    make_file(PNG_COLOR_TYPE_RGB, &file);
    const size_t at = png_bytes_find(test_bytes(&file), "IDAT", 0);
    png_bytes_insert(&file, at, "eXIf", exif_6, sizeof exif_6);
    file.data[at + 8 + 18] = 5; /* the checksum is of a 6 */
    assert_int_equal(read_metadata(c, &file)->orientation, 1);
    assert_null(c->decoded.header.metadata.exif.data);
    assert_int_equal(c->decoded.header.metadata.dropped, ML_DROPPED_BROKEN);
    memset(file.data + at + 8, 'x', 4);
    png_bytes_sign(&file, at);
    assert_int_equal(read_metadata(c, &file)->dropped, ML_DROPPED_BROKEN);
    test_file_close(&file);
}

/* ---- density ---- */

static void density_comes_back_as_it_was(void **state)
{
    struct test_codec *c = *state;
    static const struct {
        uint16_t x, y;
        uint8_t unit;
        uint32_t stored_x; /* in the file */
    } cases[] = {{72, 72, 1, 2835},     {300, 150, 1, 11811},
                 {100, 100, 2, 10000},  {37, 41, 2, 3700},
                 {1, 2, 0, 1},          {96, 96, 1, 3780},
                 {1200, 1200, 1, 47244}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ml_metadata given = {.orientation = 1,
                                          .density_given = true,
                                          .x_density = cases[i].x,
                                          .y_density = cases[i].y,
                                          .density_unit = cases[i].unit};
        struct test_file file;
        assert_int_equal(encode(c, &given, ML_RGB, &file), 0);
        const size_t at = png_bytes_find(test_bytes(&file), "pHYs", 0);
        assert_int_equal(png_get_uint_32(file.data + at + 8),
                         cases[i].stored_x);
        const struct ml_metadata *got = read_metadata(c, &file);
        assert_true(got->density_given);
        assert_int_equal(got->x_density, cases[i].x);
        assert_int_equal(got->y_density, cases[i].y);
        assert_int_equal(got->density_unit, cases[i].unit);
        test_file_close(&file);
    }
}

static void a_density_out_of_range_is_none(void **state)
{
    struct test_codec *c = *state;
    static const uint8_t phys[2][9] = {
        {0xff, 0xff, 0xff, 0xff, 0, 0, 0x0b, 0x13, 1},
        {0, 0, 0, 0, 0, 0, 0, 0, 1}};
    for (size_t i = 0; i < 2; i++) {
        struct test_file file;
        make_file(PNG_COLOR_TYPE_RGB, &file);
        insert(&file, "IDAT", "pHYs", phys[i], 9);
        assert_false(read_metadata(c, &file)->density_given);
        test_file_close(&file);
    }
}

/* ---- what is dropped ---- */

struct side {
    const char *type;
    const char *data;
    size_t size;
};

#define SIDE(type, text)                                                       \
    {                                                                          \
        type, text, sizeof text - 1                                            \
    }
#define SRGB_PRIMARIES                                                         \
    "\0\0\x7a\x26\0\0\x80\x84\0\0\xfa\0\0\0\x80\xe8"                           \
    "\0\0\x75\x30\0\0\xea\x60\0\0\x3a\x98\0\0\x17\x70"
#define WIDE_PRIMARIES                                                         \
    "\0\0\x7a\x26\0\0\x80\x84\0\0\xfa\0\0\0\x80\xe8"                           \
    "\0\0\x52\x08\0\x01\x15\x58\0\0\x3a\x98\0\0\x17\x70"

static void what_is_dropped_is_named(void **state)
{
    struct test_codec *c = *state;
    static const struct {
        int colour_type;
        struct side sides[2];
        unsigned dropped;
    } cases[] = {
        {2, {SIDE("tEXt", "Title\0x")}, ML_DROPPED_COMMENT},
        {2, {SIDE("zTXt", "Title\0\0x")}, ML_DROPPED_COMMENT},
        {2, {SIDE("iTXt", "Title\0\0\0\0\0x")}, ML_DROPPED_COMMENT},
        {2, {SIDE("iTXt", "XML:com.adobe.xmp\0\0\0\0\0x")}, ML_DROPPED_XMP},
        {2, {SIDE("tEXt", "Raw profile type iptc\0x")}, ML_DROPPED_IPTC},
        {2, {SIDE("tIME", "\x07\xd0\1\1\1\1\1")}, ML_DROPPED_OTHER},
        {2, {SIDE("prVt", "anything")}, ML_DROPPED_OTHER},
        {2, {SIDE("sRGB", "\0")}, 0},
        {2, {SIDE("gAMA", "\0\0\xb1\x8f")}, 0}, /* 45455 */
        {2, {SIDE("gAMA", "\0\1\x86\xa0")}, ML_DROPPED_COLOUR},
        {0, {SIDE("gAMA", "\0\1\x86\xa0")}, ML_DROPPED_COLOUR},
        {2, {SIDE("gAMA", "\0\1\x86\xa0"), SIDE("sRGB", "\0")}, 0},
        {2, {SIDE("cHRM", SRGB_PRIMARIES)}, 0},
        {2, {SIDE("cHRM", WIDE_PRIMARIES)}, ML_DROPPED_COLOUR},
        {0, {SIDE("cHRM", WIDE_PRIMARIES)}, 0}, /* gray has no primaries */
        {2, {SIDE("cICP", "\1\x0d\0\1")}, 0},
        {2,
         {SIDE("cICP", "\x09\x10\0\1"), SIDE("sRGB", "\0")},
         ML_DROPPED_COLOUR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_file file;
        make_file(cases[i].colour_type, &file);
        for (size_t s = 0; s < 2 && cases[i].sides[s].type; s++)
            insert(&file, "IDAT", cases[i].sides[s].type,
                   cases[i].sides[s].data, cases[i].sides[s].size);
        const unsigned dropped = read_metadata(c, &file)->dropped;
        if (dropped != cases[i].dropped)
            print_message("case %zu: %s\n", i, cases[i].sides[0].type);
        assert_int_equal(dropped, cases[i].dropped);
        test_file_close(&file);
    }
}

static void a_profile_outranks_gamma(void **state)
{
    struct test_codec *c = *state;
    struct test_file file;
    make_file(PNG_COLOR_TYPE_RGB, &file);
    insert(&file, "IDAT", "gAMA", "\0\1\x86\xa0", 4);
    insert_profile(&file, "IDAT", "RGB ");
    const struct ml_metadata *got = read_metadata(c, &file);
    assert_int_equal(got->icc.size, PROFILE_BYTES);
    assert_int_equal(got->dropped, 0);
    test_file_close(&file);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, test_codec_setup, test_codec_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_profile_is_carried),
        TEST(a_profile_of_another_colour_kind_is_not_read),
        TEST(a_profile_of_another_colour_kind_is_not_written),
        TEST(exif_is_carried_with_its_orientation_as_told),
        TEST(orientation_is_found_before_and_behind_the_pixels),
        TEST(exif_that_cannot_be_trusted_is_dropped),
        TEST(density_comes_back_as_it_was),
        TEST(a_density_out_of_range_is_none),
        TEST(what_is_dropped_is_named),
        TEST(a_profile_outranks_gamma),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
