/* bar_chart.c: speed-ups as bars; see compare_state.h.
 *
 *     threads -j 2  ######################--  1.92
 *
 * The bar of # ends at the lower bound of the speed-up, the bar of - at the
 * upper one: the bounds of the interval of the wall time.
 */
#include <stdio.h>
#include <string.h>

#include "command/cli/display_width.h"
#include "command/compare/compare_state.h"

#define CHART_MARGIN 3
#define CHART_NUMBER 10 /* columns after the bar */
#define CHART_NARROW 10
#define CHART_GREEN "\033[32m"
#define CHART_PLAIN "\033[0m"

static double bar_chart_most(const struct ml_compare *compare, double base)
{
    double most = 1;
    for (size_t i = 0; i < compare->config_count; i++) {
        const double up = base / compare->results[i].candidate.wall.lower;
        most = up > most ? up : most;
    }
    return most;
}

/* Is no configuration significantly faster? */
static bool bar_chart_is_fastest(const struct ml_compare *compare,
                                 size_t result)
{
    for (size_t i = 0; i < compare->config_count; i++) {
        if (ml_ci_less(&compare->results[i].candidate.wall,
                       &compare->results[result].candidate.wall))
            return false;
    }
    return true;
}

static void bar_chart_marks(char mark, int count)
{
    for (int i = 0; i < count; i++)
        (void)putchar(mark);
}

void ml_compare_chart(const struct ml_compare *compare, int width, int columns,
                      bool colour)
{
    const struct ml_candidate *base =
        &compare->results[compare->base].candidate;
    const double most = bar_chart_most(compare, base->wall.median);
    int longest = columns - width - CHART_MARGIN - CHART_NUMBER;
    longest = longest < CHART_NARROW ? CHART_NARROW : longest;
    (void)printf("Speed-up over %s (- is uncertain)\n", base->label);
    for (size_t i = 0; i < compare->config_count; i++) {
        const struct ml_compare_result *result = &compare->results[i];
        const struct ml_ci *wall = &result->candidate.wall;
        const double scale = longest / most * base->wall.median;
        const int sure = (int)(scale / wall->upper);
        const int maybe = (int)(scale / wall->lower) - sure;
        const bool green = colour && bar_chart_is_fastest(compare, i);
        (void)printf("  ");
        ml_print_padded(stdout, result->candidate.label, (size_t)width);
        (void)printf(" %s", green ? CHART_GREEN : "");
        bar_chart_marks('#', sure);
        bar_chart_marks('-', maybe);
        (void)printf("%s %.2f\n", green ? CHART_PLAIN : "", result->speedup);
    }
}
