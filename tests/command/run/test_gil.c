/* test_gil.c: the options of the interpreter lock, and what a run reports of
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>

#include "base/random.h"
#include "command/report/json.h"
#include "support/temp_dir.h"

static int make_pictures(void **state)
{
    if (place_open(state) != 0)
        return -1;
    place_passes(*state, "$M gen --count 6 --size 200x150 in && "
                         "$M run -m serial -f blur:2 in -o want");
    return 0;
}

static json_t *run(struct place *place, const char *options)
{
    char line[512];
    (void)snprintf(line, sizeof line,
                   "rm -rf out; $M run -s %s -f blur:2 --json in -o out > doc "
                   "&& diff -r want out",
                   options);
    place_passes(place, line);
    return place_json("doc");
}

static void the_options_reach_the_lock(void **state)
{
    static const struct {
        const char *options, *policy, *flavour, *scope;
        double interval_ms;
        bool looks, locks;
    } runs[] = {
        {"-m gil", "hold", "3.11", "process", 5, true, true},
        {"-m gil --gil release --gil-interval 1ms", "release", "3.11",
         "process", 1, false, true},
        {"-m gil -j 3 --gil nocheck --gil-flavour 3.13", "nocheck", "3.13",
         "process", 5, false, true},
        {"-m gil --gil hold --gil-scope worker --gil-interval 20us", "hold",
         "3.11", "worker", 0.02, true, true},
        {"-m gil --gil-flavour 3.13t --cpu-factor 2", NULL, "3.13t", NULL, 0,
         false, false},
        {"-m gil --gil-flavour 3.13t --inner 2", NULL, "3.13t", NULL, 0, false,
         false},
    };
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        json_t *document = run(*state, runs[i].options);
        const json_t *gil = json_object_get(document, "gil");
        assert_string_equal(place_json_text(gil, "flavour"), runs[i].flavour);
        if (runs[i].policy) {
            assert_string_equal(place_json_text(gil, "habit"), runs[i].policy);
            assert_string_equal(place_json_text(gil, "scope"), runs[i].scope);
        } else {
            assert_true(json_is_null(json_object_get(gil, "habit")) &&
                        json_is_null(json_object_get(gil, "scope")) &&
                        json_is_null(json_object_get(gil, "interval_ms")));
        }
        const double interval =
            json_number_value(json_object_get(gil, "interval_ms"));
        assert_true(interval >= runs[i].interval_ms * 0.999 &&
                    interval <= runs[i].interval_ms * 1.001);
        assert_int_equal(place_json_number(gil, "checkpoints") > 0,
                         runs[i].looks);
        assert_int_equal(place_json_number(gil, "acquisitions") > 0,
                         runs[i].locks);
        json_decref(document);
    }
}

static void other_modes_have_no_lock_to_tell_of(void **state)
{
    json_t *document = run(*state, "-m threads");
    assert_null(json_object_get(document, "gil"));
    json_decref(document);
}

static void verbose_tells_of_the_lock(void **state)
{
    place_passes(*state, "$M run -v -m gil in -o v1");
    place_says(*state, "interpreter lock: acquired ");
    place_says(*state, " contended, ");
    place_says(*state, " switches forced\n");
    place_says(*state, "\n    holds: ");
    place_says(*state, ", total ");
    place_says(*state, ", p99 ");
    place_says(*state, "\n      up to ");
    place_says(*state, "longest time between two checkpoints: ");
}

/* A step that no thread computed is left out. */
static void verbose_tells_of_what_there_is(void **state)
{
    place_passes(*state, "$M run -v -m gil --gil nocheck in -o v2");
    place_says(*state, "interpreter lock: acquired ");
    place_lacks(*state, "between two checkpoints");
    place_passes(*state, "$M run -v -m gil --gil-flavour 3.13t -j 3 in -o v3");
    place_says(*state, "interpreter lock: none, 6 threads run freely");
    place_lacks(*state, "holds");
}

/* Bins are in rising order, count all times, and the last holds the longest.
 * Without times there are no bins. */
static void check_bins(const json_t *times, const char *max_key)
{
    const json_t *bins = json_object_get(times, "bins");
    const double max_ms = json_number_value(json_object_get(times, max_key));
    json_int_t sum = 0;
    double before = -1;
    for (size_t k = 0; k < json_array_size(bins); k++) {
        const json_t *bin = json_array_get(bins, k);
        const double upto = json_number_value(json_object_get(bin, "upto_ms"));
        assert_true(upto > before);
        assert_true(place_json_number(bin, "count") > 0);
        before = upto;
        sum += place_json_number(bin, "count");
    }
    assert_true(sum == place_json_number(times, "count"));
    assert_int_equal(json_array_size(bins) == 0, sum == 0);
    if (sum > 0)
        assert_true(before >= max_ms);
    else
        assert_true(max_ms == 0);
}

/* That threads wait for the lock is not certain: on a busy machine each may
 * find it free.  Every computing thread holds it. */
static void bins_hold_every_time(void **state)
{
    json_t *document = run(*state, "-m gil -j 3 --gil-interval 200us");
    const json_t *gil = json_object_get(document, "gil");
    const json_t *holds = json_object_get(gil, "holds");
    check_bins(json_object_get(gil, "waits"), "max_ms");
    check_bins(holds, "max_ms");
    assert_true(place_json_number(holds, "count") > 0);
    assert_true(place_json_number(holds, "count") >=
                place_json_number(gil, "acquisitions"));
    json_decref(document);
}

/* Edges of buckets among the times, and no times. */
static void bins_hold_any_times(void **state)
{
    struct ml_histogram times = {0};
    struct ml_random random = {3};
    struct ml_json_builder json = {0};
    (void)state;
    for (unsigned round = 0; round < 400; round++) {
        json_t *document = ml_json_times(&json, &times);
        check_bins(document, "max");
        json_decref(document);
        const uint64_t power = UINT64_C(1) << ml_random_below(&random, 40);
        ml_histogram_record(&times, power + ml_random_below(&random, 3) - 1);
        if (round % 20 == 19)
            times = (struct ml_histogram){0};
    }
}

static void values_that_cannot_be_are_refused(void **state)
{
    struct place *place = *state;
    place_exits(place, 2, "$M run --gil-interval 0 in -o x");
    place_says(place, "from 1us to 60s");
    place_exits(place, 2, "$M run --gil-interval 61s in -o x");
    place_exits(place, 2, "$M run --gil-interval 5 in -o x");
    place_says(place, "'5' has no unit: write it like 5ms");
    place_exits(place, 2, "$M run --io-delay 20 in -o x");
    place_says(place, "'20' has no unit: write it like 20ms");
    place_passes(place, "$M run -n --io-delay 0 in -o x");
    place_exits(place, 2, "$M run --gil holds in -o x");
    place_says(place, "hold");
    place_exits(place, 2, "$M run --gil-scope thread in -o x");
    place_exits(place, 2, "$M run --gil-flavour 2.7 in -o x");
    place_exits(place, 2, "$M run --cpu-factor 0 in -o x");
    place_exits(place, 2, "$M run --cpu-factor x in -o x");
    place_passes(place, "test ! -e x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_options_reach_the_lock),
        cmocka_unit_test(other_modes_have_no_lock_to_tell_of),
        cmocka_unit_test(verbose_tells_of_the_lock),
        cmocka_unit_test(verbose_tells_of_what_there_is),
        cmocka_unit_test(bins_hold_every_time),
        cmocka_unit_test(bins_hold_any_times),
        cmocka_unit_test(values_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, make_pictures, place_close);
}
