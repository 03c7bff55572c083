/* test_median.c: specks disappear, edges stay, and the median of a square, by
 * counting and not by sorting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/filters/mix.h"
#include "support/simd_levels.h"

#define SEED UINT64_C(11)

static void run_median(struct mix_run *run, double radius,
                       const struct mix_picture *in)
{
    struct ml_random random = {SEED};
    struct ml_value value = {.given = true, .number = radius};
    mix_run(run, ml_filter_find("median"), &value, in, 0, 0, &random);
}

static void open_gray(struct mix_picture *in, uint32_t width, uint32_t height,
                      uint8_t level)
{
    const struct ml_shape shape = {width, height, ML_GRAY, 8, 1, 1};
    mix_open(in, &shape);
    for (uint32_t y = 0; y < height; y++)
        memset(ml_dst_row(&in->rows, y), level, width);
}

static void specks_go(void **state)
{
    (void)state;
    struct mix_picture in;
    struct mix_run run;
    open_gray(&in, 300, 40, 90);
    for (uint32_t y = 1; y < 40; y += 6)
        for (uint32_t x = 0; x < 300; x += 5)
            ml_dst_row(&in.rows, y)[x] = x % 2 ? 255 : 0;
    for (double radius = 1; radius <= 2; radius++) {
        run_median(&run, radius, &in);
        for (uint32_t y = 0; y < 40; y++)
            for (uint32_t x = 0; x < 300; x++)
                assert_true(mix_sample(&run.out, 0, y, x) == 90);
        mix_run_close(&run);
    }
    mix_close(&in);
}

static void edges_stay(void **state)
{
    (void)state;
    struct mix_picture in;
    struct mix_run run;
    open_gray(&in, 290, 30, 10);
    for (uint32_t y = 0; y < 30; y++)
        memset(ml_dst_row(&in.rows, y) + 123, 200, 290 - 123);
    for (double radius = 1; radius <= 2; radius++) {
        run_median(&run, radius, &in);
        for (uint32_t y = 0; y < 30; y++)
            for (uint32_t x = 0; x < 290; x++)
                assert_true(mix_sample(&run.out, 0, y, x) ==
                            (x < 123 ? 10 : 200));
        mix_run_close(&run);
    }
    mix_close(&in);
}

static uint32_t at(int64_t position, uint32_t length)
{
    return position < 0         ? 0
           : position >= length ? length - 1
                                : (uint32_t)position;
}

/* Half of the square is not above the middle, half of it is not below; sample
 * `index` of row `y`. */
static void expect_middle(const struct mix_picture *in, double middle,
                          int64_t radius, size_t index, uint32_t y)
{
    const int64_t half = (2 * radius + 1) * (2 * radius + 1) / 2;
    const size_t channels = ml_channels(in->shape.layout);
    const int64_t x = (int64_t)(index / channels);
    int64_t below = 0, above = 0, same = 0;
    for (int64_t dy = -radius; dy <= radius; dy++)
        for (int64_t dx = -radius; dx <= radius; dx++) {
            const double sample = mix_sample(
                in, 0, at(y + dy, in->shape.height),
                at(x + dx, in->shape.width) * channels + index % channels);
            below += sample < middle;
            above += sample > middle;
            same += !(sample < middle) && !(sample > middle);
        }
    assert_true(same > 0 && below <= half && above <= half);
}

static void check_middles(const struct ml_shape *shape, uint64_t seed,
                          unsigned kind)
{
    const size_t samples = shape->width * (size_t)ml_channels(shape->layout);
    struct ml_random random = {seed};
    struct mix_picture in;
    mix_open(&in, shape);
    mix_fill(&in, &random, kind, true);
    for (int64_t radius = 1; radius <= 2; radius++) {
        struct mix_run run;
        run_median(&run, (double)radius, &in);
        for (uint32_t y = 0; y < shape->height; y++)
            for (size_t i = 0; i < samples; i++)
                expect_middle(&in, mix_sample(&run.out, 0, y, i), radius, i, y);
        mix_run_close(&run);
    }
    mix_close(&in);
}

static void half_is_not_above_and_half_not_below(void **state)
{
    static const struct ml_shape kinds[] = {{.layout = ML_GRAY, .bits = 8},
                                            {.layout = ML_RGB, .bits = 8},
                                            {.layout = ML_RGBA, .bits = 16},
                                            {.layout = ML_GRAYA, .bits = 8},
                                            {.layout = ML_GRAY, .bits = 16}};
    static const uint32_t widths[] = {1, 2, 3, 5, 260, 600};
    (void)state;
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            struct ml_shape shape = kinds[k];
            shape.width = widths[i];
            shape.height = 7;
            shape.sub_x = shape.sub_y = 1;
            check_middles(&shape, SEED + i, (unsigned)(i + k));
        }
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(specks_go),
        cmocka_unit_test(edges_stay),
        cmocka_unit_test(half_is_not_above_and_half_not_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
