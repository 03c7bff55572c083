/* test_jpeg.c: pictures that the sink writes and the source reads. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/registry.h"
#include "support/codec/jpeg_fixture.h"

static const struct size {
    uint32_t width, height;
} sizes[] = {{1, 1},   {1, 40},  {40, 1},  {7, 9},   {8, 8},    {16, 16},
             {17, 17}, {31, 33}, {64, 48}, {65, 47}, {100, 75}, {240, 160}};

static const uint16_t subsamples[] = {420, 422, 444};

/* What comes back is near to what went in, whatever the layout, the sampling,
 * the size and the cuts between calls. */
static void round_trip(struct jpeg_fixture *f, const struct size *size,
                       enum ml_layout layout, uint16_t subsample,
                       bool progressive)
{
    const struct ml_shape shape =
        jpeg_shape(size->width, size->height, layout, subsample);
    struct ml_sink sink = jpeg_sink(subsample, progressive);
    struct test_frame frame, back;
    struct test_file file;
    test_frame_open(&frame, &shape);
    test_frame_paint(&frame, size->width);
    jpeg_encode(f, &sink, &frame, layout == ML_YCC ? 6 : 5, &file);
    f->reading.planes = layout == ML_YCC;
    f->reading.step = layout == ML_YCC ? 16 : 3;
    jpeg_decode_ok(f, &file, &back);
    const double psnr = test_psnr(&frame, &back);
    /* A handful of pixels with wide colour swings has no chance in 4:2:0. */
    const double least = layout == ML_RGB ? 26 : 36;
    if (psnr < least)
        print_message("%ux%u %s %u: %.1f dB\n", size->width, size->height,
                      ml_layout_name(layout), subsample, psnr);
    assert_true(psnr >= least);
    assert_int_equal(f->decoded.warnings, 0);
    test_frame_close(&back);
    test_frame_close(&frame);
    test_file_close(&file);
}

static void every_layout_and_sampling_comes_back(void **state)
{
    static const enum ml_layout layouts[] = {ML_GRAY, ML_RGB, ML_YCC};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t l = 0; l < 3; l++)
            for (size_t s = 0; s < 3; s++)
                for (int progressive = 0; progressive < 2; progressive++)
                    round_trip(*state, &sizes[i], layouts[l], subsamples[s],
                               progressive);
}

/* ---- planes and scales ---- */

static const enum ml_fail_on strict = ML_FAIL_ON_WARNING;

static int luma_of(const uint8_t *rgb)
{
    return (299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000;
}

/* The luma plane is the gray of the RGB picture of the same scale; a chroma
 * plane has the size that the shape says (its rows end at the end of the
 * memory). */
static void luma_agrees(const struct test_frame *planes,
                        const struct test_frame *rgb)
{
    double sum = 0;
    const uint32_t width = rgb->shape.width, height = rgb->shape.height;
    assert_int_equal(planes->shape.width, width);
    assert_int_equal(planes->shape.height, height);
    assert_int_equal(planes->shape.layout, ML_YCC);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            sum += abs(ml_dst_row(&planes->rows, y)[x] -
                       luma_of(ml_dst_row(&rgb->rows, y) + 3 * (size_t)x));
    assert_true(sum / width / height < 1.5);
}

/* Where chroma is as large as luma, the planes are the RGB picture exactly (the
 * conversion of JFIF, rounded). */
static void colour_agrees(const struct test_frame *planes,
                          const struct test_frame *rgb)
{
    for (uint32_t y = 0; y < rgb->shape.height; y++)
        for (uint32_t x = 0; x < rgb->shape.width; x++) {
            const uint8_t *p = ml_dst_row(&rgb->rows, y) + 3 * (size_t)x;
            const double luma = ml_dst_row(&planes->rows, y)[x];
            const double red =
                luma +
                1.402 * (planes->rows
                             .data[2][y * planes->rows.stride_bytes[2] + x] -
                         128);
            const double blue =
                luma +
                1.772 * (planes->rows
                             .data[1][y * planes->rows.stride_bytes[1] + x] -
                         128);
            assert_true(p[0] == 255 || p[0] == 0 || fabs(p[0] - red) < 1.01);
            assert_true(p[2] == 255 || p[2] == 0 || fabs(p[2] - blue) < 1.01);
        }
}

static void planes_agree_at(struct jpeg_fixture *f, const struct size *size,
                            uint16_t subsample, uint32_t denom)
{
    struct test_file file;
    struct test_frame planes, rgb;
    jpeg_make(f, jpeg_shape(size->width, size->height, ML_RGB, subsample),
              subsample, false, &file);
    f->reading.fail_on = strict;
    f->reading.least_width = (size->width + denom - 1) / denom;
    f->reading.least_height = (size->height + denom - 1) / denom;
    f->reading.planes = false;
    f->reading.step = 0;
    jpeg_decode_ok(f, &file, &rgb);
    assert_true(f->decoded.header.planes && f->decoded.header.shrinks);
    assert_int_equal(f->decoded.header.full_width, size->width);
    f->reading.planes = true;
    f->reading.step = 16;
    jpeg_decode_ok(f, &file, &planes);
    luma_agrees(&planes, &rgb);
    if (planes.shape.sub_x == 1 && planes.shape.sub_y == 1)
        colour_agrees(&planes, &rgb);
    /* At half size and below libjpeg leaves the chroma of 4:2:0 as it is.  (The
     * smallest pictures have one size at several scales.) */
    const bool full = subsample == 444 || (subsample == 420 && denom > 1);
    if (size->width >= 16 && size->height >= 16)
        assert_int_equal(planes.shape.sub_x * planes.shape.sub_y == 1, full);
    test_frame_close(&planes);
    test_frame_close(&rgb);
    test_file_close(&file);
}

static void planes_agree_with_rows_at_every_scale(void **state)
{
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t s = 0; s < 3; s++)
            for (uint32_t denom = 1; denom <= 8; denom *= 2)
                planes_agree_at(*state, &sizes[i], subsamples[s], denom);
}

/* Byte for byte, at every scale, baseline and progressive. */
static void luma_alone_is_the_first_plane(void **state)
{
    struct jpeg_fixture *f = *state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (uint32_t k = 0; k < 2 * 3 * 4; k++) {
            const uint16_t subsample = subsamples[k / 2 % 3];
            const uint32_t denom = 1U << k / 6;
            struct test_file file;
            struct test_frame planes, luma;
            jpeg_make(
                f,
                jpeg_shape(sizes[i].width, sizes[i].height, ML_RGB, subsample),
                subsample, k % 2, &file);
            f->reading.fail_on = strict;
            f->reading.least_width = (sizes[i].width + denom - 1) / denom;
            f->reading.least_height = (sizes[i].height + denom - 1) / denom;
            f->reading.planes = true;
            f->reading.step = 16;
            jpeg_decode_ok(f, &file, &planes);
            f->reading.planes = false;
            f->reading.luma = true;
            f->reading.step = 5;
            jpeg_decode_ok(f, &file, &luma);
            f->reading.luma = false;
            assert_int_equal(luma.shape.layout, ML_GRAY);
            assert_int_equal(luma.shape.width, planes.shape.width);
            assert_int_equal(luma.shape.height, planes.shape.height);
            for (uint32_t y = 0; y < luma.shape.height; y++)
                assert_memory_equal(ml_dst_row(&luma.rows, y),
                                    ml_dst_row(&planes.rows, y),
                                    luma.shape.width);
            test_frame_close(&planes);
            test_frame_close(&luma);
            test_file_close(&file);
        }
}

static void shrink_gives_the_smallest_that_is_enough(void **state)
{
    static const struct {
        uint32_t width, height, want_width, want_height;
    } cases[] = {{200, 100, 200, 100}, {201, 100, 200, 100}, {101, 1, 200, 100},
                 {100, 50, 100, 50},   {51, 1, 100, 50},     {50, 25, 50, 25},
                 {1, 26, 100, 50},     {25, 13, 25, 13},     {1, 1, 25, 13}};
    struct jpeg_fixture *f = *state;
    struct test_file file;
    jpeg_make(f, jpeg_shape(200, 100, ML_RGB, 420), 420, false, &file);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        f->reading.least_width = cases[i].width;
        f->reading.least_height = cases[i].height;
        jpeg_look(f, &file);
        assert_int_equal(f->decoded.header.shape.width, cases[i].want_width);
        assert_int_equal(f->decoded.header.shape.height, cases[i].want_height);
        assert_int_equal(f->decoded.header.full_width, 200);
        assert_int_equal(f->decoded.header.full_height, 100);
    }
    test_file_close(&file);
}

/* A file is the same bytes however the rows are handed over. */
static void cuts_between_calls_change_no_byte(void **state)
{
    static const enum ml_layout layouts[] = {ML_GRAY, ML_RGB, ML_YCC};
    struct jpeg_fixture *f = *state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t l = 0; l < 3; l++) {
            const struct ml_shape shape =
                jpeg_shape(sizes[i].width, sizes[i].height, layouts[l], 420);
            struct ml_sink sink = jpeg_sink(420, false);
            struct test_frame frame;
            struct test_file whole, cut;
            test_frame_open(&frame, &shape);
            test_frame_paint(&frame, i);
            jpeg_encode(f, &sink, &frame, 0, &whole);
            jpeg_encode(f, &sink, &frame, 2, &cut);
            assert_int_equal(whole.size, cut.size);
            assert_memory_equal(whole.data, cut.data, cut.size);
            test_file_close(&whole);
            test_file_close(&cut);
            test_frame_close(&frame);
        }
}

static void storable_is_eight_bits_without_alpha(void **state)
{
    static const enum ml_layout want[ML_LAYOUT_COUNT] = {
        ML_GRAY, ML_GRAY, ML_RGB, ML_RGB, ML_RGB, ML_YCC};
    (void)state;
    for (int layout = 0; layout < ML_LAYOUT_COUNT; layout++) {
        struct ml_shape shape = jpeg_shape(9, 5, (enum ml_layout)layout, 420);
        shape.bits = layout == ML_YCC ? 8 : 16;
        const struct ml_shape near = ml_codec_jpeg.storable(&shape);
        assert_int_equal(near.layout, want[layout]);
        assert_int_equal(near.bits, 8);
        assert_int_equal(near.width, 9);
        assert_int_equal(near.sub_x, shape.sub_x);
    }
}

/* ---- limits of writing ---- */

static void a_full_output_is_a_limit(void **state)
{
    static const enum ml_layout layouts[] = {ML_RGB, ML_YCC};
    struct jpeg_fixture *f = *state;
    for (int l = 0; l < 2; l++)
        for (size_t room = 0; room < 3000; room += 131) {
            const struct ml_shape shape = jpeg_shape(240, 160, layouts[l], 420);
            struct ml_sink sink = jpeg_sink(420, false);
            struct test_frame frame;
            struct test_file file;
            test_frame_open(&frame, &shape);
            test_frame_paint(&frame, 1);
            /* By the option in one round, by the memory in the next. */
            if (room % 2)
                sink.options.limit_bytes = room;
            assert_int_equal(test_encode(&sink, &ml_codec_jpeg, &frame, 16,
                                         room % 2 ? 1 << 20 : room + 1, &file,
                                         &f->err),
                             ML_ERR_LIMIT);
            assert_non_null(strstr(f->err.remedy, "--limit-output"));
            assert_int_equal(f->err.step, ML_STEP_ENCODE);
            test_frame_close(&frame);
        }
}

static void held_memory_is_told_before_it_is_taken(void **state)
{
    struct jpeg_fixture *f = *state;
    struct test_file file;
    struct ml_sink sink = jpeg_sink(420, true);
    sink.shape = jpeg_shape(100, 75, ML_RGB, 420);
    ml_codec_jpeg.sink_prepare(&sink);
    /* 7x5 iMCUs of 6 blocks of 64 coefficients of 2 bytes */
    assert_int_equal(sink.held_bytes, 7 * 5 * 6 * 128);
    sink.options.progressive = false;
    ml_codec_jpeg.sink_prepare(&sink);
    assert_int_equal(sink.held_bytes, 0);
    jpeg_make(f, jpeg_shape(100, 75, ML_RGB, 420), 420, true, &file);
    jpeg_look(f, &file);
    assert_int_equal(f->decoded.header.held_bytes,
                     14 * 10 * 128 + 2 * 7 * 5 * 128);
    test_file_close(&file);
    jpeg_make(f, jpeg_shape(100, 75, ML_RGB, 420), 420, false, &file);
    jpeg_look(f, &file);
    assert_int_equal(f->decoded.header.held_bytes, 0);
    test_file_close(&file);
}

static void planes_of_another_sampling_are_refused(void **state)
{
    struct jpeg_fixture *f = *state;
    const struct ml_shape shape = jpeg_shape(32, 32, ML_YCC, 422);
    struct ml_sink sink = jpeg_sink(420, false);
    struct test_frame frame;
    struct test_file file;
    test_frame_open(&frame, &shape);
    assert_int_equal(
        test_encode(&sink, &ml_codec_jpeg, &frame, 0, 1 << 20, &file, &f->err),
        ML_ERR_INTERNAL);
    test_frame_close(&frame);
}

static void a_side_that_jpeg_cannot_store_is_unsupported(void **state)
{
    struct jpeg_fixture *f = *state;
    const struct ml_shape shape = jpeg_shape(65501, 1, ML_GRAY, 444);
    struct ml_sink sink = jpeg_sink(444, false);
    struct test_frame frame;
    struct test_file file;
    test_frame_open(&frame, &shape);
    assert_int_equal(
        test_encode(&sink, &ml_codec_jpeg, &frame, 0, 1 << 20, &file, &f->err),
        ML_ERR_UNSUPPORTED);
    assert_non_null(strstr(f->err.why, "65500"));
    assert_non_null(strstr(f->err.remedy, "--to png"));
    test_frame_close(&frame);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, jpeg_fixture_setup,                  \
                                    jpeg_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_layout_and_sampling_comes_back),
        TEST(planes_agree_with_rows_at_every_scale),
        TEST(luma_alone_is_the_first_plane),
        TEST(shrink_gives_the_smallest_that_is_enough),
        TEST(cuts_between_calls_change_no_byte),
        TEST(storable_is_eight_bits_without_alpha),
        TEST(a_full_output_is_a_limit),
        TEST(held_memory_is_told_before_it_is_taken),
        TEST(planes_of_another_sampling_are_refused),
        TEST(a_side_that_jpeg_cannot_store_is_unsupported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
