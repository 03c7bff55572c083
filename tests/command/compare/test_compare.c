/* test_compare.c: `minilab compare`, through the program: tables, JSON, CSV,
 * outputs kept and removed, and refusals.  No time is judged.
 *
 * Slow: compares whole runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/compare/compare_state.h"
#include "command/options/option_table.h"
#include "support/capture.h"
#include "support/temp_dir.h"
#include "support/terminal.h"

/* Pictures, and a TMPDIR of this test's own. */
static int make_pictures(void **state)
{
    if (place_open(state) != 0)
        return -1;
    place_passes(*state, "$M gen --count 5 --size 60x45 in && mkdir tmp");
    return setenv("TMPDIR", "tmp", 1);
}

static void nothing_is_left(struct place *place)
{
    place_passes(place, "test -z \"$(ls -A tmp)\"");
}

/* ---- what it prints ---- */

static void the_table_has_a_row_for_each_configuration(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M compare -m serial,threads,processes -j 1,2 "
                        "--repeat 2 -f blur:1 -q 80 in");
    static const char *const parts[] = {
        "serial ",
        "threads -j 1 ",
        "threads -j 2 ",
        "processes -j 1 ",
        "processes -j 2 ",
        "95 % interval",
        "speedup",
        "eff.",
        "K-F",
        "images/s",
        "MP/s",
        "CPU s",
        "p50/p95/max",
        "PSS MB",
        "copied MB",
        "waits/preempt",
        "Speed-up over serial",
        "####",
        "no scaling fit: it needs 3 widths including 1; 2 were measured",
        "2 repetitions are too few to rank anything",
        "2 rounds of all configurations, in alternating order.",
        "1 warm-up of each first",
        "A repeat of serial at the end took",
        "Outputs: identical"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        place_says(place, parts[i]);
    place_lacks(place, "\033");
    place_lacks(place, "\r");
    place_lacks(place, " NO\n");
    nothing_is_left(place);
}

static void a_width_without_effect_makes_no_rows(void **state)
{
    struct place *place = *state;
    place_passes(place,
                 "$M compare -m stages,serial,serial -j 1,2,3 --repeat 1 "
                 "--warm-up 0 --csv in > runs.csv && "
                 "test $(wc -l < runs.csv) = 4 && "
                 "grep -q ',stages,stages,0,timed,' runs.csv && "
                 "grep -q ',serial,serial,0,timed,' runs.csv && "
                 "tail -n 1 runs.csv | grep -q ',stages,stages,0,last,'");
    place_passes(place, "$M compare -m threads -j 1,2,3 --repeat 1 --warm-up 1 "
                        "in > table && ! grep '[0-9] to [0-9]' table && "
                        "cat table");
    place_says(place, "  USL: contention ");
    place_says(place, "Amdahl: ");
    place_says(place, "Speed-up over threads -j 1");
    place_says(place, "(two parameters always fit two widths beyond 1; ");
    place_says(place, " -     "); /* one run has no interval */
    nothing_is_left(place);
}

/* Speed-ups and efficiencies are relative to the narrowest, in any order. */
static void the_base_is_the_narrowest(void **state)
{
    struct place *place = *state;
    place_passes(place,
                 "$M compare -m threads,stages -j 400%,200%,1 --repeat 1 "
                 "--warm-up 0 --json -s in > doc && "
                 "grep -q '\"base\":\"threads-1\"' doc && "
                 "grep -q '\"lower\":null,\"upper\":null' doc");
    json_t *document = place_json("doc");
    const json_t *row =
        json_array_get(json_object_get(document, "configurations"), 2);
    assert_string_equal(place_json_text(row, "configuration"), "threads-1");
    assert_true(json_number_value(json_object_get(row, "speedup")) == 1);
    assert_true(json_number_value(json_object_get(row, "efficiency")) == 1);
    json_decref(document);
}

static void all_modes_of_the_table_are_compared(void **state)
{
    struct place *place = *state;
    size_t count;
    const struct ml_mode *modes = ml_modes(&count);
    place_passes(place, "$M compare -m all,auto -j 2 --repeat 1 --warm-up 0 "
                        "--json -s in > doc");
    json_t *document = place_json("doc");
    const json_t *rows = json_object_get(document, "configurations");
    assert_int_equal(json_array_size(rows), count + 1);
    for (size_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(rows, i);
        const bool wide =
            modes[i].within_picture || strstr(modes[i].plan, ":N");
        assert_string_equal(place_json_text(row, "mode"), modes[i].name);
        assert_true(json_is_integer(json_object_get(row, "width")) == wide);
        assert_true(json_is_true(json_object_get(row, "same")));
    }
    json_decref(document);
    nothing_is_left(place);
}

static void check_row(const json_t *row)
{
    const json_t *wall = json_object_get(row, "wall_s");
    const double median = json_number_value(json_object_get(wall, "median"));
    const double lower = json_number_value(json_object_get(wall, "lower"));
    const double upper = json_number_value(json_object_get(wall, "upper"));
    assert_true(lower > 0 && lower <= median && median <= upper);
    assert_true(json_number_value(json_object_get(row, "cpu_s")) > 0);
    assert_true(json_number_value(json_object_get(row, "pictures_s")) > 0);
    assert_non_null(json_object_get(row, "peak_pss_bytes")); /* or null */
    assert_true(json_is_true(json_object_get(row, "same")));
    assert_int_equal(place_json_number(row, "difference_count"), 0);
}

static void json_has_rows_runs_and_verdicts(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M compare -m serial,processes -j 1,2,3 --repeat 3 "
                        "--json in > doc 2> log && test ! -s log");
    json_t *document = place_json("doc");
    assert_int_equal(place_json_number(document, "schema"), ML_COMPARE_SCHEMA);
    assert_string_equal(place_json_text(document, "command"), "compare");
    assert_string_equal(place_json_text(document, "base"), "serial");
    assert_true(json_is_true(json_object_get(document, "same")));
    const json_t *rows = json_object_get(document, "configurations");
    assert_int_equal(json_array_size(rows), 4);
    for (size_t i = 0; i < 4; i++)
        check_row(json_array_get(rows, i));
    assert_true(
        json_is_null(json_object_get(json_array_get(rows, 0), "karp_flatt")));
    assert_true(
        json_is_real(json_object_get(json_array_get(rows, 3), "karp_flatt")));
    assert_int_equal(place_json_number(json_array_get(rows, 3), "width"), 3);
    /* A warm-up, three rounds, one with a trace of four; and the first again.
     */
    const json_t *runs = json_object_get(document, "runs");
    assert_int_equal(json_array_size(runs), 4 * (1 + 3 + 1) + 1);
    assert_string_equal(place_json_text(json_array_get(runs, 4), "kind"),
                        "timed");
    /* Alternating order: the second round begins where the first ended. */
    assert_string_equal(
        place_json_text(json_array_get(runs, 7), "configuration"),
        "processes-3");
    assert_string_equal(
        place_json_text(json_array_get(runs, 8), "configuration"),
        "processes-3");
    assert_string_equal(place_json_text(json_array_get(runs, 16), "kind"),
                        "last");
    assert_string_equal(place_json_text(json_array_get(runs, 20), "kind"),
                        "traced");
    const json_t *curve =
        json_array_get(json_object_get(document, "scaling"), 0);
    assert_string_equal(place_json_text(curve, "mode"), "processes");
    assert_true(json_is_object(json_object_get(curve, "usl")));
    assert_true(json_array_size(json_object_get(document, "verdicts")) > 0);
    json_decref(document);
    nothing_is_left(place);
}

static void where_the_time_went_is_shown_after_warm_ups(void **state)
{
    struct place *place = *state;
    place_passes(place,
                 "$M compare -m serial,gil -j 2 --repeat 1 -s --cpu-factor "
                 "20 -f blur:3 in > table && "
                 "grep -q ' D%.*waited longest for' table && "
                 "grep -q \"^  shares of its workers' time: .*D decode\" "
                 "table && grep -q ' 1 traced run of' table");
    place_passes(place, "$M compare -m serial,gil -j 2 --repeat 1 --json -s in "
                        "> doc");
    json_t *document = place_json("doc");
    const json_t *rows = json_object_get(document, "configurations");
    for (size_t i = 0; i < 2; i++) {
        const json_t *spent = json_object_get(json_array_get(rows, i), "spent");
        const json_t *decode =
            json_object_get(json_object_get(spent, "shares"), "decode");
        assert_true(json_number_value(decode) > 0);
        assert_true(json_number_value(decode) < 1);
    }
    json_decref(document);
    place_passes(place, "$M compare -m serial --repeat 1 --warm-up 0 --json -s "
                        "in | grep -q '\"spent\":null'");
    nothing_is_left(place);
}

/* A sample every 5 ms: a run of a second has enough. */
static void memory_is_sampled_in_warm_ups_alone(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M compare -m serial --repeat 1 -f sleep:200ms --csv "
                        "in > runs.csv && cut -d, -f6,13 runs.csv > columns && "
                        "grep -qx 'warm-up,[1-9][0-9]*' columns && "
                        "grep -qx timed, columns && grep -qx last, columns");
}

static void plans_are_compared_too(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M compare --repeat 1 --warm-up 0 -j 2 --json "
                        "--plan 'read,decode,filter,encode,write@threads:N' "
                        "--plan 'read@threads:1 | decode@processes:1 | "
                        "filter,encode,write@threads:1' in > doc");
    json_t *document = place_json("doc");
    const json_t *rows = json_object_get(document, "configurations");
    assert_int_equal(json_array_size(rows), 3);
    static const char *const labels[] = {"serial", "plan1-2", "plan2"};
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(
            place_json_text(json_array_get(rows, i), "configuration"),
            labels[i]);
    json_decref(document);
}

static void colour_is_for_terminals_that_have_it(void **state)
{
    struct place *place = *state;
    static const char line[] =
        "TERM=xterm $M compare -m serial --repeat 1 --warm-up 0 in";
    assert_int_equal(
        terminal_run(ML_TEST_PROGRAM, line, place->text, sizeof place->text),
        0);
    place_says(place, "\033[32m");
    place_says(place, "\r\033[Krun 1 of 2: serial");
    assert_int_equal(setenv("NO_COLOR", "1", 1), 0);
    assert_int_equal(terminal_run(ML_TEST_PROGRAM,
                                  "TERM=xterm $M compare -s -m serial "
                                  "--repeat 1 --warm-up 0 in",
                                  place->text, sizeof place->text),
                     0);
    place_lacks(place, "\033");
    assert_int_equal(unsetenv("NO_COLOR"), 0);
}

/* ---- outputs ---- */

static void outputs_may_be_kept(void **state)
{
    struct place *place = *state;
    place_passes(place,
                 "$M compare -m serial,threads -j 2 --repeat 1 --warm-up 0 -s "
                 "-f resize:20 -o kept in > table && "
                 "$M run -m serial -s -f resize:20 in -o want && "
                 "diff -r want kept/serial && diff -r want kept/threads-2 && "
                 "test \"$(ls -A kept)\" = \"$(printf 'serial\\nthreads-2')\"");
    place_exits(place, 2, "$M compare -m serial -o kept in");
    place_says(place, "an output exists already");
    place_passes(place, "diff -r want kept/serial");
    /* Kept outputs in a folder of inputs are no inputs. */
    place_passes(place,
                 "cp -r in among && $M compare -m serial,threads,stages "
                 "-j 2 --repeat 2 -s -f resize:20 -o among/kept --hidden "
                 "among > table && grep -q 'Outputs: identical' table && diff "
                 "-r want among/kept/stages && "
                 "test $(ls -A among/kept | wc -l) = 3");
}

/* Scaling is relative to a run of the same mode at width 1. */
static void without_width_one_there_is_no_scaling(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M compare -m threads -j 2,3,4 --repeat 1 --warm-up 0 "
                        "-s --json in > doc.json && "
                        "grep -q '\"karp_flatt\":null' doc.json && "
                        "! grep -q '\"karp_flatt\":[0-9]' doc.json && "
                        "! grep -q '\"usl\":{' doc.json && "
                        "grep -q '\"efficiency\":1.0' doc.json");
}

/* ---- what goes wrong ---- */

static void bad_pictures_are_reported_once(void **state)
{
    struct place *place = *state;
    place_passes(place, "mkdir bad && cp in/img-0001.jpg bad && "
                        "head -c 900 in/img-0002.jpg > bad/cut.jpg");
    place_exits(place, 1,
                "$M compare -m serial,threads -j 2 --repeat 2 bad "
                "> table 2> log");
    place_passes(place, "test $(grep -c cut.jpg log) = 1 && "
                        "grep -q 'Outputs: identical' table");
    nothing_is_left(place);
}

static void nothing_to_do_is_reported(void **state)
{
    struct place *place = *state;
    place_passes(place, "mkdir empty");
    place_exits(place, 3, "$M compare empty");
    place_says(place, "nothing to do");
    place_exits(place, 1, "$M compare -m serial nowhere");
    place_says(place, "nowhere: read: cannot be read");
    place_says(place, "a run failed: serial exited with 1");
    nothing_is_left(place);
}

static void mistakes_are_refused(void **state)
{
    static const char *const lines[][2] = {
        {"", "no input given"},
        {"-m serail in", "did you mean serial?"},
        {"-m , in", "no such mode"},
        {"-m '' in", "no mode given"},
        {"-j 0 in", "not a list of widths"},
        {"-j 1,x in", "give numbers from 1 to 256"},
        {"-j 257 in", "not a list of widths"},
        {"-j '' in", "not a list of widths"},
        {"-j 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17 in", "too many widths"},
        {"--repeat 0 in", "give a whole number from 1 to 100"},
        {"--warm-up x in", "give a whole number from 0 to 100"},
        {"--json --csv in", "--json and --csv"},
        {"--files-from - -", "standard input is named twice"},
        {"--events e in", "--events: this command does not take it"},
        {"-n in", "unknown option"},
        {"--fail-fast in", "--fail-fast: this command does not take it"},
        {"--max-failures 3 in",
         "--max-failures: this command does not take it"},
        {"--trace t in", "--trace: this command does not take it"},
        {"--existing skip in", "--existing: this command does not take it"},
        {"-f blurr:2 in", "did you mean blur?"},
        {"-q 101 in", "-q: "},
        {"--plan 'read@nowhere' in", "no executor is called"},
        {"-o /proc/none in", "cannot create the folder"},
    };
    struct place *place = *state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "$M compare %s", lines[i][0]);
        place_exits(place, 2, line);
        place_says(place, lines[i][1]);
        nothing_is_left(place);
    }
    place_exits(place, 2, "TMPDIR=/none $M compare in");
    place_says(place, "cannot create a folder for the outputs: /none");
}

/* Each option whose row says that it is for one run. */
static void options_of_one_run_are_refused(void **state)
{
    struct place *place = *state;
    size_t refused = 0;
    for (const struct ml_option *option = ml_run_option_table; option->name;
         option++) {
        char line[100], said[100];
        (void)snprintf(line, sizeof line, "$M compare --%s%s in", option->name,
                       option->argument ? "=1" : "");
        (void)snprintf(said, sizeof said, "--%s: this command does not take it",
                       option->name);
        if (!option->one_run)
            continue;
        place_exits(place, 2, line);
        place_says(place, said);
        refused++;
    }
    assert_int_equal(refused, 10);
}

/* The folder holds an output: the first run is in progress. */
static void a_signal_ends_it_and_removes_all(void **state)
{
    static const char *const signals[][2] = {{"INT", "130"}, {"TERM", "75"}};
    struct place *place = *state;
    for (size_t i = 0; i < 2; i++) {
        for (size_t m = 0; m < 2; m++) {
            char line[512];
            (void)snprintf(
                line, sizeof line,
                "$M compare -m %s -j 2 -f sleep:100ms in > table 2> log & "
                "pid=$!; until ls tmp/*/out/*.jpg > /dev/null 2>&1; do :; "
                "done; kill -%s $pid; wait $pid; test $? = %s && "
                "test ! -s table && grep -q 'stopped by SIG%s after [0-9]* of "
                "[0-9]* "
                "runs: nothing is compared' log",
                m == 0 ? "serial" : "processes", signals[i][0], signals[i][1],
                signals[i][0]);
            place_passes(place, line);
            nothing_is_left(place);
        }
    }
    /* A picture that never ends: the second signal is forwarded too. */
    place_passes(place,
                 "$M compare -m serial -f sleep:1h in > table 2>&1 & pid=$!; "
                 "until ls -d tmp/*/out > /dev/null 2>&1; do :; done; "
                 "{ while kill -INT $pid 2> /dev/null; do :; done; } & "
                 "wait $pid; test $? = 130");
    nothing_is_left(place);
    /* The folder of --output was created and is removed. */
    place_passes(place,
                 "$M compare -m serial -f sleep:1h -o late in > table 2>&1 & "
                 "pid=$!; until ls -d late/.m*/out > /dev/null 2>&1; do :; "
                 "done; { while kill -INT $pid 2> /dev/null; do :; done; } & "
                 "wait $pid; test $? = 130 && test ! -e late");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_has_a_row_for_each_configuration),
        cmocka_unit_test(a_width_without_effect_makes_no_rows),
        cmocka_unit_test(the_base_is_the_narrowest),
        cmocka_unit_test(all_modes_of_the_table_are_compared),
        cmocka_unit_test(json_has_rows_runs_and_verdicts),
        cmocka_unit_test(where_the_time_went_is_shown_after_warm_ups),
        cmocka_unit_test(memory_is_sampled_in_warm_ups_alone),
        cmocka_unit_test(plans_are_compared_too),
        cmocka_unit_test(colour_is_for_terminals_that_have_it),
        cmocka_unit_test(outputs_may_be_kept),
        cmocka_unit_test(without_width_one_there_is_no_scaling),
        cmocka_unit_test(bad_pictures_are_reported_once),
        cmocka_unit_test(nothing_to_do_is_reported),
        cmocka_unit_test(mistakes_are_refused),
        cmocka_unit_test(options_of_one_run_are_refused),
        cmocka_unit_test(a_signal_ends_it_and_removes_all),
    };
    return cmocka_run_group_tests(tests, make_pictures, place_close);
}
