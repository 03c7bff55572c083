/* Histograms: quantiles within an eighth, sums and maxima exact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/histogram.h"
#include "base/random.h"

static void an_empty_one_says_zero(void **state)
{
    (void)state;
    const struct ml_histogram empty = {0};
    assert_int_equal(ml_histogram_quantile(&empty, 0.5), 0);
    assert_int_equal(ml_histogram_quantile(&empty, 1), 0);
}

static void one_time_is_every_quantile(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 64; shift++) {
        struct ml_histogram one = {0};
        const uint64_t ns = (UINT64_C(1) << shift) + shift;
        ml_histogram_record(&one, ns);
        assert_int_equal(ml_histogram_quantile(&one, 0), ns);
        assert_int_equal(ml_histogram_quantile(&one, 0.5), ns);
        assert_int_equal(ml_histogram_quantile(&one, 1), ns);
        assert_int_equal(one.sum_ns, ns);
    }
}

static int compare_u64(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static void a_quantile_is_at_most_an_eighth_too_high(void **state)
{
    (void)state;
    enum { times = 4000 };
    static uint64_t all[times];
    struct ml_random random = {.state = 7};
    struct ml_histogram first = {0}, second = {0};
    uint64_t sum = 0;
    for (size_t i = 0; i < times; i++) {
        /* All magnitudes alike, up to the largest kept apart. */
        const uint32_t shift = ml_random_below(&random, 38);
        all[i] = (UINT64_C(1) << shift) +
                 ml_random_below(&random, 1U << 30) % (UINT64_C(1) << shift);
        sum += all[i];
        ml_histogram_record(i % 2 ? &first : &second, all[i]);
    }
    ml_histogram_add(&first, &second);
    qsort(all, times, sizeof *all, compare_u64);
    assert_int_equal(first.count, times);
    assert_int_equal(first.sum_ns, sum);
    assert_int_equal(first.max_ns, all[times - 1]);
    for (size_t rank = 1; rank <= times; rank++) {
        /* Half a rank below: no rounding of the product crosses it. */
        const uint64_t got =
            ml_histogram_quantile(&first, ((double)rank - 0.5) / times);
        const uint64_t exact = all[rank - 1];
        assert_true(got >= exact && got <= exact + exact / 8 + 1);
    }
}

static void what_lasts_too_long_is_in_the_last_bucket(void **state)
{
    (void)state;
    struct ml_histogram long_ones = {0};
    ml_histogram_record(&long_ones, UINT64_C(1) << 41);
    ml_histogram_record(&long_ones, UINT64_C(1) << 50);
    assert_int_equal(long_ones.buckets[ML_HISTOGRAM_BUCKETS - 1], 2);
    assert_int_equal(ml_histogram_quantile(&long_ones, 1), UINT64_C(1) << 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_says_zero),
        cmocka_unit_test(one_time_is_every_quantile),
        cmocka_unit_test(a_quantile_is_at_most_an_eighth_too_high),
        cmocka_unit_test(what_lasts_too_long_is_in_the_last_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
