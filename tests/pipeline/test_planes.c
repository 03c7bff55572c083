/* JPEG to JPEG in planes: chosen when every filter allows it, and then no worse
 * than through RGB. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "support/memory_run.h"

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
static struct test_file run_filters(const struct test_file *input,
                                    const char *const *filters,
                                    const struct ml_codec *to,
                                    uint16_t subsample, bool exact,
                                    struct ml_report *report)
{
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct memory_run run;
    struct ml_error err;
    memory_order(&settings, &chain, filters);
    settings.order.to = to;
    settings.order.sink.subsample = subsample;
    settings.order.sink.quality = 92;
    settings.order.shrink = exact ? ML_SHRINK_NEVER : ML_SHRINK_USUAL;
    memory_run_open(&run, input, 1);
    assert_int_equal(memory_run_go(&run, &settings, serial, 1, &err), ML_OK);
    if (run.errors[0].status != ML_OK)
        fail_msg("%s: %s", run.errors[0].what, run.errors[0].why);
    const struct test_file output = run.outputs[0];
    *report = run.reports[0];
    run.outputs[0] = (struct test_file){0};
    memory_run_close(&run);
    return output;
}

static bool uses_planes(const struct case_in *in, uint16_t subsample,
                        const char *const *filters)
{
    struct test_file input;
    struct ml_report report;
    make_input(&input, in);
    struct test_file output =
        run_filters(&input, filters, NULL, subsample, false, &report);
    test_file_close(&input);
    test_file_close(&output);
    return report.shape_out.layout == ML_YCC;
}

static void planes_are_kept_where_every_filter_allows_it(void **state)
{
    (void)state;
    const struct case_in in420 = {96, 64, 420, 1}, in444 = {96, 64, 444, 1};
    const char *const resize[] = {"auto-orient", "resize:40", NULL};
    const char *const blur[] = {"blur:1", NULL};
    const char *const nothing[] = {NULL};
    const char *const gray[] = {"gray", NULL};
    const char *const invert[] = {"auto-orient", "invert", NULL};
    const char *const late_crop[] = {"resize:40", "crop:10x10", NULL};
    assert_true(uses_planes(&in420, 420, resize));
    assert_true(uses_planes(&in420, 444, resize)); /* resize changes sampling */
    assert_true(uses_planes(&in444, 420, resize));
    assert_true(uses_planes(&in420, 420, blur));
    assert_false(uses_planes(&in444, 420, blur)); /* blur does not */
    assert_true(uses_planes(&in420, 420, nothing));
    assert_false(uses_planes(&in420, 444, nothing));
    assert_false(uses_planes(&in420, 420, gray)); /* the Y plane alone */
    assert_false(uses_planes(&in420, 420, invert));
    assert_false(uses_planes(&in420, 420, late_crop));
}

static double psnr_of(const struct test_file *file,
                      const struct test_frame *truth, struct ml_arena *arena)
{
    struct test_frame frame;
    struct test_told told;
    struct ml_error err;
    assert_int_equal(test_decode(test_bytes(file), &test_reading_default, arena,
                                 &frame, &told, &err),
                     ML_OK);
    const double psnr = test_psnr(&frame, truth);
    test_frame_close(&frame);
    return psnr;
}

/* Against the same filters through RGB to a lossless file. */
static void planes_lose_nothing_against_rgb(void **state)
{
    (void)state;
    static const struct case_in inputs[] = {{301, 203, 420, 1},
                                            {256, 192, 422, 1},
                                            {177, 241, 444, 1},
                                            {402, 99, 420, 1}};
    static const uint16_t outputs[] = {420, 422, 444};
    static const char *const chains[][4] = {
        {"resize:100", NULL},
        {"resize:90x70,fit=cover", "blur:0.8", NULL},
        {"resize:150%,enlarge=yes", NULL},
        {"resize:50%,kernel=triangle", NULL}};
    struct ml_arena arena;
    struct ml_error err;
    assert_int_equal(ml_arena_open(&arena, (size_t)64 << 20, &err), ML_OK);
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        struct test_file input;
        make_input(&input, &inputs[i]);
        for (size_t k = 0; k < 3 * 4; k++) {
            const char *const *chain = chains[k / 3];
            /* Twice the negative is the picture, and stays off planes. */
            const char *through_rgb[8] = {"invert", "invert"};
            struct ml_report report;
            struct test_frame truth;
            struct test_told told;
            for (size_t f = 0; chain[f]; f++)
                through_rgb[2 + f] = chain[f];
            struct test_file planes =
                run_filters(&input, chain, NULL, outputs[k % 3], true, &report);
            assert_int_equal(report.shape_out.layout, ML_YCC);
            struct test_file rgb = run_filters(&input, through_rgb, NULL,
                                               outputs[k % 3], true, &report);
            assert_int_equal(report.shape_out.layout, ML_RGB);
            struct test_file lossless = run_filters(
                &input, through_rgb, &ml_codec_png, 420, true, &report);
            assert_int_equal(test_decode(test_bytes(&lossless),
                                         &test_reading_default, &arena, &truth,
                                         &told, &err),
                             ML_OK);
            const double with = psnr_of(&planes, &truth, &arena);
            const double without = psnr_of(&rgb, &truth, &arena);
            /* The truth comes through RGB too: that path has a small lead. */
            if (with < without - 0.5)
                fail_msg("input %zu, chain %zu, to %u: planes %.2f dB, RGB "
                         "%.2f dB",
                         i, k / 3, outputs[k % 3], with, without);
            test_frame_close(&truth);
            test_file_close(&planes);
            test_file_close(&rgb);
            test_file_close(&lossless);
        }
        test_file_close(&input);
    }
    ml_arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes_are_kept_where_every_filter_allows_it),
        cmocka_unit_test(planes_lose_nothing_against_rgb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
