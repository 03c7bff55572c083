/* test_solarize.c: samples above a level are inverted. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/filters/tones.h"
#include "support/simd_levels.h"

/* Of levels, so that no division decides. */
static double solarized(double x, double percent)
{
    const double level_16 = floor(x * 65535 + 0.5);
    return level_16 * 100 > percent * 65535 ? 1 - x : x;
}

static void samples_above_the_threshold_are_inverted(void **state)
{
    (void)state;
    tones_check("solarize", solarized, 50);
    tones_check("solarize:0%", solarized, 0);
    tones_check("solarize:40%", solarized, 40); /* a level itself */
    tones_check("solarize:66.6%", solarized, 66.6);
}

static void nothing_is_above_white(void **state)
{
    (void)state;
    tones_check_unchanged("solarize:100%");
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_above_the_threshold_are_inverted),
        cmocka_unit_test(nothing_is_above_white),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
