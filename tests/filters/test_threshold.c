/* test_threshold.c: black below a level, white from it on. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/filters/tones.h"
#include "support/simd_levels.h"

/* Of levels, so that no division decides. */
static double two_tones(double x, double percent)
{
    const double level_16 = floor(x * 65535 + 0.5);
    return level_16 * 100 < percent * 65535 ? 0 : 1;
}

static void samples_are_black_or_white(void **state)
{
    (void)state;
    tones_check("threshold", two_tones, 50);
    tones_check("threshold:0%", two_tones, 0);
    tones_check("threshold:40%", two_tones, 40); /* a level itself */
    tones_check("threshold:33.3%", two_tones, 33.3);
    tones_check("threshold:100%", two_tones, 100);
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_black_or_white),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
