/* test_gray.c: luma against its definition in doubles; gray pictures; the Y
 * plane of a JPEG.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "image/luma.h"
#include "support/filters/mix.h"
#include "support/simd_levels.h"

#define SEED UINT64_C(3)

static void luma_is_within_a_level_of_its_definition(void **state)
{
    static const struct ml_shape shapes[] = {{61, 37, ML_RGB, 8, 1, 1},
                                             {40, 51, ML_RGBA, 8, 1, 1},
                                             {61, 37, ML_RGB, 16, 1, 1},
                                             {40, 51, ML_RGBA, 16, 1, 1}};
    struct ml_random random = {SEED};
    (void)state;
    for (unsigned kind = 0; kind < 5; kind++) {
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            const size_t channels = ml_channels(shapes[i].layout);
            struct mix_picture in;
            struct mix_run run;
            mix_open(&in, &shapes[i]);
            mix_fill(&in, &random, kind, false);
            mix_run(&run, ml_filter_find("gray"), NULL, &in, 0, 0, &random);
            assert_int_equal(run.out.shape.layout,
                             channels == 4 ? ML_GRAYA : ML_GRAY);
            for (uint32_t y = 0; y < shapes[i].height; y++) {
                for (size_t x = 0; x < shapes[i].width; x++) {
                    const size_t at = x * channels, to = x * (channels - 2);
                    const double want = 0.299 * mix_sample(&in, 0, y, at) +
                                        0.587 * mix_sample(&in, 0, y, at + 1) +
                                        0.114 * mix_sample(&in, 0, y, at + 2);
                    assert_true(fabs(mix_sample(&run.out, 0, y, to) - want) <
                                1);
                    if (channels == 4)
                        assert_true(mix_sample(&run.out, 0, y, to + 1) ==
                                    mix_sample(&in, 0, y, at + 3));
                }
            }
            mix_run_close(&run);
            mix_close(&in);
        }
    }
}

/* One row that has every level as R = G = B, at either depth. */
static void equal_colours_keep_their_level(void **state)
{
    (void)state;
    for (uint8_t bits = 8; bits <= 16; bits += 8) {
        const uint32_t levels = bits == 8 ? 256 : 65536;
        const struct ml_shape shape = {levels, 1, ML_RGB, bits, 1, 1};
        struct ml_random random = {SEED};
        struct mix_picture in;
        struct mix_run run;
        mix_open(&in, &shape);
        for (uint32_t i = 0; i < 3 * levels; i++) {
            if (bits == 8)
                in.rows.data[0][i] = (uint8_t)(i / 3);
            else
                ((uint16_t *)(void *)in.rows.data[0])[i] = (uint16_t)(i / 3);
        }
        mix_run(&run, ml_filter_find("gray"), NULL, &in, 0, 0, &random);
        for (uint32_t i = 0; i < levels; i++)
            assert_true(mix_sample(&run.out, 0, 0, i) == i);
        mix_run_close(&run);
        mix_close(&in);
    }
}

/* A background, a generated picture and the filter make the same gray. */
static void luma_of_a_colour_is_what_the_filter_makes(void **state)
{
    (void)state;
    for (uint8_t bits = 8; bits <= 16; bits += 8) {
        const struct ml_shape shape = {500, 40, ML_RGB, bits, 1, 1};
        struct ml_random random = {SEED};
        struct mix_picture in;
        struct mix_run run;
        mix_open(&in, &shape);
        mix_fill(&in, &random, 0, false);
        mix_run(&run, ml_filter_find("gray"), NULL, &in, 0, 0, &random);
        for (uint32_t y = 0; y < shape.height; y++) {
            for (size_t x = 0; x < shape.width; x++) {
                uint32_t rgb[3];
                for (size_t c = 0; c < 3; c++)
                    rgb[c] = (uint32_t)mix_sample(&in, 0, y, 3 * x + c);
                assert_true(ml_luma(rgb[0], rgb[1], rgb[2]) ==
                            mix_sample(&run.out, 0, y, x));
            }
        }
        mix_run_close(&run);
        mix_close(&in);
    }
}

static void gray_pictures_pass_unchanged(void **state)
{
    static const enum ml_layout layouts[] = {ML_GRAY, ML_GRAYA};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct ml_shape shape = {5, 5, layouts[i], 8, 1, 1};
        struct mix_run run;
        struct ml_error err;
        assert_int_equal(
            mix_prepare(&run, ml_filter_find("gray"), NULL, &shape, 0, 0, &err),
            ML_OK);
        assert_true(run.setup.is_identity);
        ml_arena_close(&run.arena);
    }
}

static void the_gray_of_planes_is_their_first(void **state)
{
    const struct ml_shape shape = {33, 21, ML_YCC, 8, 2, 2};
    struct ml_random random = {SEED};
    struct mix_picture in;
    struct mix_run run;
    (void)state;
    mix_open(&in, &shape);
    mix_fill(&in, &random, 0, false);
    mix_run(&run, ml_filter_find("gray"), NULL, &in, 0, 0, &random);
    assert_int_equal(run.out.shape.layout, ML_GRAY);
    assert_int_equal(run.out.shape.sub_x, 1);
    assert_int_equal(run.out.shape.sub_y, 1);
    for (uint32_t y = 0; y < shape.height; y++)
        for (uint32_t x = 0; x < shape.width; x++)
            assert_true(mix_sample(&run.out, 0, y, x) ==
                        mix_sample(&in, 0, y, x));
    mix_run_close(&run);
    mix_close(&in);
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(luma_is_within_a_level_of_its_definition),
        cmocka_unit_test(equal_colours_keep_their_level),
        cmocka_unit_test(luma_of_a_colour_is_what_the_filter_makes),
        cmocka_unit_test(gray_pictures_pass_unchanged),
        cmocka_unit_test(the_gray_of_planes_is_their_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
