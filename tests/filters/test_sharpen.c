/* test_sharpen.c: the unsharp mask against a definition in doubles, its
 * threshold, and pictures with alpha.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/filters/mix.h"
#include "support/simd_levels.h"

#define SEED UINT64_C(99)

enum { AMOUNT, RADIUS, THRESHOLD, VALUES };

static const struct ml_shape sharpen_shapes[] = {
    {61, 43, ML_GRAY, 8, 1, 1},  {1, 1, ML_RGB, 8, 1, 1},
    {130, 37, ML_RGB, 8, 1, 1},  {45, 70, ML_RGBA, 8, 1, 1},
    {77, 3, ML_GRAYA, 8, 1, 1},  {61, 43, ML_GRAY, 16, 1, 1},
    {50, 71, ML_RGB, 16, 1, 1},  {33, 40, ML_RGBA, 16, 1, 1},
    {1, 90, ML_GRAYA, 16, 1, 1}, {95, 1, ML_RGB, 8, 1, 1},
};

static void set_values(struct ml_value *values, double amount, double radius,
                       double threshold)
{
    const double numbers[VALUES] = {amount, radius, threshold};
    for (size_t i = 0; i < VALUES; i++)
        values[i] = (struct ml_value){.given = true, .number = numbers[i]};
}

/* What the sample should be, not rounded; *near_out when the difference is so
 * close to the threshold that either side may be right. */
static double truth_of(const struct mix_picture *in, const double *blurred,
                       uint32_t y, size_t i, const double *number,
                       bool *near_out)
{
    const struct ml_shape *shape = &in->shape;
    const size_t channels = ml_channels(shape->layout);
    const size_t row = (size_t)y * shape->width * channels;
    const size_t a = i - i % channels + channels - 1;
    const double unit = shape->bits == 8 ? 1 : 257;
    const double sample = mix_sample(in, 0, y, i);
    double mean = blurred[row + i], most = 255 * unit;
    *near_out = false;
    if (ml_has_alpha(shape->layout)) {
        most = mix_sample(in, 0, y, a);
        if (i == a || most <= 0)
            return sample;
        mean *= most / blurred[row + a];
    }
    const double d = sample - mean;
    *near_out = fabs(fabs(d) - number[THRESHOLD] * unit) < 0.2 * unit &&
                number[THRESHOLD] > 0;
    const double add = fabs(d) > number[THRESHOLD] * unit ? d : 0;
    return fmin(fmax(sample + number[AMOUNT] * add, 0), most);
}

static void compare(const struct mix_picture *in, const struct mix_run *run,
                    const double *blurred, const double *number)
{
    const struct ml_shape *shape = &in->shape;
    double worst = 0;
    for (uint32_t y = 0; y < shape->height; y++) {
        for (size_t i = 0; i < shape->width * ml_channels(shape->layout); i++) {
            bool near;
            const double want = truth_of(in, blurred, y, i, number, &near);
            const double got = mix_sample(&run->out, 0, y, i);
            if (!near)
                worst = fmax(worst, fabs(got - floor(want + 0.5)));
        }
    }
    if (worst > 1)
        print_error("%ux%u %s %u bits amount %g radius %g: %g levels\n",
                    shape->width, shape->height, ml_layout_name(shape->layout),
                    shape->bits, number[AMOUNT], number[RADIUS], worst);
    assert_true(worst <= 1);
}

static void check_truth(const struct ml_shape *shape, const double *number,
                        unsigned kind, struct ml_random *random)
{
    struct ml_value values[VALUES];
    struct mix_picture in;
    struct mix_run run;
    struct mix_axis x, y;
    set_values(values, number[AMOUNT], number[RADIUS], number[THRESHOLD]);
    mix_open(&in, shape);
    mix_fill(&in, random, kind, true);
    mix_run(&run, ml_filter_find("sharpen"), values, &in, 0, 0, random);
    mix_axis_gauss(&x, shape->width, number[RADIUS]);
    mix_axis_gauss(&y, shape->height, number[RADIUS]);
    double *blurred = mix_truth(&in, 0, &x, &y);
    compare(&in, &run, blurred, number);
    free(blurred);
    mix_axis_close(&x);
    mix_axis_close(&y);
    mix_run_close(&run);
    mix_close(&in);
}

static void every_shape_is_within_one_level_of_the_truth(void **state)
{
    static const double numbers[][VALUES] = {{1, 1, 0}, {0.5, 0.3, 3},
                                             {3, 2, 0}, {10, 1, 8.5},
                                             {0, 1, 0}, {2, 7, 1}};
    struct ml_random random = {SEED};
    (void)state;
    print_message("seed %llu\n", (unsigned long long)SEED);
    for (size_t s = 0; s < sizeof sharpen_shapes / sizeof *sharpen_shapes; s++)
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
            for (unsigned kind = 0; kind < 5; kind++)
                check_truth(&sharpen_shapes[s], numbers[i], kind, &random);
}

/* Sigma is counted in the pixels of each plane. */
static void check_plane(const struct mix_picture *in, const struct mix_run *run,
                        uint32_t p, const double *number)
{
    const struct ml_shape *shape = &in->shape;
    struct mix_axis x, y;
    mix_axis_gauss(&x, ml_plane_width(shape, p),
                   number[RADIUS] / (p ? shape->sub_x : 1));
    mix_axis_gauss(&y, ml_plane_height(shape, p),
                   number[RADIUS] / (p ? shape->sub_y : 1));
    double *truth = mix_truth(in, p, &x, &y);
    for (uint32_t row = 0; row < y.out; row++)
        for (uint32_t i = 0; i < x.out; i++) {
            const double sample = mix_sample(in, p, row, i);
            truth[row * x.out + i] =
                sample + number[AMOUNT] * (sample - truth[row * x.out + i]);
        }
    assert_true(mix_worst(&run->out, p, 0, 0, truth, x.out, y.out) <= 1);
    free(truth);
    mix_axis_close(&x);
    mix_axis_close(&y);
}

static void planes_are_within_one_level_too(void **state)
{
    static const struct ml_shape shapes[] = {{61, 43, ML_YCC, 8, 2, 2},
                                             {64, 30, ML_YCC, 8, 2, 1},
                                             {47, 33, ML_YCC, 8, 1, 1},
                                             {39, 45, ML_YCC, 8, 1, 2}};
    static const double numbers[][VALUES] = {{1, 1, 0}, {3, 2.5, 0}};
    struct ml_random random = {SEED};
    (void)state;
    for (unsigned i = 0; i < 4 * 2 * 5; i++) {
        const double *number = numbers[i / 4 % 2];
        struct ml_value values[VALUES];
        struct mix_picture in;
        struct mix_run run;
        set_values(values, number[AMOUNT], number[RADIUS], 0);
        mix_open(&in, &shapes[i % 4]);
        mix_fill(&in, &random, i / 8, false);
        mix_run(&run, ml_filter_find("sharpen"), values, &in, 0, 0, &random);
        for (uint32_t p = 0; p < 3; p++)
            check_plane(&in, &run, p, number);
        mix_run_close(&run);
        mix_close(&in);
    }
}

static void without_amount_or_above_the_threshold_nothing_changes(void **state)
{
    static const double numbers[][VALUES] = {{0, 2, 0}, {5, 2, 255}};
    struct ml_random random = {SEED};
    (void)state;
    for (size_t s = 0; s < sizeof sharpen_shapes / sizeof *sharpen_shapes; s++)
        for (size_t i = 0; i < 2; i++) {
            struct ml_value values[VALUES];
            struct mix_picture in;
            struct mix_run run;
            set_values(values, numbers[i][0], numbers[i][1], numbers[i][2]);
            mix_open(&in, &sharpen_shapes[s]);
            mix_fill(&in, &random, 0, true);
            mix_run(&run, ml_filter_find("sharpen"), values, &in, 0, 0,
                    &random);
            assert_memory_equal(run.out.memory, in.memory, in.bytes);
            mix_run_close(&run);
            mix_close(&in);
        }
}

/* A white disc's edge in alpha must not lighten or darken its colour. */
static void a_flat_colour_keeps_its_shade_at_edges_of_alpha(void **state)
{
    const struct ml_shape shape = {64, 40, ML_RGBA, 16, 1, 1};
    struct ml_value values[VALUES];
    struct mix_picture in;
    struct mix_run run;
    struct ml_random random = {SEED};
    (void)state;
    mix_open(&in, &shape);
    for (uint32_t y = 0; y < shape.height; y++) {
        uint16_t *row = (uint16_t *)(void *)ml_dst_row(&in.rows, y);
        for (size_t x = 0; x < shape.width; x++) {
            const uint16_t alpha = (uint16_t)(x < 30   ? 0
                                              : x < 32 ? 30000
                                                       : 60000);
            row[4 * x] = alpha;
            row[4 * x + 1] = alpha / 2;
            row[4 * x + 2] = alpha / 10;
            row[4 * x + 3] = alpha;
        }
    }
    set_values(values, 2, 1.5, 0);
    mix_run(&run, ml_filter_find("sharpen"), values, &in, 0, 0, &random);
    for (uint32_t y = 0; y < shape.height; y++)
        for (size_t i = 0; i < 4 * (size_t)shape.width; i++)
            assert_true(fabs(mix_sample(&run.out, 0, y, i) -
                             mix_sample(&in, 0, y, i)) <= 1);
    mix_run_close(&run);
    mix_close(&in);
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_is_within_one_level_of_the_truth),
        cmocka_unit_test(planes_are_within_one_level_too),
        cmocka_unit_test(without_amount_or_above_the_threshold_nothing_changes),
        cmocka_unit_test(a_flat_colour_keeps_its_shade_at_edges_of_alpha),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
