/* test_run_gil.c: the options of the interpreter lock, and what a run tells of
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>

#include "support/place.h"

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
        const char *options, *habit, *flavour, *scope;
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
        {"-m gil --gil-flavour 3.13t --cpu-factor 2", "hold", "3.13t",
         "process", 5, true, false},
    };
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        json_t *document = run(*state, runs[i].options);
        const json_t *gil = json_object_get(document, "gil");
        assert_string_equal(place_json_text(gil, "habit"), runs[i].habit);
        assert_string_equal(place_json_text(gil, "flavour"), runs[i].flavour);
        assert_string_equal(place_json_text(gil, "scope"), runs[i].scope);
        const double interval =
            json_number_value(json_object_get(gil, "interval_ms"));
        assert_true(interval > runs[i].interval_ms * 0.999 &&
                    interval < runs[i].interval_ms * 1.001);
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

static void a_line_tells_of_the_lock(void **state)
{
    place_passes(*state, "rm -rf out; $M run -v -m gil in -o out");
    place_says(*state, "interpreter lock: taken ");
    place_says(*state, "longest time between two looks ");
}

static void values_that_cannot_be_are_refused(void **state)
{
    struct place *place = *state;
    place_exits(place, 2, "$M run --gil-interval 0 in -o x");
    place_says(place, "from 1us to 60s");
    place_exits(place, 2, "$M run --gil-interval 61s in -o x");
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
        cmocka_unit_test(a_line_tells_of_the_lock),
        cmocka_unit_test(values_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, make_pictures, place_close);
}
