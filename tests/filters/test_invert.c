/* test_invert.c: white minus a sample, and the planes of JPEG, whose chroma
 * changes its sign around 128.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/filters/mix.h"
#include "support/filters/tones.h"
#include "support/simd_levels.h"

#define SEED UINT64_C(9)

static double negative(double x, double unused)
{
    (void)unused;
    return 1 - x;
}

static void samples_are_subtracted_from_white(void **state)
{
    (void)state;
    tones_check("invert", negative, 0);
}

static void inks_are_inverted_too(void **state)
{
    const struct ml_shape shape = {61, 37, ML_CMYK, 8, 1, 1};
    struct ml_random random = {SEED};
    struct mix_picture in;
    struct mix_run run;
    (void)state;
    mix_open(&in, &shape);
    mix_fill(&in, &random, 0, false);
    mix_run(&run, ml_filter_find("invert"), NULL, &in, 0, 0, &random);
    for (uint32_t y = 0; y < shape.height; y++)
        for (size_t i = 0; i < (size_t)shape.width * 4; i++)
            assert_true(mix_sample(&run.out, 0, y, i) ==
                        255 - mix_sample(&in, 0, y, i));
    mix_run_close(&run);
    mix_close(&in);
}

static void chroma_changes_its_sign(void **state)
{
    const struct ml_shape shape = {641, 37, ML_YCC, 8, 2, 2};
    struct ml_random random = {SEED};
    struct mix_picture in;
    struct mix_run run;
    (void)state;
    mix_open(&in, &shape);
    mix_fill(&in, &random, 0, false);
    in.rows.data[1][0] = in.rows.data[2][0] = 0; /* 256 is not to be had */
    in.rows.data[1][1] = in.rows.data[2][1] = 128;
    mix_run(&run, ml_filter_find("invert"), NULL, &in, 0, 0, &random);
    for (uint32_t p = 0; p < ml_plane_count(&shape); p++)
        for (uint32_t y = 0; y < ml_plane_height(&shape, p); y++)
            for (size_t x = 0; x < ml_plane_width(&shape, p); x++) {
                const double from = mix_sample(&in, p, y, x);
                const double turned = from == 0 ? 255 : 256 - from;
                assert_true(mix_sample(&run.out, p, y, x) ==
                            (p == 0 ? 255 - from : turned));
            }
    mix_run_close(&run);
    mix_close(&in);
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_subtracted_from_white),
        cmocka_unit_test(inks_are_inverted_too),
        cmocka_unit_test(chroma_changes_its_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
