/* test_brightness.c: a factor on every sample. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/filters/tones.h"
#include "support/simd_levels.h"

static double scaled(double x, double percent)
{
    return x * (percent / 100);
}

static void samples_are_multiplied(void **state)
{
    (void)state;
    tones_check("brightness:120%", scaled, 120);
    tones_check("brightness:50%", scaled, 50);
    tones_check("brightness:0%", scaled, 0);
    tones_check("brightness:33.3%", scaled, 33.3);
    tones_check("brightness:1000%", scaled, 1000);
}

static void a_factor_of_one_changes_nothing(void **state)
{
    (void)state;
    tones_check_unchanged("brightness:100%");
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_multiplied),
        cmocka_unit_test(a_factor_of_one_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
