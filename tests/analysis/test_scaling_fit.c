/* test_scaling_fit.c: laws of scaling, against values worked out by hand,
 * curves made from known parameters, and a published measurement. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "analysis/scaling_fit.h"

static void assert_near(double value, double wanted, double off)
{
    if (!(fabs(value - wanted) <= off))
        fail_msg("%.9g is not %.9g", value, wanted);
}

/* Speed-up 1.5 with two: 1/1.5 - 1/2 = 1/6, twice that. */
static void karp_and_flatt_by_hand(void **state)
{
    (void)state;
    assert_near(ml_karp_flatt(1.5, 2), 1.0 / 3, 1e-12);
    assert_near(ml_karp_flatt(4, 4), 0, 1e-12);
    assert_near(ml_karp_flatt(1, 8), 1, 1e-12);
    assert_true(ml_karp_flatt(2.5, 2) < 0); /* more than the width */
}

static size_t curve(struct ml_scaling_point *points, size_t count, double sigma,
                    double kappa)
{
    const struct ml_scaling truth = {.sigma = sigma, .kappa = kappa};
    for (size_t i = 0; i < count; i++) {
        points[i].width = (double)(i + 1);
        points[i].speedup = ml_scaling_at(&truth, points[i].width);
    }
    return count;
}

static void known_parameters_are_found_again(void **state)
{
    (void)state;
    static const double truths[][2] = {{0, 0},       {0.02, 0.0005}, {0.3, 0},
                                       {0, 0.01},    {0.15, 0.03},   {1, 0},
                                       {0.9, 0.002}, {0.05, 0.2}};
    struct ml_scaling_point points[32];
    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
        for (size_t count = 3; count <= 32; count += 29) {
            (void)curve(points, count, truths[i][0], truths[i][1]);
            const struct ml_scaling fit = ml_fit_usl(points, count);
            assert_near(fit.sigma, truths[i][0], 1e-4);
            assert_near(fit.kappa, truths[i][1], 1e-4);
            assert_near(fit.error, 0, 1e-4);
        }
    }
}

static void amdahl_has_no_crosstalk(void **state)
{
    (void)state;
    struct ml_scaling_point points[4];
    const struct ml_scaling fit =
        ml_fit_amdahl(points, curve(points, 4, 0.25, 0));
    assert_near(fit.sigma, 0.25, 1e-6);
    assert_near(fit.kappa, 0, 0);
    assert_true(isinf(fit.best_width));
    assert_near(ml_scaling_at(&fit, 4), 4 / 1.75, 1e-6);
}

/* n* = sqrt((1 - 0.19) / 0.01) = 9 */
static void the_best_width_by_hand(void **state)
{
    (void)state;
    struct ml_scaling_point points[16];
    const struct ml_scaling fit =
        ml_fit_usl(points, curve(points, 16, 0.19, 0.01));
    assert_near(fit.best_width, 9, 1e-3);
}

/* A speed-up larger than the width fits as 0, not below. */
static void parameters_stay_at_least_zero(void **state)
{
    (void)state;
    static const struct ml_scaling_point points[] = {
        {1, 1}, {2, 2.2}, {4, 4.6}};
    const struct ml_scaling fit = ml_fit_usl(points, 3);
    assert_near(fit.sigma, 0, 0);
    assert_near(fit.kappa, 0, 0);
    assert_true(fit.error > 0.1);
}

/* Slower with more workers: sigma is at most 1, the rest is crosstalk. */
static void a_mode_that_gets_slower_is_best_at_width_one(void **state)
{
    (void)state;
    static const struct ml_scaling_point points[] = {
        {1, 1}, {2, 0.6}, {4, 0.3}};
    const struct ml_scaling fit = ml_fit_usl(points, 3);
    assert_true(fit.sigma <= 1 && fit.kappa > 0.1);
    assert_near(fit.best_width, 1, 0);
}

/* A thumbnailing benchmark of libvips (issue 595 of its tracker) at one to
 * eight threads, with the fits of both laws to two digits. */
static void a_published_measurement_fits_as_published(void **state)
{
    (void)state;
    static const double measured[] = {1.00, 1.63, 2.01, 2.19,
                                      2.21, 2.19, 2.16, 2.09};
    static const double usl[] = {1.00, 1.64, 2.00, 2.17,
                                 2.22, 2.21, 2.15, 2.08};
    static const double amdahl[] = {1.00, 1.48, 1.77, 1.96,
                                    2.09, 2.19, 2.27, 2.33};
    struct ml_scaling_point points[8];
    for (size_t i = 0; i < 8; i++)
        points[i] = (struct ml_scaling_point){(double)(i + 1), measured[i]};
    const struct ml_scaling two = ml_fit_usl(points, 8);
    const struct ml_scaling one = ml_fit_amdahl(points, 8);
    for (size_t i = 0; i < 8; i++) {
        assert_near(ml_scaling_at(&two, points[i].width), usl[i], 0.005001);
        assert_near(ml_scaling_at(&one, points[i].width), amdahl[i], 0.011);
    }
    assert_near(one.sigma, 0.347, 0.001);
    assert_near(two.sigma, 0.1555, 0.001);
    assert_near(two.kappa, 0.0313, 0.0005);
    assert_near(two.best_width, 5.19, 0.02);
    assert_true(two.error < one.error / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(karp_and_flatt_by_hand),
        cmocka_unit_test(known_parameters_are_found_again),
        cmocka_unit_test(amdahl_has_no_crosstalk),
        cmocka_unit_test(the_best_width_by_hand),
        cmocka_unit_test(parameters_stay_at_least_zero),
        cmocka_unit_test(a_mode_that_gets_slower_is_best_at_width_one),
        cmocka_unit_test(a_published_measurement_fits_as_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
