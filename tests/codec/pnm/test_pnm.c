/* test_pnm.c: PNM and PAM files: written and read back, every way of writing
 * samples, damage, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "codec/registry.h"
#include "support/codec/codec_context.h"

enum { CAPACITY = 1 << 20 };

#define TEXT_FILE(text)                                                        \
    (struct ml_bytes)                                                          \
    {                                                                          \
        (const uint8_t *)(text), sizeof(text) - 1                              \
    }

static struct ml_sink sink_default(void)
{
    return (struct ml_sink){.options = ml_sink_options_default,
                            .metadata = {.orientation = 1}};
}

static void every_layout_and_depth_comes_back(void **state)
{
    struct test_codec *c = *state;
    struct ml_random random = {11};
    static const char *const kinds[] = {"P5", "P7", "P6", "P7"};
    for (int layout = ML_GRAY; layout <= ML_RGBA; layout++)
        for (uint8_t bits = 8; bits <= 16; bits += 8)
            for (uint32_t step = 0; step < 5; step++) {
                const struct ml_shape shape =
                    test_shape(1 + ml_random_below(&random, 600),
                               1 + ml_random_below(&random, 40),
                               (enum ml_layout)layout, bits);
                struct ml_sink sink = sink_default();
                struct test_frame frame, back;
                struct test_file file;
                test_frame_open(&frame, &shape);
                test_frame_noise(&frame, ml_random_next(&random));
                assert_int_equal(test_encode(&sink, &ml_codec_pnm, &frame, step,
                                             CAPACITY, &file, &c->err),
                                 ML_OK);
                assert_memory_equal(file.data, kinds[layout], 2);
                c->reading.step = step;
                c->reading.fail_on = ML_FAIL_ON_WARNING;
                test_codec_decode_ok(c, test_bytes(&file), &back);
                test_frame_assert_same(&frame, &back);
                test_frame_close(&back);
                test_frame_close(&frame);
                test_file_close(&file);
            }
}

static void sixteen_bits_are_big_endian_in_the_file(void **state)
{
    struct test_codec *c = *state;
    const struct ml_shape shape = test_shape(1, 1, ML_GRAY, 16);
    struct ml_sink sink = sink_default();
    const uint16_t sample = 0x1234;
    struct test_frame frame;
    struct test_file file;
    test_frame_open(&frame, &shape);
    memcpy(frame.rows.data[0], &sample, sizeof sample);
    assert_int_equal(
        test_encode(&sink, &ml_codec_pnm, &frame, 0, CAPACITY, &file, &c->err),
        ML_OK);
    static const char want[] = "P5\n1 1\n65535\n\x12\x34";
    assert_int_equal(file.size, sizeof want - 1);
    assert_memory_equal(file.data, want, file.size);
    test_file_close(&file);
    test_frame_close(&frame);
}

/* ---- every way of writing samples ---- */

struct known {
    struct ml_bytes file;
    enum ml_layout layout;
    uint8_t bits;
    uint32_t width, height;
    uint16_t samples[12];
};

static void assert_known(struct test_codec *c, const struct known *known)
{
    struct test_frame frame;
    test_codec_decode_ok(c, known->file, &frame);
    assert_int_equal(frame.shape.layout, known->layout);
    assert_int_equal(frame.shape.bits, known->bits);
    assert_int_equal(frame.shape.width, known->width);
    assert_int_equal(frame.shape.height, known->height);
    const uint32_t row = known->width * ml_channels(known->layout);
    for (uint32_t y = 0; y < known->height; y++)
        for (uint32_t i = 0; i < row; i++) {
            const uint8_t *at = ml_dst_row(&frame.rows, y);
            uint16_t sample;
            memcpy(&sample, at + (known->bits == 16 ? 2 * i : 0), 2);
            if (known->bits == 8)
                sample = at[i];
            assert_int_equal(sample, known->samples[y * row + i]);
        }
    test_frame_close(&frame);
}

static void every_way_of_writing_samples_is_read(void **state)
{
    const struct known cases[] = {
        /* 1 is black; digits may touch; comments anywhere */
        {TEXT_FILE("P1 # bits\n3 2\n101\n0 1#x\n0"),
         ML_GRAY,
         8,
         3,
         2,
         {0, 255, 0, 255, 0, 255}},
        {TEXT_FILE("P2\n2 2 # gray\n255\n0 255\n7 99"),
         ML_GRAY,
         8,
         2,
         2,
         {0, 255, 7, 99}},
        /* stretched and rounded: 1 of 3 is 85, 1 of 2 is 127.5 */
        {TEXT_FILE("P2 4 1 3 0 1 2 3"), ML_GRAY, 8, 4, 1, {0, 85, 170, 255}},
        {TEXT_FILE("P2 3 1 2\n0 1 2"), ML_GRAY, 8, 3, 1, {0, 128, 255}},
        {TEXT_FILE("P2 3 1 1000\n0 500 1000"),
         ML_GRAY,
         16,
         3,
         1,
         {0, 32768, 65535}},
        {TEXT_FILE("P3\n1 2\n255\n1 2 3\n4 5 6\n"),
         ML_RGB,
         8,
         1,
         2,
         {1, 2, 3, 4, 5, 6}},
        /* rows begin at a byte */
        {TEXT_FILE("P4\n9 1\n\xa0\x80"),
         ML_GRAY,
         8,
         9,
         1,
         {0, 255, 0, 255, 255, 255, 255, 255, 0}},
        {TEXT_FILE("P5 2 1 15\n\x0f\x01"), ML_GRAY, 8, 2, 1, {255, 17}},
        {TEXT_FILE("P5\r2 1\t65535 \x01\x02\xff\xff"),
         ML_GRAY,
         16,
         2,
         1,
         {0x102, 0xffff}},
        /* a raster may begin with what looks like white space or '#' */
        {TEXT_FILE("P6 1 1 255\n\n #"), ML_RGB, 8, 1, 1, {10, 32, 35}},
        {TEXT_FILE("P7\n# pam\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 1\n"
                   "TUPLTYPE BLACKANDWHITE\nENDHDR\n\x01\x00"),
         ML_GRAY,
         8,
         2,
         1,
         {255, 0}}, /* here 1 is white */
        {TEXT_FILE("P7\nDEPTH 4\nHEIGHT 1\nWIDTH 1\nMAXVAL 255\n"
                   "TUPLTYPE RGB_ALPHA\nENDHDR\n\x01\x02\x03\x04"),
         ML_RGBA,
         8,
         1,
         1,
         {1, 2, 3, 4}},
        {TEXT_FILE("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 2\nMAXVAL 65535\nENDHDR\n"
                   "\x01\x02\x03\x04"),
         ML_GRAYA,
         16,
         1,
         1,
         {0x102, 0x304}}, /* no type: the depth decides */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_known(*state, &cases[i]);
}

static void coding_names_what_is_stored(void **state)
{
    struct test_codec *c = *state;
    struct test_frame frame;
    test_codec_decode_ok(c, TEXT_FILE("P3 1 1 1000 1 2 3"), &frame);
    assert_string_equal(c->decoded.header.coding, "P3 rgb, 0 to 1000");
    assert_string_equal(c->decoded.header.format, "pnm");
    test_frame_close(&frame);
}

/* ---- damage ---- */

static void bad_headers_are_refused(void **state)
{
    struct test_codec *c = *state;
    const struct {
        struct ml_bytes file;
        enum ml_status status;
    } cases[] = {
        {TEXT_FILE("P5 "), ML_ERR_TRUNCATED},
        {TEXT_FILE("P5 2"), ML_ERR_TRUNCATED},
        {TEXT_FILE("P5 2 2 255"), ML_ERR_TRUNCATED},
        {TEXT_FILE("P7\nWIDTH 2\n"), ML_ERR_TRUNCATED},
        {TEXT_FILE("P7\nWIDTH 2\nENDHDR"), ML_ERR_TRUNCATED},
        {TEXT_FILE("P5 -2 2 255 "), ML_ERR_CORRUPT},
        {TEXT_FILE("P5 2x 2 255 "), ML_ERR_CORRUPT},
        {TEXT_FILE("P5 2 2 255#c\nabcd"), ML_ERR_CORRUPT},
        {TEXT_FILE("P5 1234567890 2 255 "), ML_ERR_CORRUPT},
        {TEXT_FILE("P5 0 2 255 "), ML_ERR_CORRUPT},
        {TEXT_FILE("P5 2 2 0 "), ML_ERR_CORRUPT},
        {TEXT_FILE("P5 2 2 65536 "), ML_ERR_CORRUPT},
        {TEXT_FILE("P7\nCOLOUR 2\nENDHDR\n"), ML_ERR_CORRUPT},
        {TEXT_FILE("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\n"
                   "TUPLTYPE CMYK\nENDHDR\nabcd"),
         ML_ERR_UNSUPPORTED},
        {TEXT_FILE("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 9\nMAXVAL 255\nENDHDR\n"),
         ML_ERR_UNSUPPORTED},
        {TEXT_FILE("P5 30000 30000 255 "), ML_ERR_LIMIT},
        {TEXT_FILE("P5 70000 1 255 "), ML_ERR_LIMIT},
        {TEXT_FILE("P7 332\n"), ML_ERR_FORMAT}, /* a thumbnail of xv */
        {TEXT_FILE("P8 1 1 255 "), ML_ERR_FORMAT},
        {TEXT_FILE("P5"), ML_ERR_FORMAT},
    };
    c->reading.fail_on = ML_FAIL_ON_NONE;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_frame frame;
        const enum ml_status status =
            test_codec_decode(c, cases[i].file, &frame);
        if (status != cases[i].status)
            print_message("case %zu\n", i);
        assert_int_equal(status, cases[i].status);
        assert_int_equal(c->err.step, ML_STEP_DECODE);
        assert_true(strlen(c->err.why) > 0);
        assert_int_equal(ml_arena_mark(&c->arena), 0);
    }
}

/* Each coding, cut at each byte: fails by default, is kept under none. */
static void a_cut_at_every_byte_is_told(void **state)
{
    struct test_codec *c = *state;
    const struct {
        struct ml_bytes file;
        size_t header_bytes;
    } cases[] = {
        {TEXT_FILE("P1\n3 2\n101010"), 7},
        {TEXT_FILE("P2\n2 3\n9\n1 2 3 4 5 6"), 9},
        {TEXT_FILE("P4\n9 2\n\xa0\x80\xa0\x80"), 7},
        {TEXT_FILE("P6\n2 2\n255\nabcdefghijkl"), 11},
        {TEXT_FILE("P5\n2 2\n999\n\1a\1b\1c\1d"), 11},
        {TEXT_FILE(
             "P7\nWIDTH 1\nHEIGHT 3\nDEPTH 2\nMAXVAL 255\nENDHDR\nabcdef"),
         46},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_frame whole, frame;
        test_codec_decode_ok(c, cases[i].file, &whole);
        for (size_t size = 3; size < cases[i].file.size; size++) {
            uint8_t *copy = malloc(size);
            assert_non_null(copy);
            memcpy(copy, cases[i].file.data, size);
            const struct ml_bytes cut = {copy, size};
            c->reading.fail_on = ML_FAIL_ON_TRUNCATED;
            assert_int_equal(test_codec_decode(c, cut, &frame),
                             ML_ERR_TRUNCATED);
            c->reading.fail_on = ML_FAIL_ON_NONE;
            const enum ml_status status = test_codec_decode(c, cut, &frame);
            assert_int_equal(status == ML_OK, size >= cases[i].header_bytes);
            if (status == ML_OK) {
                assert_int_equal(c->decoded.warnings, 1);
                test_frame_close(&frame);
            }
            free(copy);
        }
        test_frame_close(&whole);
    }
}

static void what_is_missing_is_blank(void **state)
{
    const struct known cases[] = {
        {TEXT_FILE("P5 2 3 255 abc"),
         ML_GRAY,
         8,
         2,
         3,
         {'a', 'b', 'c', 128, 128, 128}},
        {TEXT_FILE("P2 2 2 1000 1000 0 word 5"),
         ML_GRAY,
         16,
         2,
         2,
         {65535, 0, 0x8080, 0x8080}},
        {TEXT_FILE("P7\nWIDTH 1\nHEIGHT 3\nDEPTH 2\nMAXVAL 255\nENDHDR\nabc"),
         ML_GRAYA,
         8,
         1,
         3,
         {'a', 'b', 'c', 0, 0, 0}},
    };
    struct test_codec *c = *state;
    c->reading.fail_on = ML_FAIL_ON_NONE;
    for (uint32_t step = 0; step < 3; step++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            c->reading.step = step;
            assert_known(c, &cases[i]);
            assert_true(c->decoded.warnings > 0);
        }
}

static void samples_out_of_range_are_corrupt_data(void **state)
{
    struct test_codec *c = *state;
    const struct known cases[] = {
        {TEXT_FILE("P5 2 1 9 \x05\x10"), ML_GRAY, 8, 2, 1, {142, 255}},
        {TEXT_FILE("P2 2 1 9 5 16"), ML_GRAY, 8, 2, 1, {142, 255}},
        {TEXT_FILE("P1 2 1 05"), ML_GRAY, 8, 2, 1, {255, 0}},
        {TEXT_FILE("P5 2 1 254 \xfe\xff"), ML_GRAY, 8, 2, 1, {255, 255}},
        {TEXT_FILE("P2 2 1 300 300 301"), ML_GRAY, 16, 2, 1, {65535, 65535}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_frame frame;
        c->reading.fail_on = ML_FAIL_ON_TRUNCATED;
        assert_known(c, &cases[i]);
        assert_int_equal(c->decoded.warnings, 1);
        c->reading.fail_on = ML_FAIL_ON_ERROR;
        assert_int_equal(test_codec_decode(c, cases[i].file, &frame),
                         ML_ERR_CORRUPT);
    }
}

static void flipped_bits_never_do_harm(void **state)
{
    struct test_codec *c = *state;
    static const char *const files[] = {
        "P1\n3 2\n101010", "P2\n2 3\n9\n1 2 3 4 5 6",
        "P6\n2 2\n255\nabcdefghijkl",
        "P7\nWIDTH 1\nHEIGHT 3\nDEPTH 2\nMAXVAL 255\nENDHDR\nabcdef"};
    struct ml_random random = {77};
    c->reading.limits.pixels = 1000000;
    for (int round = 0; round < 4000; round++) {
        struct test_file file = {0};
        struct test_frame frame;
        file.size = strlen(files[round % 4]);
        file.data = malloc(file.size);
        assert_non_null(file.data);
        memcpy(file.data, files[round % 4], file.size);
        for (int flips = 0; flips < 1 + round % 3; flips++)
            file.data[ml_random_below(&random, (uint32_t)file.size)] ^=
                (uint8_t)(1U << ml_random_below(&random, 8));
        c->reading.fail_on = round % 2 ? ML_FAIL_ON_NONE : ML_FAIL_ON_WARNING;
        const enum ml_status status =
            test_codec_decode(c, test_bytes(&file), &frame);
        if (status == ML_OK)
            test_frame_close(&frame);
        else
            assert_int_equal(status, c->err.status);
        test_file_close(&file);
    }
}

/* ---- the sink ---- */

static void output_beyond_its_limit_names_the_option(void **state)
{
    struct test_codec *c = *state;
    for (uint8_t bits = 8; bits <= 16; bits += 8) {
        const struct ml_shape shape = test_shape(300, 3, ML_RGB, bits);
        struct test_frame frame;
        struct test_file whole, file;
        struct ml_sink sink = sink_default();
        test_frame_open(&frame, &shape);
        assert_int_equal(test_encode(&sink, &ml_codec_pnm, &frame, 0, CAPACITY,
                                     &whole, &c->err),
                         ML_OK);
        for (size_t room = 1; room < whole.size; room += 13) {
            struct ml_sink tight = sink_default();
            if (room % 2)
                tight.options.limit_bytes = room;
            assert_int_equal(test_encode(&tight, &ml_codec_pnm, &frame, 0,
                                         room % 2 ? CAPACITY : room, &file,
                                         &c->err),
                             ML_ERR_LIMIT);
            assert_non_null(strstr(c->err.remedy, "--limit-output"));
        }
        test_file_close(&whole);
        test_frame_close(&frame);
    }
}

static void metadata_has_no_place_and_is_named(void **state)
{
    struct test_codec *c = *state;
    const struct ml_shape shape = test_shape(2, 2, ML_GRAY, 8);
    struct ml_sink sink = sink_default();
    struct test_frame frame;
    struct test_file file;
    sink.metadata.icc = TEXT_FILE("profile");
    sink.metadata.exif = TEXT_FILE("exif");
    test_frame_open(&frame, &shape);
    assert_int_equal(
        test_encode(&sink, &ml_codec_pnm, &frame, 0, CAPACITY, &file, &c->err),
        ML_OK);
    assert_int_equal(sink.metadata.dropped,
                     ML_DROPPED_PROFILE | ML_DROPPED_OTHER);
    test_file_close(&file);
    test_frame_close(&frame);
}

static void names_end_as_the_formats_do(void **state)
{
    static const char *const names[] = {"a.pnm", "b.PPM", "c/d.pgm", "e.pbm",
                                        "f.pam"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_ptr_equal(ml_codec_of_name(names[i]), &ml_codec_pnm);
    assert_ptr_equal(ml_codec_of_name("x.PNG"), &ml_codec_png);
    assert_null(ml_codec_of_name("x.pn"));
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, test_codec_setup, test_codec_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_layout_and_depth_comes_back),
        TEST(sixteen_bits_are_big_endian_in_the_file),
        TEST(every_way_of_writing_samples_is_read),
        TEST(coding_names_what_is_stored),
        TEST(bad_headers_are_refused),
        TEST(a_cut_at_every_byte_is_told),
        TEST(what_is_missing_is_blank),
        TEST(samples_out_of_range_are_corrupt_data),
        TEST(flipped_bits_never_do_harm),
        TEST(output_beyond_its_limit_names_the_option),
        TEST(metadata_has_no_place_and_is_named),
        TEST(names_end_as_the_formats_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
