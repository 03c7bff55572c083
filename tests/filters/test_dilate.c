/* test_dilate.c: light areas grow to all pixels within the radius, by
 * distances; a dilation is an erosion of the negative; openings and closings
 * are what their names say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/filters/mix.h"
#include "support/simd_levels.h"

#define SEED UINT64_C(47)
#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { SQUARE, DISC };

static void run_filter(struct mix_run *run, const char *name,
                       const struct mix_picture *in, double radius, int window)
{
    const struct ml_value values[] = {{.given = true, .number = radius},
                                      {.given = true, .number = window}};
    struct ml_random random = {SEED};
    mix_run(run, ml_filter_find(name), values, in, 0, 0, &random);
}

/* Dots of a picture, and whether one of them is within reach of a pixel. */
struct dot {
    int64_t x, y;
};

static bool reached(const struct dot *dots, size_t count, int64_t x, int64_t y,
                    int64_t radius, int window)
{
    for (size_t i = 0; i < count; i++) {
        const int64_t dx = dots[i].x - x, dy = dots[i].y - y;
        if (dx < -radius || dx > radius || dy < -radius || dy > radius)
            continue;
        if (window == SQUARE || dx * dx + dy * dy <= radius * radius)
            return true;
    }
    return false;
}

static void light_grows_to_what_is_within_the_radius(void **state)
{
    static const int64_t radii[] = {1, 2, 5, 11, 40};
    const struct ml_shape shape = {173, 90, ML_GRAY, 16, 1, 1};
    struct ml_random random = {SEED};
    struct dot dots[9];
    struct mix_picture in;
    (void)state;
    mix_open(&in, &shape);
    for (uint32_t y = 0; y < shape.height; y++)
        memset(ml_dst_row(&in.rows, y), 0, shape.width * 2);
    for (size_t i = 0; i < COUNT(dots); i++) {
        dots[i].x = ml_random_below(&random, shape.width);
        dots[i].y = ml_random_below(&random, shape.height);
        uint16_t *row =
            (uint16_t *)(void *)ml_dst_row(&in.rows, (uint32_t)dots[i].y);
        row[dots[i].x] = 54321;
    }
    for (size_t r = 0; r < 2 * COUNT(radii); r++) {
        const int64_t radius = radii[r / 2];
        const int window = r % 2 ? DISC : SQUARE;
        struct mix_run run;
        run_filter(&run, "dilate", &in, (double)radius, window);
        for (uint32_t y = 0; y < shape.height; y++)
            for (uint32_t x = 0; x < shape.width; x++)
                assert_true(mix_sample(&run.out, 0, y, x) ==
                            (reached(dots, COUNT(dots), x, y, radius, window)
                                 ? 54321
                                 : 0));
        mix_run_close(&run);
    }
    mix_close(&in);
}

static void negate(struct mix_picture *to, const struct mix_picture *from)
{
    for (size_t i = 0; i < from->bytes; i++)
        to->memory[i] = (uint8_t)~from->memory[i];
}

static void a_dilation_is_an_erosion_of_the_negative(void **state)
{
    static const struct ml_shape shapes[] = {
        {61, 33, ML_GRAY, 8, 1, 1},   {300, 9, ML_RGB, 8, 1, 1},
        {20, 40, ML_RGBA, 16, 1, 1},  {1, 50, ML_GRAYA, 8, 1, 1},
        {700, 17, ML_GRAY, 16, 1, 1},
    };
    struct ml_random random = {SEED};
    (void)state;
    for (size_t i = 0; i < 5 * COUNT(shapes); i++) {
        const struct ml_shape *shape = &shapes[i / 5];
        const double radius = (double)(1 + i % 5 * 3);
        struct mix_picture in, negative;
        struct mix_run light, dark;
        mix_open(&in, shape);
        mix_open(&negative, shape);
        mix_fill(&in, &random, (unsigned)i, false);
        negate(&negative, &in);
        run_filter(&light, "dilate", &in, radius, i % 2 ? DISC : SQUARE);
        run_filter(&dark, "erode", &negative, radius, i % 2 ? DISC : SQUARE);
        const double white = shape->bits == 8 ? 255 : 65535;
        for (uint32_t y = 0; y < shape->height; y++)
            for (size_t x = 0; x < shape->width * ml_channels(shape->layout);
                 x++)
                assert_true(mix_sample(&light.out, 0, y, x) ==
                            white - mix_sample(&dark.out, 0, y, x));
        mix_run_close(&light);
        mix_run_close(&dark);
        mix_close(&in);
        mix_close(&negative);
    }
}

/* Closed (dilated, then eroded) nothing is darker; closed once more it stays as
 * it is. */
static void closing_never_darkens_and_is_done_once(void **state)
{
    const struct ml_shape shape = {97, 41, ML_RGB, 8, 1, 1};
    struct ml_random random = {SEED};
    struct mix_picture in;
    (void)state;
    mix_open(&in, &shape);
    mix_fill(&in, &random, 0, false);
    for (int window = SQUARE; window <= DISC; window++) {
        struct mix_run wide, closed, wider, again;
        run_filter(&wide, "dilate", &in, 3, window);
        run_filter(&closed, "erode", &wide.out, 3, window);
        run_filter(&wider, "dilate", &closed.out, 3, window);
        run_filter(&again, "erode", &wider.out, 3, window);
        for (uint32_t y = 0; y < shape.height; y++)
            for (size_t x = 0; x < 3 * (size_t)shape.width; x++) {
                const double once = mix_sample(&closed.out, 0, y, x);
                assert_true(once >= mix_sample(&in, 0, y, x));
                assert_true(once == mix_sample(&again.out, 0, y, x));
            }
        mix_run_close(&wide);
        mix_run_close(&closed);
        mix_run_close(&wider);
        mix_run_close(&again);
    }
    mix_close(&in);
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(light_grows_to_what_is_within_the_radius),
        cmocka_unit_test(a_dilation_is_an_erosion_of_the_negative),
        cmocka_unit_test(closing_never_darkens_and_is_done_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
