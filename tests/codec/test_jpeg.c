/* test_jpeg.c: pictures that the sink writes and the source reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/codec_picture.h"

enum { CAPACITY = 4 << 20 };

struct context {
    struct ml_arena arena;
    struct ml_error err;
    struct test_reading reading;
    struct test_told told;
};

static int setup(void **state)
{
    struct context *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->reading = test_reading_default;
    assert_int_equal(ml_arena_open(&c->arena, (size_t)1 << 30, &c->err), ML_OK);
    *state = c;
    return 0;
}

static int teardown(void **state)
{
    struct context *c = *state;
    ml_arena_close(&c->arena);
    free(c);
    return 0;
}

static struct ml_shape shape_of(uint32_t width, uint32_t height,
                                enum ml_layout layout, uint16_t subsample)
{
    const bool planes = layout == ML_YCC;
    return (struct ml_shape){
        .width = width,
        .height = height,
        .layout = layout,
        .bits = 8,
        .sub_x = planes && subsample != 444 ? 2 : 1,
        .sub_y = planes && subsample == 420 ? 2 : 1,
    };
}

static struct ml_sink sink_of(uint16_t subsample, bool progressive)
{
    struct ml_sink sink = {.options = ml_sink_options_default};
    sink.options.quality = 92;
    sink.options.subsample = subsample;
    sink.options.progressive = progressive;
    sink.metadata.orientation = 1;
    return sink;
}

static void encode(struct context *c, struct ml_sink *sink,
                   const struct test_frame *frame, uint32_t step,
                   struct test_file *file)
{
    assert_int_equal(
        test_encode(sink, &ml_codec_jpeg, frame, step, CAPACITY, file, &c->err),
        ML_OK);
}

/* Paint and encode in one go. */
static void make_file(struct context *c, uint32_t width, uint32_t height,
                      enum ml_layout layout, uint16_t subsample,
                      bool progressive, struct test_file *file)
{
    const struct ml_shape shape = shape_of(width, height, layout, subsample);
    struct ml_sink sink = sink_of(subsample, progressive);
    struct test_frame frame;
    test_frame_open(&frame, &shape);
    test_frame_paint(&frame, width * 7919 + height);
    encode(c, &sink, &frame, 0, file);
    test_frame_close(&frame);
}

static enum ml_status decode(struct context *c, const struct test_file *file,
                             struct test_frame *frame)
{
    ml_arena_reset(&c->arena, 0);
    return test_decode(test_bytes(file), &c->reading, &c->arena, frame,
                       &c->told, &c->err);
}

static void decode_ok(struct context *c, const struct test_file *file,
                      struct test_frame *frame)
{
    const enum ml_status status = decode(c, file, frame);
    if (status != ML_OK)
        print_message("%s: %s\n", c->err.what, c->err.why);
    assert_int_equal(status, ML_OK);
}

static const struct size {
    uint32_t width, height;
} sizes[] = {{1, 1},   {1, 40},  {40, 1},  {7, 9},   {8, 8},    {16, 16},
             {17, 17}, {31, 33}, {64, 48}, {65, 47}, {100, 75}, {240, 160}};

static const uint16_t subsamples[] = {420, 422, 444};

/* What comes back is near to what went in, whatever the layout, the sampling,
 * the size and the cuts between calls. */
static void round_trip(struct context *c, const struct size *size,
                       enum ml_layout layout, uint16_t subsample,
                       bool progressive)
{
    const struct ml_shape shape =
        shape_of(size->width, size->height, layout, subsample);
    struct ml_sink sink = sink_of(subsample, progressive);
    struct test_frame frame, back;
    struct test_file file;
    test_frame_open(&frame, &shape);
    test_frame_paint(&frame, size->width);
    encode(c, &sink, &frame, layout == ML_YCC ? 6 : 5, &file);
    c->reading.planes = layout == ML_YCC;
    c->reading.step = layout == ML_YCC ? 16 : 3;
    decode_ok(c, &file, &back);
    const double psnr = test_psnr(&frame, &back);
    /* A handful of pixels with wide colour swings has no chance in 4:2:0. */
    const double least = layout == ML_RGB ? 26 : 36;
    if (psnr < least)
        print_message("%ux%u %s %u: %.1f dB\n", size->width, size->height,
                      ml_layout_name(layout), subsample, psnr);
    assert_true(psnr >= least);
    assert_int_equal(c->told.warnings, 0);
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

/* Any cut fails by default as "ends early" (a cut within the first bytes, as
 * something else), and gives a whole picture under --fail-on none once the
 * header is there. */
static void truncation_is_told_at_every_length(struct context *c,
                                               bool progressive, bool planes)
{
    struct test_file file;
    make_file(c, 90, 70, ML_RGB, 420, progressive, &file);
    c->reading.planes = planes;
    for (size_t size = 3; size < file.size; size += 1 + size / 97) {
        struct test_file cut = {malloc(size), size};
        assert_non_null(cut.data);
        memcpy(cut.data, file.data, size);
        struct test_frame frame;
        c->reading.fail_on = ML_FAIL_ON_TRUNCATED;
        assert_int_equal(decode(c, &cut, &frame), ML_ERR_TRUNCATED);
        assert_int_equal(c->err.step, ML_STEP_DECODE);
        assert_true(strlen(c->err.remedy) > 0);
        c->reading.fail_on = ML_FAIL_ON_NONE;
        if (decode(c, &cut, &frame) == ML_OK) {
            assert_true(c->told.warnings > 0);
            test_frame_close(&frame);
        } else {
            assert_int_equal(c->err.status, ML_ERR_TRUNCATED);
            assert_true(size < 640); /* the header */
        }
        free(cut.data);
    }
    test_file_close(&file);
}

static void a_cut_baseline_file_is_told(void **state)
{
    truncation_is_told_at_every_length(*state, false, false);
}

static void a_cut_progressive_file_is_told(void **state)
{
    truncation_is_told_at_every_length(*state, true, false);
}

static void a_cut_file_read_as_planes_is_told(void **state)
{
    truncation_is_told_at_every_length(*state, false, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_cut_baseline_file_is_told, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_cut_progressive_file_is_told, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_cut_file_read_as_planes_is_told,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(every_layout_and_sampling_comes_back,
                                        setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
