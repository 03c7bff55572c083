/* test_box.c: the box blur against the area that a square covers of each pixel,
 * in doubles and by no list of weights; flat pictures, mirrors, one pixel.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/filters/mix.h"
#include "support/simd_levels.h"

#define SEED UINT64_C(20241203)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct ml_shape box_shapes[] = {
    {61, 43, ML_GRAY, 8, 1, 1},  {1, 1, ML_RGB, 8, 1, 1},
    {130, 37, ML_RGB, 8, 1, 1},  {45, 60, ML_RGBA, 8, 1, 1},
    {77, 3, ML_GRAYA, 8, 1, 1},  {61, 43, ML_GRAY, 16, 1, 1},
    {50, 51, ML_RGB, 16, 1, 1},  {33, 40, ML_RGBA, 16, 1, 1},
    {1, 90, ML_GRAYA, 16, 1, 1}, {95, 1, ML_RGB, 8, 1, 1},
    {101, 67, ML_YCC, 8, 2, 2},  {64, 50, ML_YCC, 8, 2, 1},
    {47, 33, ML_YCC, 8, 1, 1},   {39, 45, ML_YCC, 8, 1, 2},
};

/* The length that [from, end) and [other, other_end) have in common. */
static double shared(double from, double end, double other, double other_end)
{
    return fmax(0, fmin(end, other_end) - fmax(from, other));
}

/* Weights of one axis: of each pixel, what the box around a pixel's middle
 * covers of it; a box narrower than a pixel is widened to one. */
static void axis_of_box(struct mix_axis *axis, uint32_t length, double side)
{
    const double half = fmax(side, 1) / 2;
    const int64_t reach = (int64_t)half + 1;
    *axis = (struct mix_axis){
        .in = length, .out = length, .most = (uint32_t)(2 * reach + 1)};
    axis->first = calloc(length, sizeof *axis->first);
    axis->weight = calloc((size_t)length * axis->most, sizeof *axis->weight);
    assert_non_null(axis->first);
    assert_non_null(axis->weight);
    for (uint32_t j = 0; j < length; j++) {
        const double middle = j + 0.5;
        axis->first[j] = (int64_t)j - reach;
        for (uint32_t i = 0; i < axis->most; i++) {
            const double pixel = (double)axis->first[j] + i;
            axis->weight[(size_t)j * axis->most + i] =
                shared(pixel, pixel + 1, middle - half, middle + half) /
                (2 * half);
        }
    }
}

static void check_truth(const struct ml_shape *shape, double radius,
                        unsigned kind, struct ml_random *random)
{
    const struct ml_value value = {.given = true, .number = radius};
    struct mix_picture in;
    struct mix_run run;
    mix_open(&in, shape);
    mix_fill(&in, random, kind, false);
    mix_run(&run, ml_filter_find("box"), &value, &in, 0, 0, random);
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        struct mix_axis x, y;
        const double side = 2 * radius + 1;
        axis_of_box(&x, ml_plane_width(shape, p),
                    side / (p ? shape->sub_x : 1));
        axis_of_box(&y, ml_plane_height(shape, p),
                    side / (p ? shape->sub_y : 1));
        double *truth = mix_truth(&in, p, &x, &y);
        const double worst = mix_worst(&run.out, p, 0, 0, truth, x.out, y.out);
        if (worst > 1)
            print_error("%ux%u %s %u bits, radius %g, kind %u: %g levels\n",
                        shape->width, shape->height,
                        ml_layout_name(shape->layout), shape->bits, radius,
                        kind, worst);
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
    static const double radii[] = {0.2, 0.5, 1, 1.5, 2.25, 6, 17.9};
    struct ml_random random = {SEED};
    (void)state;
    print_message("seed %llu\n", (unsigned long long)SEED);
    for (size_t s = 0; s < COUNT(box_shapes); s++)
        for (size_t i = 0; i < COUNT(radii); i++)
            for (unsigned kind = 0; kind < 5; kind++)
                check_truth(&box_shapes[s], radii[i], kind, &random);
}

static void the_widest_box_is_within_one_level(void **state)
{
    static const struct ml_shape shapes[] = {{40, 30, ML_RGB, 8, 1, 1},
                                             {30, 40, ML_GRAY, 16, 1, 1}};
    struct ml_random random = {SEED};
    (void)state;
    for (unsigned kind = 0; kind < 5; kind++)
        for (size_t s = 0; s < COUNT(shapes); s++)
            check_truth(&shapes[s], 250, kind, &random);
}

static void a_radius_of_zero_and_flat_pictures_change_nothing(void **state)
{
    static const double radii[] = {0, 0.7, 3, 41};
    struct ml_random random = {SEED};
    (void)state;
    for (size_t i = 0; i < 4 * COUNT(box_shapes); i++) {
        const double radius = radii[i % 4];
        const struct ml_value value = {.given = true, .number = radius};
        struct mix_picture in;
        struct mix_run run;
        mix_open(&in, &box_shapes[i / 4]);
        mix_fill(&in, &random, radius > 0 ? 2 : 0, false);
        mix_run(&run, ml_filter_find("box"), &value, &in, 0, 0, &random);
        assert_memory_equal(run.out.memory, in.memory, in.bytes);
        mix_run_close(&run);
        mix_close(&in);
    }
}

/* A lone white pixel shows the square: 3 x 3 whole, a ring by half. */
static void one_pixel_becomes_the_square(void **state)
{
    static const uint16_t rows[][7] = {
        {0, 0, 0, 0, 0, 0, 0},
        {0, 1024, 2048, 2048, 2048, 1024, 0},
        {0, 2048, 4096, 4096, 4096, 2048, 0},
    };
    const struct ml_shape shape = {7, 7, ML_GRAY, 16, 1, 1};
    const struct ml_value value = {.given = true, .number = 1.5};
    struct ml_random random = {SEED};
    struct mix_picture in;
    struct mix_run run;
    (void)state;
    mix_open(&in, &shape);
    for (uint32_t y = 0; y < 7; y++)
        memset(ml_dst_row(&in.rows, y), 0, 7 * sizeof(uint16_t));
    ((uint16_t *)(void *)ml_dst_row(&in.rows, 3))[3] = 65535;
    mix_run(&run, ml_filter_find("box"), &value, &in, 0, 0, &random);
    for (uint32_t y = 0; y < 7; y++)
        for (uint32_t x = 0; x < 7; x++) {
            const uint32_t row = y < 3 ? y : 6 - y;
            assert_true(mix_sample(&run.out, 0, y, x) ==
                        rows[row < 2 ? row : 2][x]);
        }
    mix_run_close(&run);
    mix_close(&in);
}

static void a_mirrored_picture_makes_the_mirrored_result(void **state)
{
    const struct ml_shape shape = {67, 1, ML_GRAY, 16, 1, 1};
    const struct ml_value value = {.given = true, .number = 4.6};
    struct ml_random random = {SEED};
    struct mix_picture in, mirror;
    struct mix_run run, other;
    (void)state;
    mix_open(&in, &shape);
    mix_open(&mirror, &shape);
    mix_fill(&in, &random, 0, false);
    for (size_t x = 0; x < shape.width; x++)
        memcpy(mirror.memory + 2 * x, in.memory + 2 * (shape.width - 1 - x), 2);
    mix_run(&run, ml_filter_find("box"), &value, &in, 0, 0, &random);
    mix_run(&other, ml_filter_find("box"), &value, &mirror, 0, 0, &random);
    /* Floats are added from the left in both: the last bit may differ. */
    for (uint32_t x = 0; x < shape.width; x++)
        assert_true(fabs(mix_sample(&run.out, 0, 0, x) -
                         mix_sample(&other.out, 0, 0, shape.width - 1 - x)) <=
                    1);
    mix_run_close(&run);
    mix_run_close(&other);
    mix_close(&in);
    mix_close(&mirror);
}

static void needs_reach_the_radius_rounded_up(void **state)
{
    const struct ml_shape shape = {20, 100, ML_RGB, 8, 1, 1};
    const struct ml_value value = {.given = true, .number = 2.1};
    const struct ml_filter *box = ml_filter_find("box");
    struct ml_error err;
    struct mix_run run;
    (void)state;
    assert_int_equal(mix_prepare(&run, box, &value, &shape, 0, 0, &err), ML_OK);
    const struct ml_range middle = box->input_window(run.setup.state, 40, 50);
    assert_int_equal(middle.y, 37);
    assert_int_equal(middle.y_end, 53);
    ml_arena_close(&run.arena);
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_is_within_one_level_of_the_truth),
        cmocka_unit_test(the_widest_box_is_within_one_level),
        cmocka_unit_test(a_radius_of_zero_and_flat_pictures_change_nothing),
        cmocka_unit_test(one_pixel_becomes_the_square),
        cmocka_unit_test(a_mirrored_picture_makes_the_mirrored_result),
        cmocka_unit_test(needs_reach_the_radius_rounded_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
