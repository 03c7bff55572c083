/* test_erode.c: the smallest sample of squares and discs against a search in
 * doubles, at every size that the loops treat differently; specks and borders.
 *
 * Slow: the search visits every sample of windows up to 201 x 201.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/filters/mix.h"
#include "support/simd_levels.h"

#define SEED UINT64_C(31)
#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { SQUARE, DISC };

static const struct ml_shape shapes[] = {
    {37, 29, ML_GRAY, 8, 1, 1},   {1, 1, ML_RGB, 8, 1, 1},
    {410, 21, ML_RGB, 8, 1, 1},   {19, 40, ML_RGBA, 8, 1, 1},
    {23, 3, ML_GRAYA, 8, 1, 1},   {31, 23, ML_GRAY, 16, 1, 1},
    {300, 11, ML_RGBA, 16, 1, 1}, {1, 47, ML_GRAYA, 16, 1, 1},
};

/* The smallest of the pixels within the window and the picture. */
static double least(const struct mix_picture *in, int64_t x, int64_t y,
                    size_t channel, int64_t radius, int window)
{
    const int64_t width = in->shape.width, height = in->shape.height;
    const size_t channels = ml_channels(in->shape.layout);
    double found = HUGE_VAL;
    for (int64_t row = y - radius; row <= y + radius; row++)
        for (int64_t column = x - radius; column <= x + radius; column++) {
            const double away = hypot((double)(row - y), (double)(column - x));
            if (row < 0 || row >= height || column < 0 || column >= width)
                continue;
            if (window == SQUARE || away <= (double)radius)
                found = fmin(found,
                             mix_sample(in, 0, (uint32_t)row,
                                        (size_t)column * channels + channel));
        }
    return found;
}

static void run_erode(struct mix_run *run, const struct mix_picture *in,
                      double radius, int window)
{
    const struct ml_value values[] = {{.given = true, .number = radius},
                                      {.given = true, .number = window}};
    struct ml_random random = {SEED};
    mix_run(run, ml_filter_find("erode"), values, in, 0, 0, &random);
}

static void check_truth(const struct ml_shape *shape, int64_t radius,
                        int window, struct ml_random *random)
{
    const size_t channels = ml_channels(shape->layout);
    struct mix_picture in;
    struct mix_run run;
    mix_open(&in, shape);
    mix_fill(&in, random, (unsigned)ml_random_below(random, 5), true);
    run_erode(&run, &in, (double)radius, window);
    for (uint32_t y = 0; y < shape->height; y++)
        for (size_t i = 0; i < shape->width * channels; i++) {
            const double want = least(&in, (int64_t)(i / channels), y,
                                      i % channels, radius, window);
            const double got = mix_sample(&run.out, 0, y, i);
            if (got < want || got > want)
                fail_msg("%u x %u %s, radius %d, window %d: %g, not %g",
                         shape->width, shape->height,
                         ml_layout_name(shape->layout), (int)radius, window,
                         got, want);
        }
    mix_run_close(&run);
    mix_close(&in);
}

static void every_sample_is_the_least_of_its_window(void **state)
{
    static const int64_t radii[] = {1, 2, 3, 4, 7, 8, 15};
    struct ml_random random = {SEED};
    (void)state;
    print_message("seed %llu\n", (unsigned long long)SEED);
    for (size_t s = 0; s < COUNT(shapes); s++)
        for (size_t r = 0; r < COUNT(radii); r++) {
            check_truth(&shapes[s], radii[r], SQUARE, &random);
            check_truth(&shapes[s], radii[r], DISC, &random);
        }
}

/* Wider than the picture, and wider than a piece of a row. */
static void the_widest_windows_too(void **state)
{
    static const struct ml_shape wide[] = {{900, 2, ML_RGB, 8, 1, 1},
                                           {5, 120, ML_GRAY, 16, 1, 1}};
    struct ml_random random = {SEED};
    (void)state;
    for (size_t s = 0; s < COUNT(wide); s++) {
        check_truth(&wide[s], 100, SQUARE, &random);
        check_truth(&wide[s], 63, SQUARE, &random);
        check_truth(&wide[s], 100, DISC, &random);
    }
}

/* One dark pixel becomes the window; one light pixel goes. */
static void a_dark_speck_shows_the_window(void **state)
{
    static const char *const disc[] = {"...#...", ".#####.", ".#####.",
                                       "#######", ".#####.", ".#####.",
                                       "...#..."};
    const struct ml_shape shape = {31, 20, ML_GRAY, 8, 1, 1};
    struct mix_picture in;
    (void)state;
    mix_open(&in, &shape);
    for (uint32_t y = 0; y < shape.height; y++)
        memset(ml_dst_row(&in.rows, y), 200, shape.width);
    ml_dst_row(&in.rows, 9)[10] = 7;
    ml_dst_row(&in.rows, 4)[25] = 255;
    for (int window = SQUARE; window <= DISC; window++) {
        struct mix_run run;
        run_erode(&run, &in, 3, window);
        for (uint32_t y = 0; y < shape.height; y++)
            for (uint32_t x = 0; x < shape.width; x++) {
                const bool near = x >= 7 && x < 14 && y >= 6 && y < 13;
                const bool dark =
                    near && (window == SQUARE || disc[y - 6][x - 7] == '#');
                assert_true(mix_sample(&run.out, 0, y, x) == (dark ? 7 : 200));
            }
        mix_run_close(&run);
    }
    mix_close(&in);
}

/* Of premultiplied samples: no colour comes out above its alpha. */
static void colours_stay_at_or_below_alpha(void **state)
{
    const struct ml_shape shape = {120, 40, ML_RGBA, 8, 1, 1};
    struct ml_random random = {SEED};
    struct mix_picture in;
    struct mix_run run;
    (void)state;
    mix_open(&in, &shape);
    mix_fill(&in, &random, 0, true);
    run_erode(&run, &in, 2, DISC);
    for (uint32_t y = 0; y < shape.height; y++)
        for (size_t i = 0; i < 4 * (size_t)shape.width; i++)
            assert_true(mix_sample(&run.out, 0, y, i) <=
                        mix_sample(&run.out, 0, y, i / 4 * 4 + 3));
    mix_run_close(&run);
    mix_close(&in);
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_is_the_least_of_its_window),
        cmocka_unit_test(the_widest_windows_too),
        cmocka_unit_test(a_dark_speck_shows_the_window),
        cmocka_unit_test(colours_stay_at_or_below_alpha),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
