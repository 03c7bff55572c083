/* test_inner.c: how many processors a run can use: workers times threads within
 * each picture; and the warning if there are fewer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "support/temp_dir.h"

/* A place with three pictures, for a process that may use one processor. */
static cpu_set_t before;

static int open_narrow(void **state)
{
    cpu_set_t one;
    size_t first = 0;
    if (place_open(state) != 0 ||
        sched_getaffinity(0, sizeof before, &before) != 0)
        return -1;
    while (!CPU_ISSET(first, &before))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    place_passes(*state, "$M gen --count 3 --size 300x225 in");
    return sched_setaffinity(0, sizeof one, &one);
}

static int close_narrow(void **state)
{
    return sched_setaffinity(0, sizeof before, &before) + place_close(state);
}

/* A number in the document of `minilab run --json OPTIONS in`; `inside` is the
 * object that has it, or NULL; -1 if it is missing. */
static int told(struct place *place, const char *options, const char *inside,
                const char *key)
{
    char line[256];
    (void)snprintf(line, sizeof line,
                   "$M run --json -s %s in -o out >doc && rm -r out", options);
    place_passes(place, line);
    json_t *document = place_json("doc");
    const json_t *object =
        inside ? json_object_get(document, inside) : document;
    const json_t *number = json_object_get(object, key);
    const int value = number ? (int)json_integer_value(number) : -1;
    json_decref(document);
    return value;
}

static void what_nobody_asked_for_fits_the_processors(void **state)
{
    static const char *const options[] = {
        "",        "-m serial", "-m threads", "-m openmp",
        "-m auto", "-m stages", "-j 100%"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        assert_int_equal(told(*state, options[i], NULL, "processors"), 1);
        assert_int_equal(told(*state, options[i], NULL, "inner"), 1);
        assert_int_equal(told(*state, options[i], "oversubscribed", "asked"),
                         -1);
    }
}

static void what_was_asked_for_is_done_and_counted(void **state)
{
    static const struct {
        const char *options;
        int inner, asked;
    } cases[] = {
        {"-m openmp -j 4", 4, 4},
        {"-m openmp -j 4 --inner 3", 3, 3},
        {"-m serial --inner 2", 2, 2},
        {"-m threads -j 2 --inner 4", 4, 8},
        {"-j 2", 1, 2},
        {"-m threads -j 8 --inner 1", 1, 3}, /* there are three pictures */
        {"-m stages --inner 2", 2, 2},
        {"-m async --inner 2", 2, 2}, /* a loop computes one at a time */
        {"--inner 2 -j 2 --plan 'read,decode@threads:N | filter@threads:9 | "
         "encode@processes:N | write@threads:5'",
         2, 6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *options = cases[i].options;
        assert_int_equal(told(*state, options, NULL, "inner"), cases[i].inner);
        assert_int_equal(told(*state, options, "oversubscribed", "asked"),
                         cases[i].asked);
        assert_int_equal(told(*state, options, "oversubscribed", "allowed"), 1);
    }
}

static void too_many_are_said_to_who_wants_to_know(void **state)
{
    static const char warning[] =
        "warning: oversubscribed: 8 threads on 1 CPU, 4 for each of 2 "
        "pictures\n";
    struct place *place = *state;
    place_passes(place, "$M run -m threads -j 2 --inner 4 -v in -o a");
    place_says(place, warning);
    place_passes(place,
                 "$M run -m threads -j 2 --inner 4 -s --explain in -o b");
    place_says(place, warning);
    place_says(place, "a large picture gets 4 processors.");
    place_passes(place, "$M run -m threads -j 2 --inner 4 in -o c");
    place_lacks(place, "oversubscribed");
    place_passes(place, "$M run -m threads -j 2 --inner 4 -v -s in -o d");
    place_lacks(place, "oversubscribed");
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1) {
        place_passes(place, "$M run -m threads --explain in -o f");
        place_says(place, "It may use 1 processor of ");
        place_says(place, " online, because its CPU affinity allows no more.");
    }
    place_passes(place, "$M run -m threads -j 1 --explain in -o e");
    place_lacks(place, "oversubscribed");
}

static void under_the_interpreter_lock_a_picture_has_one_thread(void **state)
{
    assert_int_equal(told(*state, "-m gil -j 8", NULL, "inner"), 1);
    assert_int_equal(told(*state, "-m hybrid-gil -j 8", NULL, "inner"), 1);
    assert_int_equal(told(*state, "-m gil --inner auto", NULL, "inner"), 1);
    place_exits(*state, 2, "$M run -m gil --inner 2 in -o out");
    place_says(*state, "leave out --inner");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_asked_for_fits_the_processors),
        cmocka_unit_test(what_was_asked_for_is_done_and_counted),
        cmocka_unit_test(under_the_interpreter_lock_a_picture_has_one_thread),
        cmocka_unit_test(too_many_are_said_to_who_wants_to_know),
    };
    return cmocka_run_group_tests(tests, open_narrow, close_narrow);
}
