/* test_sepia.c: the matrix of the CSS filter, faded in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/filters/tones.h"
#include "support/simd_levels.h"

/* Three weights, each off by half a 65536th. */
#define SLACK (1.5 / 65536)

static void browned(const double in[3], double out[3], double percent)
{
    const double full[3] = {0.393 * in[0] + 0.769 * in[1] + 0.189 * in[2],
                            0.349 * in[0] + 0.686 * in[1] + 0.168 * in[2],
                            0.272 * in[0] + 0.534 * in[1] + 0.131 * in[2]};
    for (int c = 0; c < 3; c++)
        out[c] = in[c] + percent / 100 * (full[c] - in[c]);
}

static void colours_fade_into_those_of_the_matrix(void **state)
{
    (void)state;
    tones_check_colours("sepia", browned, 100, SLACK);
    tones_check_colours("sepia:80%", browned, 80, SLACK);
    tones_check_colours("sepia:12.5%", browned, 12.5, SLACK);
}

static void none_of_it_changes_nothing(void **state)
{
    (void)state;
    tones_check_unchanged("sepia:0%");
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_fade_into_those_of_the_matrix),
        cmocka_unit_test(none_of_it_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
