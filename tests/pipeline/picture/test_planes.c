/* JPEG to JPEG on YCbCr planes: chosen when every filter allows it, and then no
 * worse than through RGB. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "codec/registry.h"
#include "support/pipeline/memory_run.h"

static const char serial[] = "read,decode,filter,encode,write@inline";

struct case_in {
    uint32_t width, height;
    uint16_t subsample; /* of the input */
    uint8_t orientation;
};

static void make_input(struct test_file *file, const struct case_in *in)
{
    const struct ml_shape shape = {.width = in->width,
                                   .height = in->height,
                                   .layout = ML_RGB,
                                   .bits = 8,
                                   .sub_x = 1,
                                   .sub_y = 1};
    struct test_frame frame;
    struct ml_sink sink = {.options = ml_sink_options_default};
    struct ml_error err;
    test_frame_open(&frame, &shape);
    test_frame_paint(&frame, in->width);
    sink.options.quality = 95;
    sink.options.subsample = in->subsample;
    assert_int_equal(
        test_encode(&sink, &ml_codec_jpeg, &frame, 0, 8 << 20, file, &err),
        ML_OK);
    test_frame_close(&frame);
}

/* Run the filters over one input; the output belongs to the caller. */
static struct test_file run_with(const char *plan,
                                 const struct test_file *input,
                                 const char *const *filters,
                                 const struct ml_codec *to, uint16_t subsample,
                                 bool exact, struct ml_picture_result *report)
{
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct memory_run run;
    struct ml_error err;
    memory_run_order(&settings, &chain, filters);
    settings.transform.to = to;
    settings.transform.sink.subsample = subsample;
    settings.transform.sink.quality = 92;
    settings.transform.shrink = exact ? ML_SHRINK_NEVER : ML_SHRINK_USUAL;
    memory_run_open(&run, input, 1);
    assert_int_equal(memory_run_go(&run, &settings, plan, 1, &err), ML_OK);
    if (run.errors[0].status != ML_OK)
        fail_msg("%s: %s", run.errors[0].what, run.errors[0].why);
    const struct test_file output = run.outputs[0];
    *report = run.reports[0];
    run.outputs[0] = (struct test_file){0};
    memory_run_close(&run);
    return output;
}

static struct test_file run_filters(const struct test_file *input,
                                    const char *const *filters,
                                    const struct ml_codec *to,
                                    uint16_t subsample, bool exact,
                                    struct ml_picture_result *report)
{
    return run_with(serial, input, filters, to, subsample, exact, report);
}

/* The layout of the output of a chain. */
static enum ml_layout layout_of(const struct case_in *in, uint16_t subsample,
                                const struct ml_codec *to,
                                const char *const *filters)
{
    struct test_file input;
    struct ml_picture_result report;
    make_input(&input, in);
    struct test_file output =
        run_filters(&input, filters, to, subsample, false, &report);
    test_file_close(&input);
    test_file_close(&output);
    return report.shape_out.layout;
}

/* The rest of the choice is in chain/test_layout.c. */
static void planes_are_kept_where_every_filter_allows_it(void **state)
{
    (void)state;
    const struct case_in in420 = {96, 64, 420, 1}, in444 = {96, 64, 444, 1};
    const char *const resize[] = {"auto-orient", "resize:40", NULL};
    const char *const blur[] = {"blur:1", NULL};
    const char *const nothing[] = {NULL};
    const char *const gray[] = {"gray", NULL};
    const char *const levels[] = {"levels:10%", NULL};
    const struct ml_codec *png = &ml_codec_png;
    assert_int_equal(layout_of(&in420, 420, NULL, resize), ML_YCC);
    assert_int_equal(layout_of(&in420, 444, NULL, resize), ML_YCC);
    assert_int_equal(layout_of(&in444, 420, NULL, resize), ML_YCC);
    assert_int_equal(layout_of(&in444, 420, png, resize), ML_RGB);
    assert_int_equal(layout_of(&in444, 420, NULL, blur), ML_RGB);
    assert_int_equal(layout_of(&in420, 420, NULL, nothing), ML_YCC);
    assert_int_equal(layout_of(&in420, 420, NULL, levels), ML_RGB);
    assert_int_equal(layout_of(&in420, 420, NULL, gray), ML_GRAY);
    assert_int_equal(layout_of(&in420, 420, png, gray), ML_GRAY);
}

static void decode_to(const struct test_file *file, struct ml_arena *arena,
                      struct test_frame *frame)
{
    struct test_decoded decoded;
    struct ml_error err;
    assert_int_equal(test_decode(test_bytes(file), &test_reading_default, arena,
                                 frame, &decoded, &err),
                     ML_OK);
}

static double psnr_of(const struct test_file *file,
                      const struct test_frame *truth, struct ml_arena *arena)
{
    struct test_frame frame;
    decode_to(file, arena, &frame);
    const double psnr = test_psnr(&frame, truth);
    test_frame_close(&frame);
    return psnr;
}

#define FILTERS_MAX 6

/* Changes no byte, and forces the chain off planes. */
static const char to_rgb[] = "levels:gamma=1.0000001";

struct planes_case {
    const char *filters[FILTERS_MAX];
    double may_lose; /* dB */
};

struct planes_found {
    double planes, rgb; /* dB */
};

/* Run the filters on planes and through RGB; compare both with the same filters
 * through RGB to a lossless file. */
static struct planes_found find(const struct test_file *input,
                                const char *const *filters, uint16_t subsample,
                                struct ml_arena *arena)
{
    const char *through_rgb[FILTERS_MAX + 1] = {to_rgb};
    struct ml_picture_result report;
    struct test_frame truth;
    for (size_t f = 0; filters[f]; f++)
        through_rgb[1 + f] = filters[f];
    struct test_file planes =
        run_filters(input, filters, NULL, subsample, true, &report);
    assert_int_equal(report.shape_out.layout, ML_YCC);
    struct test_file rgb =
        run_filters(input, through_rgb, NULL, subsample, true, &report);
    assert_int_equal(report.shape_out.layout, ML_RGB);
    struct test_file lossless =
        run_filters(input, through_rgb, &ml_codec_png, 420, true, &report);
    decode_to(&lossless, arena, &truth);
    const struct planes_found found = {psnr_of(&planes, &truth, arena),
                                       psnr_of(&rgb, &truth, arena)};
    test_frame_close(&truth);
    test_file_close(&planes);
    test_file_close(&rgb);
    test_file_close(&lossless);
    return found;
}

static void lose_nothing(const struct case_in *in,
                         const struct planes_case *cases, size_t count,
                         uint16_t subsample)
{
    struct test_file input;
    struct ml_arena arena;
    struct ml_error err;
    assert_int_equal(ml_arena_open(&arena, (size_t)64 << 20, &err), ML_OK);
    make_input(&input, in);
    for (size_t i = 0; i < count; i++) {
        const struct planes_found found =
            find(&input, cases[i].filters, subsample, &arena);
        if (found.planes < found.rgb - cases[i].may_lose)
            fail_msg("%u x %u of %u, %s to %u: planes %.2f dB, RGB %.2f dB",
                     in->width, in->height, in->subsample, cases[i].filters[0],
                     subsample, found.planes, found.rgb);
    }
    test_file_close(&input);
    ml_arena_close(&arena);
}

/* The truth comes through RGB too, which gives that path a small lead, in dB.
 */
#define LEAD 0.5

static void resizing_planes_loses_nothing_against_rgb(void **state)
{
    static const struct case_in inputs[] = {{301, 203, 420, 1},
                                            {256, 192, 422, 1},
                                            {177, 241, 444, 1},
                                            {402, 99, 420, 1}};
    static const uint16_t outputs[] = {420, 422, 444};
    static const struct planes_case cases[] = {
        {{"resize:100"}, LEAD},
        {{"resize:90x70,fit=cover", "blur:0.8"}, LEAD},
        {{"resize:150%,enlarge=yes"}, LEAD},
        {{"resize:50%,kernel=triangle"}, LEAD},
        {{"resize:60%", "sharpen:1"}, LEAD},
    };
    (void)state;
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        for (size_t k = 0; k < 3; k++)
            lose_nothing(&inputs[i], cases, sizeof cases / sizeof *cases,
                         outputs[k]);
}

static void the_same_planes_lose_nothing_against_rgb(void **state)
{
    static const struct case_in inputs[] = {
        {256, 192, 420, 1}, {256, 192, 422, 1}, {177, 241, 444, 1}};
    static const struct planes_case cases[] = {
        {{"sharpen:1"}, 0.2},
        {{"sharpen:0.5,radius=3"}, 0.2},
        {{"sharpen:2,radius=0.5"}, 0.2},
        {{"invert"}, 0.2},
        {{"flip"}, 0.2},
        {{"flop", "blur:1"}, 0.2},
        {{"rotate:180"}, 0.2},
        {{"crop:101x77:16:8"}, 0.2},
        {{"crop:64x64:40:20", "sharpen:1"}, 0.2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        lose_nothing(&inputs[i], cases, sizeof cases / sizeof *cases,
                     inputs[i].subsample);
}

/* ---- gray ---- */

/* Y is the luma of what it decodes to, but for rounding: three colours and
 * their sum are each rounded once, by at most a half.  Colours outside RGB are
 * clamped there; those are left out. */
static void gray_from_luma_is_gray_from_rgb(void **state)
{
    static const struct case_in inputs[] = {
        {256, 192, 420, 1}, {95, 63, 422, 1}, {177, 241, 444, 1}};
    static const char *const gray[] = {"gray", NULL};
    static const char *const through_rgb[] = {to_rgb, "gray", NULL};
    static const char *const nothing[] = {NULL};
    struct ml_arena arena;
    struct ml_error err;
    (void)state;
    assert_int_equal(ml_arena_open(&arena, (size_t)64 << 20, &err), ML_OK);
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        static const char *const *const chains[] = {gray, through_rgb, nothing};
        struct test_file input;
        struct test_frame frames[3];
        size_t compared = 0;
        make_input(&input, &inputs[i]);
        for (size_t c = 0; c < 3; c++) {
            struct ml_picture_result report;
            struct test_file png = run_filters(&input, chains[c], &ml_codec_png,
                                               420, true, &report);
            decode_to(&png, &arena, &frames[c]);
            test_file_close(&png);
        }
        for (uint32_t y = 0; y < inputs[i].height; y++)
            for (size_t x = 0; x < inputs[i].width; x++) {
                const uint8_t *p = ml_dst_row(&frames[2].rows, y) + 3 * x;
                const int luma = ml_dst_row(&frames[0].rows, y)[x];
                const int rgb = ml_dst_row(&frames[1].rows, y)[x];
                bool inside = true;
                for (size_t c = 0; c < 3; c++)
                    inside = inside && p[c] > 0 && p[c] < 255;
                compared += inside;
                if (inside && abs(luma - rgb) > 1)
                    fail_msg("%u x %u at %zu, %u: %d from luma, %d from RGB",
                             inputs[i].width, inputs[i].height, x, y, luma,
                             rgb);
            }
        assert_true(compared > inputs[i].width * inputs[i].height / 2);
        for (size_t c = 0; c < 3; c++)
            test_frame_close(&frames[c]);
        test_file_close(&input);
    }
    ml_arena_close(&arena);
}

/* Linear filters before gray are the same on luma, but for rounding and the
 * colours that they clamp. */
static void filters_before_gray_do_on_luma_what_they_do_on_rgb(void **state)
{
    static const struct case_in in = {301, 203, 420, 6};
    static const char *const chains[][FILTERS_MAX] = {
        {to_rgb, "resize:50%", "gray"},
        {to_rgb, "crop:201x77:13:7", "blur:1.5", "gray"},
        {to_rgb, "flop", "sharpen:0.5", "invert", "gray"},
        {to_rgb, "auto-orient", "resize:90x70,fit=cover", "gray", "sharpen:1"},
    };
    struct test_file input;
    struct ml_arena arena;
    struct ml_error err;
    (void)state;
    assert_int_equal(ml_arena_open(&arena, (size_t)64 << 20, &err), ML_OK);
    make_input(&input, &in);
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        struct ml_picture_result report;
        struct test_frame truth;
        struct test_file luma = run_filters(&input, chains[i] + 1,
                                            &ml_codec_png, 420, true, &report);
        struct test_file rgb =
            run_filters(&input, chains[i], &ml_codec_png, 420, true, &report);
        decode_to(&rgb, &arena, &truth);
        const double psnr = psnr_of(&luma, &truth, &arena);
        if (psnr < 48)
            fail_msg("%s, %s: %.2f dB", chains[i][1], chains[i][2], psnr);
        test_frame_close(&truth);
        test_file_close(&luma);
        test_file_close(&rgb);
    }
    test_file_close(&input);
    ml_arena_close(&arena);
}

/* ---- frames ---- */

/* Planes and luma that travel between stages make the bytes of serial. */
static void every_plan_makes_the_same_bytes(void **state)
{
    static const char *const plans[] = {
        "read@threads:1 | decode@threads:2 | filter@threads:2 | "
        "encode,write@threads:1",
        "read@threads:1 | decode,filter@threads:2 | encode@threads:1 | "
        "write@threads:1",
        "read@threads:1 | decode,filter,encode@threads:2 | write@threads:1"};
    static const char *const chains[][FILTERS_MAX] = {
        {"gray"},
        {"resize:40", "gray"},
        {"crop:31x40:8:6", "sharpen:1", "invert"},
        {"rotate:90", "blur:1", "resize:70%"}};
    static const struct case_in in = {96, 64, 420, 1};
    struct test_file input;
    (void)state;
    make_input(&input, &in);
    for (size_t c = 0; c < sizeof chains / sizeof *chains; c++) {
        struct ml_picture_result report;
        struct test_file want =
            run_filters(&input, chains[c], NULL, 420, false, &report);
        assert_true(report.shape_out.layout != ML_RGB);
        for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
            struct test_file got = run_with(plans[i], &input, chains[c], NULL,
                                            420, false, &report);
            assert_int_equal(got.size, want.size);
            assert_memory_equal(got.data, want.data, want.size);
            test_file_close(&got);
        }
        test_file_close(&want);
    }
    test_file_close(&input);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes_are_kept_where_every_filter_allows_it),
        cmocka_unit_test(resizing_planes_loses_nothing_against_rgb),
        cmocka_unit_test(the_same_planes_lose_nothing_against_rgb),
        cmocka_unit_test(gray_from_luma_is_gray_from_rgb),
        cmocka_unit_test(filters_before_gray_do_on_luma_what_they_do_on_rgb),
        cmocka_unit_test(every_plan_makes_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
