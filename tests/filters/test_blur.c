/* test_blur.c: what only the blur has: its Gaussian, its borders, its planes.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/filters/mix.h"
#include "support/simd_levels.h"

#define SEED UINT64_C(20240607)

static const struct ml_shape blur_shapes[] = {
    {61, 43, ML_GRAY, 8, 1, 1},  {1, 1, ML_RGB, 8, 1, 1},
    {130, 37, ML_RGB, 8, 1, 1},  {45, 80, ML_RGBA, 8, 1, 1},
    {77, 3, ML_GRAYA, 8, 1, 1},  {61, 43, ML_GRAY, 16, 1, 1},
    {50, 71, ML_RGB, 16, 1, 1},  {33, 40, ML_RGBA, 16, 1, 1},
    {1, 90, ML_GRAYA, 16, 1, 1}, {95, 1, ML_RGB, 8, 1, 1},
    {101, 67, ML_YCC, 8, 2, 2},  {64, 50, ML_YCC, 8, 2, 1},
    {47, 33, ML_YCC, 8, 1, 1},   {259, 41, ML_YCC, 8, 4, 1},
    {39, 45, ML_YCC, 8, 1, 2},
};

static void check_truth(const struct ml_shape *shape, double sigma,
                        unsigned kind, struct ml_random *random)
{
    const struct ml_value value = {.given = true, .number = sigma};
    struct mix_picture in;
    struct mix_run run;
    mix_open(&in, shape);
    mix_fill(&in, random, kind, false);
    mix_run(&run, ml_filter_find("blur"), &value, &in, 0, 0, random);
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        struct mix_axis x, y;
        mix_axis_gauss(&x, ml_plane_width(shape, p),
                       sigma / (p ? shape->sub_x : 1));
        mix_axis_gauss(&y, ml_plane_height(shape, p),
                       sigma / (p ? shape->sub_y : 1));
        double *truth = mix_truth(&in, p, &x, &y);
        const double worst = mix_worst(&run.out, p, 0, 0, truth, x.out, y.out);
        if (worst > 1)
            print_error("%ux%u %s %u bits, sigma %g, kind %u: %g levels\n",
                        shape->width, shape->height,
                        ml_layout_name(shape->layout), shape->bits, sigma, kind,
                        worst);
        assert_true(worst <= 1);
        free(truth);
        mix_axis_close(&x);
        mix_axis_close(&y);
    }
    mix_run_close(&run);
    mix_close(&in);
}

static void every_shape_is_within_one_level_of_the_truth(void **state)
{
    static const double sigmas[] = {0.3, 1, 2, 4.5, 11};
    struct ml_random random = {SEED};
    (void)state;
    print_message("seed %llu\n", (unsigned long long)SEED);
    for (size_t s = 0; s < sizeof blur_shapes / sizeof *blur_shapes; s++)
        for (size_t i = 0; i < sizeof sigmas / sizeof *sigmas; i++)
            for (unsigned kind = 0; kind < 5; kind++)
                check_truth(&blur_shapes[s], sigmas[i], kind, &random);
}

static void the_widest_sigma_is_within_one_level(void **state)
{
    static const struct ml_shape shapes[] = {{40, 30, ML_RGB, 8, 1, 1},
                                             {30, 40, ML_GRAY, 16, 1, 1}};
    struct ml_random random = {SEED};
    (void)state;
    for (unsigned kind = 0; kind < 5; kind++)
        for (size_t s = 0; s < 2; s++)
            check_truth(&shapes[s], 250, kind, &random);
}

static void a_flat_picture_stays_as_it_is(void **state)
{
    static const double sigmas[] = {0.5, 2, 6, 20};
    struct ml_random random = {SEED};
    (void)state;
    for (size_t i = 0; i < 4 * 20; i++) {
        const struct ml_value value = {.given = true, .number = sigmas[i % 4]};
        struct mix_picture in;
        struct mix_run run;
        mix_open(&in, &blur_shapes[i % 2 ? 2 : 6]);
        mix_fill(&in, &random, 2, false);
        mix_run(&run, ml_filter_find("blur"), &value, &in, 0, 0, &random);
        assert_memory_equal(run.out.memory, in.memory, in.bytes);
        mix_run_close(&run);
        mix_close(&in);
    }
}

static void a_mirrored_picture_is_blurred_to_the_mirrored_result(void **state)
{
    const struct ml_shape shape = {67, 1, ML_GRAY, 8, 1, 1};
    const struct ml_value value = {.given = true, .number = 1.7};
    struct ml_random random = {SEED};
    struct mix_picture in, mirror;
    struct mix_run run, other;
    (void)state;
    mix_open(&in, &shape);
    mix_open(&mirror, &shape);
    mix_fill(&in, &random, 0, false);
    for (uint32_t x = 0; x < shape.width; x++)
        mirror.memory[x] = in.memory[shape.width - 1 - x];
    mix_run(&run, ml_filter_find("blur"), &value, &in, 0, 0, &random);
    mix_run(&other, ml_filter_find("blur"), &value, &mirror, 0, 0, &random);
    for (uint32_t x = 0; x < shape.width; x++)
        assert_int_equal(run.out.memory[x],
                         other.out.memory[shape.width - 1 - x]);
    mix_run_close(&run);
    mix_run_close(&other);
    mix_close(&in);
    mix_close(&mirror);
}

static void needs_reach_three_sigma_and_stop_at_the_border(void **state)
{
    const struct ml_shape shape = {20, 100, ML_YCC, 8, 2, 2};
    const struct ml_value value = {.given = true, .number = 2};
    const struct ml_filter *blur = ml_filter_find("blur");
    struct ml_error err;
    struct mix_run run;
    (void)state;
    assert_int_equal(mix_prepare(&run, blur, &value, &shape, 0, 0, &err),
                     ML_OK);
    const struct ml_range middle = blur->input_window(run.setup.state, 40, 50);
    const struct ml_range whole = blur->input_window(run.setup.state, 0, 100);
    assert_int_equal(middle.y, 34);
    assert_int_equal(middle.y_end, 56);
    assert_int_equal(whole.y, 0);
    assert_int_equal(whole.y_end, 100);
    ml_arena_close(&run.arena);
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_is_within_one_level_of_the_truth),
        cmocka_unit_test(the_widest_sigma_is_within_one_level),
        cmocka_unit_test(a_flat_picture_stays_as_it_is),
        cmocka_unit_test(a_mirrored_picture_is_blurred_to_the_mirrored_result),
        cmocka_unit_test(needs_reach_three_sigma_and_stop_at_the_border),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
