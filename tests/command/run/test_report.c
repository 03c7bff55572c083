/* test_report.c: the report of a run: valid JSON, progress only on terminals,
 * silence on request.
 *
 * Slow: whole runs in every mode.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/files/mixed_tree.h"
#include "support/temp_dir.h"
#include "support/terminal.h"

static const char *const modes[] = {"serial", "threads", "processes",
                                    "stages", "async",   "hybrid"};
#define MODES (sizeof modes / sizeof *modes)

static size_t pictures;

/* Pictures of all kinds, one whose name has control characters, and four
 * defects. */
static int make_pictures(void **state)
{
    if (place_open(state) != 0)
        return -1;
    pictures = mixed_tree_make("in") + 1;
    place_passes(
        *state, "cp 'in/baseline 420.jpg' \"in/$(printf 'a\\033[31m\\r.jpg')\" "
                "&& mkdir bad && echo text > bad/text.jpg && "
                ": > \"bad/$(printf '\\377\\n').jpg\" && mkdir bad/x.png && "
                "head -c 700 'in/baseline 420.jpg' > bad/cut.jpg");
    return 0;
}

/* ---- --json ---- */

static void json_is_one_document_with_the_sums(void **state)
{
    char line[256];
    for (size_t m = 0; m < MODES; m++) {
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run -m %s --json in bad -o out > doc 2> "
                       "log",
                       modes[m]);
        place_exits(*state, 1, line);
        json_t *document = place_json("doc");
        assert_int_equal(place_json_number(document, "schema"), 1);
        assert_string_equal(place_json_text(document, "command"), "run");
        assert_string_equal(place_json_text(document, "mode"), modes[m]);
        assert_int_equal(place_json_number(document, "inputs"), pictures + 4);
        assert_int_equal(place_json_number(document, "done"), pictures);
        assert_int_equal(place_json_number(document, "failed"), 4);
        assert_int_equal(place_json_number(document, "skipped"), 0);
        assert_int_equal(place_json_number(document, "cancelled"), 0);
        const json_t *failures = json_object_get(document, "failures");
        assert_int_equal(json_array_size(failures), 4);
        for (size_t i = 0; i < 4; i++) {
            const json_t *failure = json_array_get(failures, i);
            assert_non_null(strstr(place_json_text(failure, "path"), "bad/"));
            (void)place_json_text(failure, "step");
            (void)place_json_text(failure, "why");
            (void)place_json_text(failure, "remedy");
        }
        json_decref(document);
        place_passes(*state, "test $(wc -l < doc) = 1");
    }
}

/* Four copies of each byte in each direction, and none in shared memory. */
static void json_tells_what_the_way_to_workers_cost(void **state)
{
    static const char *const kinds[] = {"shm", "pickle", "pickle-inline"};
    for (size_t i = 0; i < 3; i++) {
        char line[256];
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run -s -j 2 --transport %s --json in "
                       "-o out > doc",
                       kinds[i]);
        place_passes(*state, line);
        json_t *document = place_json("doc");
        const json_t *transport = json_object_get(document, "transport");
        const json_t *switches = json_object_get(transport, "switches");
        const int64_t bytes = place_json_number(document, "bytes_in") +
                              place_json_number(document, "bytes_out");
        assert_string_equal(place_json_text(transport, "kind"), kinds[i]);
        assert_int_equal(place_json_number(transport, "messages"),
                         2 * pictures);
        assert_int_equal(place_json_number(transport, "bytes_copied"),
                         i > 0 ? 4 * bytes : 0);
        assert_int_equal(place_json_number(document, "bytes_copied"),
                         i > 0 ? 4 * bytes : 0);
        assert_int_equal(
            place_json_number(document, "bytes_copied_between_stages"), 0);
        assert_true(place_json_number(transport, "pipe_full_waits") >= 0);
        assert_true(place_json_number(switches, "coordinator") +
                        place_json_number(switches, "workers") >
                    0);
        json_decref(document);
    }
    place_exits(*state, 2, "$M run --transport pipe in -o out");
    place_says(*state, "pickle-inline");
}

/* The time of copying frames between stages counts for the stage that copies.
 */
static void a_stage_is_no_busier_than_the_run_is_long(void **state)
{
    static const char *const ways[] = {
        "-m stages -j 2",
        "--plan 'read,decode@threads:1 | filter@threads:1 | "
        "encode,write@threads:1' -j 2",
        "--plan 'read@loop | decode@processes:1 | filter@gil:1 | "
        "encode@threads:1 | write@loop' -j 2"};
    char line[512];
    place_passes(*state, "$M gen --count 12 --size 1200x900 broad");
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run -s %s --inner 1 -f blur:2 --to png "
                       "--png-level 1 --json broad -o out > doc",
                       ways[i]);
        place_passes(*state, line);
        json_t *document = place_json("doc");
        const json_t *stages = json_object_get(document, "stages");
        for (size_t k = 0; k < json_array_size(stages); k++) {
            const double busy = json_number_value(
                json_object_get(json_array_get(stages, k), "busy"));
            assert_true(busy > 0 && busy <= 1);
        }
        json_decref(document);
    }
}

/* Shares, times of pictures, start-up: the metrics of the verdicts. */
static void json_tells_how_full_and_how_busy_it_was(void **state)
{
    char line[256];
    for (size_t m = 0; m < MODES; m++) {
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run -s -m %s -j 2 -f spin:5ms --json in "
                       "-o out > doc",
                       modes[m]);
        place_passes(*state, line);
        json_t *document = place_json("doc");
        const json_t *stages = json_object_get(document, "stages");
        const json_t *links = json_object_get(document, "links");
        const size_t count = json_array_size(stages);
        double busy = 0, before = 0;
        assert_int_equal(json_array_size(links), m == 0 ? 0 : count - 1);
        for (size_t i = 0; i < count; i++)
            busy += json_number_value(
                json_object_get(json_array_get(stages, i), "busy"));
        assert_true(busy > 0);
        for (size_t i = 0; i < json_array_size(links); i++) {
            const json_t *link = json_array_get(links, i);
            const json_t *full = json_object_get(link, "full");
            const double empty =
                json_number_value(json_object_get(link, "empty"));
            assert_true(empty >= 0 && empty <= 1);
            assert_true((full != NULL) ==
                        (place_json_number(link, "slots") > 0));
            assert_true(!full || json_number_value(full) <= 1);
        }
        const json_t *latency = json_object_get(document, "latency_ms");
        static const char *const keys[] = {"p50", "p95", "max"};
        for (size_t i = 0; i < 3; i++) {
            const double ms =
                json_number_value(json_object_get(latency, keys[i]));
            assert_true(ms > 0 && ms >= before);
            before = ms;
        }
        const json_t *workers = json_object_get(document, "workers");
        assert_true((workers != NULL) == (strcmp(modes[m], "processes") == 0 ||
                                          strcmp(modes[m], "hybrid") == 0));
        if (workers) {
            assert_int_equal(place_json_number(workers, "started"), 2);
            assert_true(json_number_value(
                            json_object_get(workers, "start_ms_max")) > 0);
        }
        json_decref(document);
    }
}

static void json_is_all_there_is_on_stdout(void **state)
{
    place_passes(*state, "$M run -n --json -v in -o none > doc 2>/dev/null");
    json_t *document = place_json("doc");
    assert_true(json_is_true(json_object_get(document, "dry_run")));
    json_decref(document);
    place_passes(*state, "$M run -n --events - in -o none > doc 2>/dev/null");
    json_t *events = place_json_lines("doc");
    assert_int_equal(json_array_size(events), pictures);
    json_decref(events);
    place_passes(*state, "rm -rf out; $M run -v in -o out 2> log > doc && "
                         "test ! -s doc && test -s log");
}

/* ---- --events ---- */

static void assert_event_name(const json_t *event, const char *key,
                              const char *key_b64)
{
    const char *base64 = json_string_value(json_object_get(event, key_b64));
    const char *text = place_json_text(event, key);
    uint8_t bytes[1024];
    struct base64_decode_ctx context;
    size_t size = sizeof bytes;
    if (!base64)
        return;
    base64_decode_init(&context);
    assert_int_equal(
        base64_decode_update(&context, &size, bytes, strlen(base64), base64),
        1);
    assert_int_equal(base64_decode_final(&context), 1);
    assert_non_null(memchr(bytes, 0xff, size));
    assert_non_null(strstr(text, "\\xff"));
}

static void assert_event(const json_t *event, size_t counts[3])
{
    const char *status = place_json_text(event, "status");
    assert_string_equal(place_json_text(event, "event"), "picture");
    assert_event_name(event, "path", "path_b64");
    if (strcmp(status, "done") == 0) {
        assert_event_name(event, "output", "output_b64");
        const json_t *out = json_object_get(event, "out");
        assert_true(place_json_number(out, "width") > 0);
        assert_true(place_json_number(event, "bytes_out") > 0);
        counts[0]++;
    } else {
        assert_string_equal(status, "failed");
        assert_true(json_is_object(json_object_get(event, "error")));
        counts[1]++;
    }
    counts[2] += json_object_get(event, "path_b64") != NULL;
}

static void events_are_one_line_a_picture(void **state)
{
    char line[256];
    for (size_t m = 0; m < MODES; m++) {
        size_t counts[3] = {0};
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run -m %s -j 3 --events ev in bad "
                       "-o out > doc 2>log; test $? = 1 && test ! -s doc",
                       modes[m]);
        place_passes(*state, line);
        json_t *events = place_json_lines("ev");
        uint8_t seen[64] = {0};
        for (size_t i = 0; i < json_array_size(events); i++) {
            const json_t *event = json_array_get(events, i);
            const json_int_t number = place_json_number(event, "number");
            assert_in_range(number, 1, pictures + 4);
            assert_int_equal(seen[number]++, 0);
            assert_event(event, counts);
        }
        assert_int_equal(counts[0], pictures);
        assert_int_equal(counts[1], 4);
        assert_int_equal(counts[2], 2); /* one of each are not UTF-8 */
        json_decref(events);
    }
}

static void json_and_events_go_together(void **state)
{
    place_passes(*state, "rm -rf out; $M run -s --json --events ev in -o out "
                         "> doc");
    json_decref(place_json("doc"));
    json_decref(place_json_lines("ev"));
}

static void events_that_cannot_be_written_are_told(void **state)
{
    place_exits(*state, 1,
                "rm -rf out; $M run -s --events /dev/full in -o out");
    place_says(*state, "cannot write the events: No space left on device");
    place_prints_lines(*state, 1);
    place_exits(*state, 1, "rm -rf out; $M run -s --json in -o out >/dev/full");
    place_says(*state, "cannot write standard output");
}

/* ---- stderr ---- */

static void no_name_draws_on_the_terminal(void **state)
{
    place_passes(*state, "rm -rf out; $M run -v in bad -o out > doc 2> log; "
                         "$M run -n -v in -o none >> doc 2>> log; "
                         "$M info in >> doc; "
                         "$M run in in/a* -o none 2>> log; "
                         "raw=$(printf '[\r\033\200-\377]') && "
                         "! LC_ALL=C grep -q \"$raw\" doc log");
    /* One line each: newlines in names do not break it. */
    place_passes(*state, "grep -c -- ' -> ' doc | grep -qx $(find in -type f "
                         "-print0 | tr -dc '\\0' | wc -c)");
}

static void a_bar_is_for_terminals(void **state)
{
    struct place *place = *state;
    static const char *const kinds[] = {"auto", "bar"};
    char line[256];
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run -m serial -f sleep:50ms "
                       "--progress %s in -o out",
                       kinds[i]);
        assert_int_equal(terminal_run(ML_TEST_PROGRAM, line, place->text,
                                      sizeof place->text),
                         0);
        place_says(place, "\r\033[K[");
        place_says(place, " left");
        /* The bar is erased before the summary. */
        const char *summary = strstr(place->text, "minilab: ");
        assert_non_null(summary);
        assert_true(summary == place->text ||
                    strncmp(summary - 3, "\033[K", 3) == 0);
        place_passes(place, line);
        place_lacks(place, "\r");
        place_lacks(place, "\033");
    }
    assert_int_equal(terminal_run(ML_TEST_PROGRAM,
                                  "rm -rf out; $M run -m serial -f sleep:50ms "
                                  "--progress none in -o out; rm -r out; "
                                  "$M run -m serial -f sleep:50ms -s in -o out",
                                  place->text, sizeof place->text),
                     0);
    place_lacks(place, "\033");
}

static void silence_leaves_errors_only(void **state)
{
    place_passes(*state, "rm -rf out; $M run -s in -o out");
    place_prints_lines(*state, 0);
    place_exits(*state, 1, "rm -rf out; $M run -s in bad -o out");
    place_prints_lines(*state, 4);
    place_lacks(*state, "minilab: ");
}

static void the_summary_counts(void **state)
{
    char part[64];
    place_exits(*state, 1,
                "rm -rf out; echo > in/notes.txt; "
                "$M run in bad -o out");
    (void)snprintf(part, sizeof part, "minilab: %zu done, 4 failed in ",
                   pictures);
    place_says(*state, part);
    place_says(*state, "1 other files left alone");
}

static void details_are_a_line_a_picture(void **state)
{
    place_passes(*state, "rm -rf out; $M run -v -m serial --to jpeg "
                         "'in/baseline 420.jpg' -o out");
    place_says(*state, "baseline 420.jpg: jpeg 97x61 -> jpeg 97x61, ");
    place_says(*state, " ms: read ");
    place_prints_lines(*state, 2);
    place_passes(*state,
                 "rm -rf out; $M run --fail-on none bad/cut.jpg -o out");
    place_says(*state, "1 with warnings of the codec: -v shows them");
    place_passes(*state,
                 "rm -rf out; $M run -v --fail-on none bad/cut.jpg -o out");
    place_says(*state, "bad/cut.jpg: decode: warning: ");
}

static void help_says_what_a_value_may_be(void **state)
{
    place_passes(*state, "test $($M run -h | wc -l) -le 40 && $M run --help");
    place_says(*state, "--on-collision");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_one_document_with_the_sums),
        cmocka_unit_test(json_tells_what_the_way_to_workers_cost),
        cmocka_unit_test(a_stage_is_no_busier_than_the_run_is_long),
        cmocka_unit_test(json_tells_how_full_and_how_busy_it_was),
        cmocka_unit_test(json_is_all_there_is_on_stdout),
        cmocka_unit_test(events_are_one_line_a_picture),
        cmocka_unit_test(json_and_events_go_together),
        cmocka_unit_test(events_that_cannot_be_written_are_told),
        cmocka_unit_test(no_name_draws_on_the_terminal),
        cmocka_unit_test(a_bar_is_for_terminals),
        cmocka_unit_test(silence_leaves_errors_only),
        cmocka_unit_test(the_summary_counts),
        cmocka_unit_test(details_are_a_line_a_picture),
        cmocka_unit_test(help_says_what_a_value_may_be),
    };
    return cmocka_run_group_tests(tests, make_pictures, place_close);
}
