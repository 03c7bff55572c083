/* test_stats.c: order statistics against values worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/stats.h"

#define NEAR(a, b) assert_true((a) - (b) < 1e-12 && (b) - (a) < 1e-12)

static void odd_count_has_a_middle_value(void **state)
{
    (void)state;
    double values[] = {5, 1, 9, 3, 7};
    const struct ml_stats s = ml_stats_of(values, 5);
    NEAR(s.median, 5);
    NEAR(s.min, 1);
    NEAR(s.max, 9);
    NEAR(s.lower, 3);
    NEAR(s.upper, 7);
    NEAR(s.spread, 0.8);
    assert_int_equal(s.count, 5);
}

static void even_count_takes_the_middle_of_two(void **state)
{
    (void)state;
    double values[] = {4, 1, 3, 2};
    const struct ml_stats s = ml_stats_of(values, 4);
    NEAR(s.median, 2.5);
    NEAR(s.lower, 1.75);
    NEAR(s.upper, 3.25);
}

static void one_value_is_all_of_them(void **state)
{
    (void)state;
    double value = 2.5;
    const struct ml_stats s = ml_stats_of(&value, 1);
    NEAR(s.min, 2.5);
    NEAR(s.max, 2.5);
    NEAR(s.median, 2.5);
    NEAR(s.spread, 0);
}

static void an_outlier_does_not_move_the_median(void **state)
{
    (void)state;
    double values[] = {1, 1.1, 0.9, 1e6, 1};
    NEAR(ml_stats_of(values, 5).median, 1);
}

static void zero_median_has_no_spread(void **state)
{
    (void)state;
    double values[] = {-1, 0, 1};
    NEAR(ml_stats_of(values, 3).spread, 0);
}

static void quantiles_reach_both_ends(void **state)
{
    (void)state;
    const double sorted[] = {10, 20, 40};
    NEAR(ml_quantile(sorted, 3, 0), 10);
    NEAR(ml_quantile(sorted, 3, 0.25), 15);
    NEAR(ml_quantile(sorted, 3, 0.95), 38);
    NEAR(ml_quantile(sorted, 3, 1), 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_count_has_a_middle_value),
        cmocka_unit_test(even_count_takes_the_middle_of_two),
        cmocka_unit_test(one_value_is_all_of_them),
        cmocka_unit_test(an_outlier_does_not_move_the_median),
        cmocka_unit_test(zero_median_has_no_spread),
        cmocka_unit_test(quantiles_reach_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
