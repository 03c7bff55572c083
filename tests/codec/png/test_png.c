/* test_png.c: PNG files that the sink writes and the source reads: pixels,
 * metadata, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <png.h>

#include "base/random.h"
#include "codec/registry.h"
#include "support/codec/codec_context.h"
#include "support/codec/png_bytes.h"

enum { CAPACITY = 4 << 20 };

static struct ml_sink sink_of(int level)
{
    struct ml_sink sink = {.options = ml_sink_options_default};
    sink.options.png_level = level;
    sink.metadata.orientation = 1;
    return sink;
}

/* Encode and decode `frame`; the file stays. */
static void there_and_back(struct test_codec *c, struct ml_sink *sink,
                           const struct test_frame *frame, uint32_t step,
                           struct test_file *file)
{
    struct test_frame back;
    assert_int_equal(
        test_encode(sink, &ml_codec_png, frame, step, CAPACITY, file, &c->err),
        ML_OK);
    c->reading.step = step;
    test_codec_decode_ok(c, test_bytes(file), &back);
    assert_int_equal(c->decoded.warnings, 0);
    assert_int_equal(c->decoded.header.metadata.dropped, 0);
    test_frame_assert_same(frame, &back);
    test_frame_close(&back);
}

static void every_layout_depth_and_level_comes_back(void **state)
{
    struct test_codec *c = *state;
    struct ml_random random = {42};
    for (int layout = ML_GRAY; layout <= ML_RGBA; layout++)
        for (uint8_t bits = 8; bits <= 16; bits += 8)
            for (int level = 0; level <= 9; level++) {
                const struct ml_shape shape =
                    test_shape(1 + ml_random_below(&random, 90),
                               1 + ml_random_below(&random, 70),
                               (enum ml_layout)layout, bits);
                struct ml_sink sink = sink_of(level);
                struct test_frame frame;
                struct test_file file, again;
                test_frame_open(&frame, &shape);
                test_frame_noise(&frame, ml_random_next(&random));
                there_and_back(c, &sink, &frame, (uint32_t)level, &file);
                /* The same input makes the same bytes, however it is cut. */
                struct ml_sink second = sink_of(level);
                there_and_back(c, &second, &frame, 3, &again);
                assert_int_equal(file.size, again.size);
                assert_memory_equal(file.data, again.data, file.size);
                test_file_close(&again);
                test_file_close(&file);
                test_frame_close(&frame);
            }
}

/* ---- every kind of file against libpng's simplified reader ---- */

static void every_colour_type_reads_as_libpng_reads_it(void **state)
{
    struct test_codec *c = *state;
    static const int depths[] = {1, 2, 4, 8, 16};
    static const int types[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_PALETTE,
                                PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_GRAY_ALPHA,
                                PNG_COLOR_TYPE_RGB_ALPHA};
    size_t files = 0;
    for (size_t t = 0; t < 5; t++)
        for (size_t d = 0; d < 5; d++)
            for (int way = 0; way < 4; way++) {
                const struct png_kind kind = {.width = 37,
                                              .height = 21,
                                              .colour_type = types[t],
                                              .depth = depths[d],
                                              .interlaced = way & 1,
                                              .trns = way & 2};
                struct test_file file;
                if (!png_bytes_make(&kind, &file))
                    continue; /* PNG has no such kind */
                struct test_frame frame;
                test_codec_decode_ok(c, test_bytes(&file), &frame);
                assert_int_equal(c->decoded.warnings, 0);
                /* Interlaced, or unpacked in one go. */
                assert_true(c->decoded.header.held_bytes > 0);
                png_bytes_assert_as_libpng(test_bytes(&file), &frame);
                test_frame_close(&frame);
                test_file_close(&file);
                files++;
            }
    /* 5 gray, 4 palettes, 2 RGB with and without tRNS; 2 + 2 with alpha. */
    assert_int_equal(files, 4 * (5 + 4 + 2) + 2 * (2 + 2));
}

static void coding_names_what_is_stored(void **state)
{
    struct test_codec *c = *state;
    static const struct {
        struct png_kind kind;
        const char *coding;
        enum ml_layout layout;
        uint8_t bits;
    } cases[] = {
        {{9, 9, PNG_COLOR_TYPE_PALETTE, 4, true, false},
         "palette 4 bits, interlaced",
         ML_RGB,
         8},
        {{9, 9, PNG_COLOR_TYPE_PALETTE, 8, false, true},
         "palette 8 bits",
         ML_RGBA,
         8},
        {{9, 9, PNG_COLOR_TYPE_GRAY, 1, false, false},
         "gray 1 bit",
         ML_GRAY,
         8},
        {{9, 9, PNG_COLOR_TYPE_GRAY, 16, false, true},
         "gray 16 bits",
         ML_GRAYA,
         16},
        {{9, 9, PNG_COLOR_TYPE_RGB, 16, false, false},
         "rgb 16 bits",
         ML_RGB,
         16},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_file file;
        struct test_frame frame;
        assert_true(png_bytes_make(&cases[i].kind, &file));
        test_codec_decode_ok(c, test_bytes(&file), &frame);
        assert_string_equal(c->decoded.header.coding, cases[i].coding);
        assert_string_equal(c->decoded.header.format, "png");
        assert_int_equal(frame.shape.layout, cases[i].layout);
        assert_int_equal(frame.shape.bits, cases[i].bits);
        test_frame_close(&frame);
        test_file_close(&file);
    }
}

/* ---- limits ---- */

static void a_huge_header_is_refused_before_memory_is_taken(void **state)
{
    struct test_codec *c = *state;
    const struct png_kind kind = {.width = 2, .height = 2, .depth = 8};
    struct test_file file;
    struct test_frame frame;
    assert_true(png_bytes_make(&kind, &file));
    png_bytes_set_size(&file, 30000, 30000);
    assert_int_equal(test_codec_decode(c, test_bytes(&file), &frame),
                     ML_ERR_LIMIT);
    assert_non_null(strstr(c->err.remedy, "--limit-pixels"));
    assert_int_equal(ml_arena_mark(&c->arena), 0);
    assert_true(c->arena.peak_bytes < 4096);
    png_bytes_set_size(&file, 70000, 1);
    assert_int_equal(test_codec_decode(c, test_bytes(&file), &frame),
                     ML_ERR_LIMIT);
    assert_non_null(strstr(c->err.remedy, "--limit-side"));
    png_bytes_set_size(&file, 0, 5);
    assert_int_equal(test_codec_decode(c, test_bytes(&file), &frame),
                     ML_ERR_CORRUPT);
    test_file_close(&file);
}

/* Interlaced: the frame is declared first and refused cleanly. */
static void a_frame_that_does_not_fit_is_refused(void **state)
{
    struct test_codec *c = *state;
    const struct png_kind kind = {
        .width = 1600, .height = 1600, .depth = 8, .interlaced = true};
    struct ml_arena small;
    struct test_file file;
    struct test_frame frame;
    assert_true(png_bytes_make(&kind, &file));
    assert_int_equal(ml_arena_open(&small, (size_t)2 << 20, &c->err), ML_OK);
    assert_int_equal(test_decode(test_bytes(&file), &c->reading, &small, &frame,
                                 &c->decoded, &c->err),
                     ML_ERR_MEMORY);
    assert_int_equal(c->decoded.header.held_bytes, UINT64_C(1600) * 1600);
    ml_arena_close(&small);
    test_file_close(&file);
}

static void output_beyond_its_limit_names_the_option(void **state)
{
    struct test_codec *c = *state;
    const struct ml_shape shape = test_shape(50, 40, ML_RGB, 8);
    struct test_frame frame;
    struct test_file whole, file;
    test_frame_open(&frame, &shape);
    test_frame_noise(&frame, 3);
    struct ml_sink sink = sink_of(1);
    there_and_back(c, &sink, &frame, 0, &whole);
    for (size_t room = 0; room < whole.size; room += 37) {
        struct ml_sink tight = sink_of(1);
        if (room % 2) /* lent memory or option: the lesser counts */
            tight.options.limit_bytes = room;
        assert_int_equal(test_encode(&tight, &ml_codec_png, &frame, 0,
                                     room % 2 ? CAPACITY : room + 1, &file,
                                     &c->err),
                         ML_ERR_LIMIT);
        assert_non_null(strstr(c->err.remedy, "--limit-output"));
    }
    struct ml_sink exact = sink_of(1);
    exact.options.limit_bytes = whole.size;
    assert_int_equal(test_encode(&exact, &ml_codec_png, &frame, 0, whole.size,
                                 &file, &c->err),
                     ML_OK);
    test_file_close(&file);
    test_file_close(&whole);
    test_frame_close(&frame);
}

static void only_what_png_cannot_hold_is_converted(void **state)
{
    (void)state;
    for (int layout = ML_GRAY; layout < ML_LAYOUT_COUNT; layout++) {
        struct ml_shape shape = test_shape(5, 5, (enum ml_layout)layout, 8);
        if (layout == ML_YCC)
            shape.sub_x = shape.sub_y = 2;
        else
            shape.bits = 16;
        const struct ml_shape stored = ml_codec_png.storable(&shape);
        const bool kept = layout <= ML_RGBA;
        assert_int_equal(stored.layout, kept ? (enum ml_layout)layout : ML_RGB);
        assert_int_equal(stored.bits, kept ? 16 : 8);
        assert_int_equal(stored.sub_x, 1);
        assert_int_equal(stored.sub_y, 1);
    }
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, test_codec_setup, test_codec_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_layout_depth_and_level_comes_back),
        TEST(every_colour_type_reads_as_libpng_reads_it),
        TEST(coding_names_what_is_stored),
        TEST(a_huge_header_is_refused_before_memory_is_taken),
        TEST(a_frame_that_does_not_fit_is_refused),
        TEST(output_beyond_its_limit_names_the_option),
        TEST(only_what_png_cannot_hold_is_converted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
