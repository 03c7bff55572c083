/* test_saturation.c: colours away from their luma or towards it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/filters/tones.h"
#include "support/simd_levels.h"

/* Three weights, each off by half a 65536th. */
#define SLACK (1.5 / 65536)

static void moved(const double in[3], double out[3], double percent)
{
    const double luma = 0.299 * in[0] + 0.587 * in[1] + 0.114 * in[2];
    for (int c = 0; c < 3; c++)
        out[c] = luma + percent / 100 * (in[c] - luma);
}

static void colours_move_along_the_line_from_their_luma(void **state)
{
    (void)state;
    tones_check_colours("saturation:150%", moved, 150, SLACK);
    tones_check_colours("saturation:0%", moved, 0, SLACK);
    tones_check_colours("saturation:50%", moved, 50, SLACK);
    tones_check_colours("saturation:33.3%", moved, 33.3, SLACK);
    tones_check_colours("saturation:1000%", moved, 1000, SLACK);
}

static void a_factor_of_one_changes_nothing(void **state)
{
    (void)state;
    tones_check_unchanged("saturation:100%");
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_move_along_the_line_from_their_luma),
        cmocka_unit_test(a_factor_of_one_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
