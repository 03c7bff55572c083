/* test_contrast.c: a factor on the distance from mid-gray. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/filters/tones.h"
#include "support/simd_levels.h"

static double spread(double x, double percent)
{
    return 0.5 + percent / 100 * (x - 0.5);
}

static void distances_from_the_middle_are_multiplied(void **state)
{
    (void)state;
    tones_check("contrast:130%", spread, 130);
    tones_check("contrast:50%", spread, 50);
    tones_check("contrast:0%", spread, 0);
    tones_check("contrast:77.7%", spread, 77.7);
    tones_check("contrast:1000%", spread, 1000);
}

static void a_factor_of_one_changes_nothing(void **state)
{
    (void)state;
    tones_check_unchanged("contrast:100%");
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_from_the_middle_are_multiplied),
        cmocka_unit_test(a_factor_of_one_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
