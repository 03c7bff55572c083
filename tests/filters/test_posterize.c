/* test_posterize.c: the nearest of a few levels, evenly spaced. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/filters/tones.h"
#include "support/simd_levels.h"

/* By search: the nearest of all that are kept. */
static double nearest_kept(double x, double levels)
{
    double best = 0;
    for (int k = 1; k < (int)levels; k++) {
        const double kept = k / (levels - 1);
        if (fabs(kept - x) < fabs(best - x))
            best = kept;
    }
    return best;
}

static void samples_go_to_the_nearest_level_kept(void **state)
{
    (void)state;
    tones_check("posterize", nearest_kept, 4);
    tones_check("posterize:2", nearest_kept, 2);
    tones_check("posterize:7", nearest_kept, 7);
    tones_check("posterize:255", nearest_kept, 255);
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_go_to_the_nearest_level_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
