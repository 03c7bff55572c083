/* test_inputs.c: the checks of `minilab compare` before its first run, and the
 * inputs that it reads once for all runs; through the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/compare/compare_state.h"
#include "support/capture.h"
#include "support/temp_dir.h"

/* Pictures, and a TMPDIR of this test's own. */
static int make_pictures(void **state)
{
    if (place_open(state) != 0)
        return -1;
    place_passes(*state, "$M gen --count 5 --size 60x45 in && mkdir tmp && "
                         "printf 'minilab-recipe 1\\nresize:20\\n' > r && "
                         "find in -name 'img-000[13].jpg' > l && "
                         "mkfifo pipe other");
    return setenv("TMPDIR", "tmp", 1);
}

static void nothing_is_left(struct place *place)
{
    place_passes(place, "test -z \"$(ls -A tmp)\"");
}

/* ---- modes and options that exclude each other ---- */

static void of_all_modes_those_that_cannot_are_left_out(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M compare -m all -j 2 --inner 2 --repeat 1 "
                        "--warm-up 0 --json in > doc 2> log && "
                        "test $(grep -c 'is left out' log) = 2 && "
                        "grep -q '^minilab compare: gil is left out: threads "
                        "that hold' log");
    json_t *document = place_json("doc");
    const json_t *absent = json_object_get(document, "left_out");
    const json_t *rows = json_object_get(document, "configurations");
    size_t count;
    (void)ml_modes(&count);
    assert_int_equal(json_array_size(absent), 2);
    assert_int_equal(json_array_size(rows), count - 2);
    assert_string_equal(place_json_text(json_array_get(absent, 0), "mode"),
                        "gil");
    assert_non_null(strstr(place_json_text(json_array_get(absent, 0), "why"),
                           "--gil release"));
    json_decref(document);
    place_passes(place, "$M compare --inner 2 -j 2 --repeat 1 --warm-up 0 -s "
                        "in > table 2> log && test ! -s log && "
                        "grep -q 'hybrid-gil was left out: threads that' "
                        "table && $M compare -m all --gil release --inner 2 "
                        "-j 2 --repeat 1 --warm-up 0 in 2>&1 > table | "
                        "grep -c 'left out' | grep -qx 0");
    nothing_is_left(place);
}

static void a_mode_that_was_named_must_take_the_options(void **state)
{
    struct place *place = *state;
    static const char *const lines[][2] = {
        {"-m serial,gil --inner 2 in", "gil with --inner 2"},
        {"-m all,hybrid-gil --inner 2 in", "hybrid-gil with --inner 2"},
        {"--inner 2 --plan 'read@gil:1 | decode,filter,encode@gil:N | "
         "write@gil:1' in",
         "plan1 with --inner 2"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "$M compare %s > table", lines[i][0]);
        place_exits(place, 2, line);
        place_says(place, lines[i][1]);
        place_lacks(place, "a run failed"); /* no run was started */
        nothing_is_left(place);
    }
}

static void options_go_to_the_runs_where_they_have_an_effect(void **state)
{
    struct place *place = *state;
    place_passes(place,
                 "$M compare -m serial,processes,gil -j 2 --repeat 1 "
                 "--warm-up 0 -s --transport pickle --gil-interval 1ms in");
    place_exits(place, 2, "$M compare -m serial,gil --pool mp in");
    place_says(place, ": in no configuration compared");
    nothing_is_left(place);
}

/* ---- inputs that can be read only once ---- */

#define TWO_MODES "$M compare -s -m serial,threads -j 2 --repeat 1 --warm-up 0 "

static void recipes_and_lists_may_be_pipes(void **state)
{
    struct place *place = *state;
    place_passes(place,
                 "{ cat r > pipe & cat l > other & } && " TWO_MODES
                 "-f invert -r ./pipe -f flip --files-from other -o kept-1 "
                 "> table && $M run -s -f invert -f resize:20 -f flip "
                 "--files-from l -o want-1 && diff -r want-1 kept-1/serial && "
                 "diff -r want-1 kept-1/threads-2");
    place_passes(place, "tr '\\n' '\\0' < l | " TWO_MODES
                        "--files-from - -0 -o kept-2 > table && "
                        "$M run -s --files-from l -o want-2 && "
                        "diff -r want-2 kept-2/serial && "
                        "diff -r want-2 kept-2/threads-2");
    place_passes(place, TWO_MODES "--files-from l -o kept-3 > table && "
                                  "diff -r want-2 kept-3/threads-2");
    nothing_is_left(place);
}

static void a_picture_may_come_on_standard_input(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M run -s --to png -o want-4 - < in/img-0002.jpg && "
                        "cat in/img-0002.jpg | " TWO_MODES
                        "--to png -o kept-4 - > table && diff -r want-4 "
                        "kept-4/serial && diff -r want-4 kept-4/threads-2");
    place_exits(place, 2, TWO_MODES "-o kept-5 - < in/img-0002.jpg > table");
    place_says(place, "no output format for standard input");
    place_exits(place, 2, TWO_MODES "--files-from in > table");
    place_says(place, "cannot read the input");
    place_exits(place, 2, TWO_MODES "--files-from none > table");
    place_says(place, "list of files");
    nothing_is_left(place);
}

/* The pipe has no writer. */
static void a_signal_ends_waiting_for_a_pipe(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M compare --files-from pipe > table 2>&1 & pid=$!; "
                        "until ls tmp/*/list > /dev/null 2>&1; do :; done; "
                        "kill -INT $pid; wait $pid; test $? = 130 && grep -q "
                        "'stopped by SIGINT before the first run' table");
    nothing_is_left(place);
}

/* ---- memory ---- */

static void a_peak_of_few_samples_is_a_lower_bound(void **state)
{
    struct place *place = *state;
    struct ml_compare *compare = calloc(1, sizeof *compare);
    struct ml_compare_run run = {.kind = ML_COMPARE_LAST};
    assert_non_null(compare);
    compare->config_count = compare->run_count = 1;
    compare->runs = &run;
    compare->options.warm_ups = compare->options.repeats = 1;
    compare->results[0].candidate.wall.median = 1;
    compare->results[0].peak_pss_bytes = 12300000;
    for (unsigned few = 0; few < 2; few++) {
        compare->results[0].pss_samples = ML_MEMORY_SAMPLES_MIN - few;
        struct capture capture;
        capture_begin(&capture, stdout);
        ml_compare_text(compare);
        capture_end(&capture, place->text, sizeof place->text);
        place_says(place, few ? " >12.3 " : "  12.3 ");
        if (few)
            place_says(place, "fewer than 20 times");
        else
            place_lacks(place, "fewer than");
    }
    free(compare);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_all_modes_those_that_cannot_are_left_out),
        cmocka_unit_test(a_mode_that_was_named_must_take_the_options),
        cmocka_unit_test(options_go_to_the_runs_where_they_have_an_effect),
        cmocka_unit_test(recipes_and_lists_may_be_pipes),
        cmocka_unit_test(a_picture_may_come_on_standard_input),
        cmocka_unit_test(a_signal_ends_waiting_for_a_pipe),
        cmocka_unit_test(a_peak_of_few_samples_is_a_lower_bound),
    };
    return cmocka_run_group_tests(tests, make_pictures, place_close);
}
