/* test_bootstrap_ci.c: intervals of medians: worked out by hand, the same for
 * the same seed, and which medians differ significantly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/bootstrap_ci.h"
#include "base/random.h"

/* The median of five draws is the least of five values when at least three
 * draws are: in 5.8 % of all cases, more than the 2.5 % that are cut off. */
static void of_five_it_is_the_least_and_the_most(void **state)
{
    (void)state;
    static const double values[] = {3, 1, 5, 2, 4};
    for (uint64_t seed = 0; seed < 20; seed++) {
        const struct ml_ci i = ml_ci_of(values, 5, seed);
        assert_true(i.median == 3 && i.lower == 1 && i.upper == 5);
        assert_int_equal(i.count, 5);
    }
    assert_true(values[0] == 3 && values[4] == 4); /* not modified */
}

/* Of nine draws: the median is at most the k-th of nine with the chance that a
 * binomial of nine and k/9 is at least five: 0.14 % for k = 1, 3.0 % for k = 2,
 * so the cut of 2.5 % is at the second, and by symmetry at the eighth. */
static void of_nine_it_is_the_second_and_the_last_but_one(void **state)
{
    (void)state;
    static const double values[] = {9, 8, 7, 6, 5, 4, 3, 2, 1};
    size_t right = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        const struct ml_ci i = ml_ci_of(values, 9, seed);
        assert_true(i.median == 5);
        right += i.lower == 2 && i.upper == 8;
    }
    assert_true(right >= 18);
}

static void the_same_seed_gives_the_same(void **state)
{
    (void)state;
    double values[40];
    struct ml_random random = {7};
    for (size_t i = 0; i < 40; i++)
        values[i] = ml_random_unit(&random);
    const struct ml_ci a = ml_ci_of(values, 40, 1);
    const struct ml_ci b = ml_ci_of(values, 40, 1);
    assert_true(a.lower == b.lower && a.upper == b.upper);
    assert_true(a.lower < a.median && a.median < a.upper);
}

static void one_value_has_no_width_and_proves_nothing(void **state)
{
    (void)state;
    static const double one = 2, two = 3;
    const struct ml_ci a = ml_ci_of(&one, 1, 0);
    const struct ml_ci b = ml_ci_of(&two, 1, 0);
    assert_true(a.lower == 2 && a.upper == 2);
    assert_false(ml_ci_disjoint(&a, &b));
}

static void intervals_that_touch_show_no_difference(void **state)
{
    (void)state;
    const struct ml_ci a = {1.0, 0.9, 1.1, 5}, b = {1.2, 1.1, 1.3, 5},
                       c = {1.3, 1.11, 1.4, 5}, few = {9, 8, 10, 4};
    assert_false(ml_ci_disjoint(&a, &b));
    assert_true(ml_ci_disjoint(&a, &c));
    assert_true(ml_ci_disjoint(&c, &a));
    assert_true(ml_ci_less(&a, &c));
    assert_false(ml_ci_less(&c, &a));
    assert_false(ml_ci_disjoint(&a, &few));
    assert_false(ml_ci_disjoint(&a, &a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_five_it_is_the_least_and_the_most),
        cmocka_unit_test(of_nine_it_is_the_second_and_the_last_but_one),
        cmocka_unit_test(the_same_seed_gives_the_same),
        cmocka_unit_test(one_value_has_no_width_and_proves_nothing),
        cmocka_unit_test(intervals_that_touch_show_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
