/* test_resize.c: kernels against a definition in doubles, cutting,
 * padding, planes, and reference pictures made by another program.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/filters/resize_values.h"
#include "support/simd_levels.h"

#define SEED UINT64_C(7)

/* ---- samples ---- */

/* The part of the scaled picture that a result is, for the definition. */
struct window {
    uint32_t scaled_width, scaled_height, cut_x, cut_y;
};

static uint32_t divide_up(uint32_t size, uint32_t by)
{
    return (size + by - 1) / by;
}

static void check_truth(const struct mix_picture *in, const struct mix_run *run,
                        const char *kernel, const struct window *window)
{
    const struct ml_shape *shape = &in->shape, *out = &run->setup.out;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const uint32_t sub_x = p ? shape->sub_x : 1,
                       sub_y = p ? shape->sub_y : 1;
        struct mix_axis x, y;
        mix_axis_kernel(&x, kernel, ml_plane_width(shape, p),
                        divide_up(out->width, sub_x),
                        (double)shape->width / window->scaled_width,
                        (double)window->cut_x / sub_x);
        mix_axis_kernel(&y, kernel, ml_plane_height(shape, p),
                        divide_up(out->height, sub_y),
                        (double)shape->height / window->scaled_height,
                        (double)window->cut_y / sub_y);
        double *truth = mix_truth(in, p, &x, &y);
        const double worst = mix_worst(&run->out, p, 0, 0, truth, x.out, y.out);
        if (worst > 1)
            print_error("%s %ux%u -> %ux%u plane %u %s %u bits: %g levels\n",
                        kernel, shape->width, shape->height, out->width,
                        out->height, p, ml_layout_name(shape->layout),
                        shape->bits, worst);
        assert_true(worst <= 1);
        free(truth);
        mix_axis_close(&x);
        mix_axis_close(&y);
    }
}

static const struct ml_shape shapes[] = {
    {61, 43, ML_GRAY, 8, 1, 1},  {1, 1, ML_RGB, 8, 1, 1},
    {160, 91, ML_RGB, 8, 1, 1},  {45, 80, ML_RGBA, 8, 1, 1},
    {77, 3, ML_GRAYA, 8, 1, 1},  {61, 43, ML_GRAY, 16, 1, 1},
    {53, 71, ML_RGB, 16, 1, 1},  {37, 41, ML_RGBA, 16, 1, 1},
    {1, 90, ML_GRAYA, 16, 1, 1}, {300, 200, ML_RGB, 8, 1, 1},
    {101, 67, ML_YCC, 8, 2, 2},  {64, 53, ML_YCC, 8, 2, 1},
    {47, 33, ML_YCC, 8, 1, 1},   {259, 41, ML_YCC, 8, 4, 1},
};

/* Odd ones, larger and smaller, one side kept, and one pixel. */
static const uint32_t outputs[][2] = {{31, 23}, {97, 120}, {7, 9},
                                      {61, 11}, {1, 1},    {13, 43}};

static void kernel_matches(const char *kernel)
{
    struct ml_random random = {SEED};
    print_message("seed %llu, %s\n", (unsigned long long)SEED, kernel);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        for (size_t t = 0; t < sizeof outputs / sizeof *outputs; t++) {
            const struct window window = {outputs[t][0], outputs[t][1], 0, 0};
            struct ml_value values[VALUES];
            struct mix_picture in;
            struct mix_run run;
            /* A kernel of scale one that is no interpolation is not used. */
            if (strcmp(kernel, "mitchell") == 0 &&
                (shapes[s].width == outputs[t][0] ||
                 shapes[s].height == outputs[t][1]))
                continue;
            resize_set_size(values, outputs[t][0], outputs[t][1]);
            values[FIT].number = resize_choice("fit", "fill");
            values[ENLARGE].number = 1;
            values[KERNEL].number = resize_choice("kernel", kernel);
            mix_open(&in, &shapes[s]);
            mix_fill(&in, &random, (unsigned)(s + t), false);
            mix_run(&run, ml_filter_find("resize"), values, &in, 0, 0, &random);
            check_truth(&in, &run, kernel, &window);
            mix_run_close(&run);
            mix_close(&in);
        }
    }
}

static void every_kernel_is_within_one_level_of_the_truth(void **state)
{
    (void)state;
    kernel_matches("lanczos3");
    kernel_matches("nearest");
    kernel_matches("triangle");
    kernel_matches("catrom");
    kernel_matches("mitchell");
}

/* Its weights are 0 or 1: samples whose distance is exactly the border of the
 * box go one way or the other, so factors are chosen without such. */
static void box_is_the_mean_of_whole_pixels(void **state)
{
    static const struct ml_shape boxes[] = {{60, 36, ML_RGB, 8, 1, 1},
                                            {60, 36, ML_GRAYA, 16, 1, 1}};
    const struct window window = {20, 18, 0, 0};
    struct ml_random random = {SEED};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ml_value values[VALUES];
        struct mix_picture in;
        struct mix_run run;
        resize_set_size(values, 20, 18);
        values[FIT].number = resize_choice("fit", "fill");
        values[KERNEL].number = resize_choice("kernel", "box");
        mix_open(&in, &boxes[i]);
        mix_fill(&in, &random, 0, false);
        mix_run(&run, ml_filter_find("resize"), values, &in, 0, 0, &random);
        check_truth(&in, &run, "box", &window);
        mix_run_close(&run);
        mix_close(&in);
    }
}

static void a_picture_of_the_size_asked_passes_unchanged(void **state)
{
    struct ml_random random = {SEED};
    (void)state;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        struct ml_value values[VALUES];
        struct mix_picture in;
        struct mix_run run;
        resize_set_size(values, shapes[s].width, shapes[s].height + 5);
        values[KERNEL].number = resize_choice("kernel", "mitchell");
        mix_open(&in, &shapes[s]);
        mix_fill(&in, &random, 0, false);
        mix_run(&run, ml_filter_find("resize"), values, &in, 0, 0, &random);
        assert_memory_equal(run.out.memory, in.memory, in.bytes);
        mix_run_close(&run);
        mix_close(&in);
    }
}

static void a_flat_picture_stays_flat(void **state)
{
    struct ml_random random = {SEED};
    (void)state;
    for (unsigned i = 0; i < 120; i++) {
        const struct ml_shape *shape = &shapes[i % 10];
        const uint32_t width = 1 + ml_random_below(&random, 150);
        struct ml_value values[VALUES];
        struct mix_picture in;
        struct mix_run run;
        resize_set_size(values, width, 40);
        values[FIT].number = resize_choice("fit", "fill");
        values[ENLARGE].number = 1;
        mix_open(&in, shape);
        mix_fill(&in, &random, 2, false);
        mix_run(&run, ml_filter_find("resize"), values, &in, 0, 0, &random);
        for (uint32_t y = 0; y < 40; y++)
            for (size_t x = 0; x < width * ml_channels(shape->layout); x++)
                assert_true(mix_sample(&run.out, 0, y, x) ==
                            mix_sample(&in, 0, 0, 0));
        mix_run_close(&run);
        mix_close(&in);
    }
}

static void a_picture_shrunk_on_load_is_scaled_the_rest_of_the_way(void **state)
{
    const struct ml_shape half = {101, 76, ML_YCC, 8, 2, 2};
    const struct window window = {50, 38, 0, 0};
    struct ml_value values[VALUES];
    struct ml_random random = {SEED};
    struct mix_picture in;
    struct mix_run run;
    (void)state;
    resize_set_size(values, 50, 0);
    mix_open(&in, &half);
    mix_fill(&in, &random, 0, false);
    mix_run(&run, ml_filter_find("resize"), values, &in, 201, 151, &random);
    check_truth(&in, &run, "lanczos3", &window);
    mix_run_close(&run);
    mix_close(&in);
}

/* ---- cutting and padding ---- */

struct cover_case {
    const char *gravity;
    uint32_t cut_x, cut_y;
};

static void cover_is_the_scaled_picture_cut(void **state)
{
    /* 120 x 60 to 40 x 40 is 80 x 40, and to 90 x 19 it is 90 x 45. */
    static const struct cover_case wide[] = {
        {"center", 20, 0}, {"west", 0, 0}, {"southeast", 40, 0}};
    static const struct cover_case tall[] = {
        {"center", 0, 13}, {"northwest", 0, 0}, {"south", 0, 26}};
    static const struct ml_shape pictures[] = {{120, 60, ML_RGB, 8, 1, 1},
                                               {120, 60, ML_YCC, 8, 2, 2},
                                               {120, 60, ML_RGBA, 16, 1, 1}};
    struct ml_random random = {SEED};
    (void)state;
    for (size_t i = 0; i < 18; i++) {
        const bool is_wide = i % 2;
        const struct cover_case *c = &(is_wide ? wide : tall)[i / 2 % 3];
        const struct window window = {is_wide ? 80 : 90, is_wide ? 40 : 45,
                                      c->cut_x, c->cut_y};
        struct ml_value values[VALUES];
        struct mix_picture in;
        struct mix_run run;
        resize_set_size(values, is_wide ? 40 : 90, is_wide ? 40 : 19);
        values[FIT].number = resize_choice("fit", "cover");
        values[GRAVITY].number = resize_choice("gravity", c->gravity);
        mix_open(&in, &pictures[i / 6]);
        mix_fill(&in, &random, (unsigned)i % 2, false);
        mix_run(&run, ml_filter_find("resize"), values, &in, 0, 0, &random);
        check_truth(&in, &run, "lanczos3", &window);
        mix_run_close(&run);
        mix_close(&in);
    }
}

/* 60 x 30 in 30 x 30: rows 0-6 and 22-29 are padding around 30 x 15. */
static void contain_with(const struct ml_shape *shape, const uint8_t *colour,
                         const double *want)
{
    struct ml_random random = {SEED};
    struct ml_value values[VALUES];
    struct mix_picture in;
    struct mix_run run, bare;
    const uint32_t channels = ml_channels(shape->layout);
    resize_set_size(values, 30, 30);
    values[FIT].number = resize_choice("fit", "contain");
    if (colour) {
        values[BACKGROUND].given = true;
        memcpy(values[BACKGROUND].colour, colour, 4);
    }
    mix_open(&in, shape);
    mix_fill(&in, &random, 0, true);
    mix_run(&run, ml_filter_find("resize"), values, &in, 0, 0, &random);
    values[FIT].number = resize_choice("fit", "inside");
    mix_run(&bare, ml_filter_find("resize"), values, &in, 0, 0, &random);
    for (uint32_t y = 0; y < 30; y++) {
        for (size_t i = 0; i < 30 * channels; i++) {
            const bool inner = y >= 7 && y < 22;
            assert_true(mix_sample(&run.out, 0, y, i) ==
                        (inner ? mix_sample(&bare.out, 0, y - 7, i)
                               : want[i % channels]));
        }
    }
    mix_run_close(&run);
    mix_run_close(&bare);
    mix_close(&in);
}

static void contain_pads_with_the_background(void **state)
{
    static const struct ml_shape rgb = {60, 30, ML_RGB, 8, 1, 1},
                                 rgba = {60, 30, ML_RGBA, 16, 1, 1},
                                 gray = {60, 30, ML_GRAY, 8, 1, 1};
    static const uint8_t red[4] = {200, 0, 0, 255}, glass[4] = {255, 51, 0, 51};
    (void)state;
    contain_with(&rgb, NULL, (const double[]){0, 0, 0});
    contain_with(&rgb, red, (const double[]){200, 0, 0});
    contain_with(&gray, red, (const double[]){60}); /* 0.299 * 200 */
    contain_with(&rgba, NULL, (const double[]){0, 0, 0, 0});
    contain_with(&rgba, glass, (const double[]){51 * 257, 2621, 0, 51 * 257});
}

static void contain_pads_planes_with_the_colour_jpeg_gives(void **state)
{
    static const uint8_t red[4] = {255, 0, 0, 255};
    static const double want[] = {76, 85, 255};
    const struct ml_shape shape = {60, 30, ML_YCC, 8, 2, 2};
    struct ml_random random = {SEED};
    struct ml_value values[VALUES];
    struct mix_picture in;
    struct mix_run run;
    (void)state;
    resize_set_size(values, 30, 41); /* 30 x 15 from row 13 to row 28 */
    values[FIT].number = resize_choice("fit", "contain");
    values[BACKGROUND].given = true;
    memcpy(values[BACKGROUND].colour, red, 4);
    mix_open(&in, &shape);
    mix_fill(&in, &random, 2, false);
    mix_run(&run, ml_filter_find("resize"), values, &in, 0, 0, &random);
    for (uint32_t p = 0; p < 3; p++) {
        const uint32_t sub = p ? 2 : 1, y_end = divide_up(28, sub);
        for (uint32_t y = 0; y < divide_up(41, sub); y++)
            for (size_t x = 0; x < 30 / sub; x++)
                assert_true(mix_sample(&run.out, p, y, x) ==
                            (y >= 13 / sub && y < y_end
                                 ? mix_sample(&in, p, 0, 0)
                                 : want[p]));
    }
    mix_run_close(&run);
    mix_close(&in);
}

/* Scaled to 30 x 15 and padded from row 13 on, the second of a chroma row of
 * two: its sample begins half a chroma row above the picture, which
 * interpolates chroma even at a scale of one. */
static void odd_padding_keeps_chroma_in_its_place(void **state)
{
    struct ml_random random = {SEED};
    (void)state;
    for (uint32_t scale = 1; scale <= 2; scale++) {
        const struct ml_shape shape = {30 * scale, 15 * scale, ML_YCC, 8, 2, 2};
        struct ml_value values[VALUES];
        struct mix_picture in;
        struct mix_run run;
        resize_set_size(values, 30, 41);
        values[FIT].number = resize_choice("fit", "contain");
        mix_open(&in, &shape);
        mix_fill(&in, &random, 0, false);
        mix_run(&run, ml_filter_find("resize"), values, &in, 0, 0, &random);
        for (uint32_t p = 1; p < 3; p++) {
            struct mix_axis x, y;
            mix_axis_kernel(&x, "lanczos3", ml_plane_width(&shape, p), 15,
                            scale, 0);
            mix_axis_kernel(&y, "lanczos3", ml_plane_height(&shape, p), 8,
                            scale, -0.5);
            double *truth = mix_truth(&in, p, &x, &y);
            assert_true(mix_worst(&run.out, p, 0, 6, truth, 15, 8) <= 1);
            free(truth);
            mix_axis_close(&x);
            mix_axis_close(&y);
        }
        mix_run_close(&run);
        mix_close(&in);
    }
}

static void chroma_is_made_on_the_grid_asked(void **state)
{
    const struct ml_shape in = {60, 30, ML_YCC, 8, 2, 2};
    const struct ml_filter *resize = ml_filter_find("resize");
    struct ml_value values[VALUES];
    struct mix_run run;
    struct ml_error err;
    (void)state;
    resize_set_size(values, 30, 15);
    assert_int_equal(mix_prepare(&run, resize, values, &in, 0, 0, &err), ML_OK);
    run.setup.sub_x = 1;
    run.setup.sub_y = 2;
    assert_int_equal(resize->prepare(&run.setup, &err), ML_OK);
    assert_int_equal(run.setup.out.sub_x, 1);
    assert_int_equal(run.setup.out.sub_y, 2);
    ml_arena_close(&run.arena);
}

/* The largest side that is allowed, and one more. */
static void the_limit_of_a_side_is_allowed(void **state)
{
    const struct ml_shape in = {10, 1, ML_GRAY, 8, 1, 1};
    const struct ml_filter *resize = ml_filter_find("resize");
    struct ml_value values[VALUES];
    struct ml_error err;
    (void)state;
    for (uint32_t more = 0; more < 2; more++) {
        struct mix_run run;
        resize_set_size(values, 1000000 + more, 1);
        values[FIT].number = resize_choice("fit", "fill");
        values[ENLARGE].number = 1;
        const enum ml_status status =
            mix_prepare(&run, resize, values, &in, 0, 0, &err);
        assert_int_equal(status == ML_ERR_LIMIT, more == 1);
        ml_arena_close(&run.arena);
    }
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_is_within_one_level_of_the_truth),
        cmocka_unit_test(box_is_the_mean_of_whole_pixels),
        cmocka_unit_test(a_picture_of_the_size_asked_passes_unchanged),
        cmocka_unit_test(a_flat_picture_stays_flat),
        cmocka_unit_test(
            a_picture_shrunk_on_load_is_scaled_the_rest_of_the_way),
        cmocka_unit_test(cover_is_the_scaled_picture_cut),
        cmocka_unit_test(contain_pads_with_the_background),
        cmocka_unit_test(contain_pads_planes_with_the_colour_jpeg_gives),
        cmocka_unit_test(odd_padding_keeps_chroma_in_its_place),
        cmocka_unit_test(chroma_is_made_on_the_grid_asked),
        cmocka_unit_test(the_limit_of_a_side_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
