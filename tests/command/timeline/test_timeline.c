/* minilab run --trace and minilab timeline, as a user would. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pipeline/plan/plan.h"
#include "support/temp_dir.h"

#define ROUNDS 5 /* in one of them the machine must be idle enough */

#define NEST_MAX 32

static int make_inputs(void **state)
{
    if (place_open(state) != 0)
        return -1;
    place_passes(*state, "$M gen --count 6 --size 320x200,500x410 in");
    place_passes(*state,
                 "$M run -m processes -j 2 --trace t -f blur:1 in -o o");
    return 0;
}

/* ---- Chrome's JSON ---- */

struct event {
    json_int_t tid;
    int64_t start_ns, end_ns;
};

/* Outer before inner. */
static int compare_events(const void *a_in, const void *b_in)
{
    const struct event *a = a_in, *b = b_in;
    if (a->tid != b->tid)
        return a->tid < b->tid ? -1 : 1;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    return (a->end_ns < b->end_ns) - (a->end_ns > b->end_ns);
}

static int64_t event_ns(const json_t *event, const char *key)
{
    const json_t *value = json_object_get(event, key);
    assert_true(json_is_number(value));
    return llround(json_number_value(value) * 1000);
}

/* On each thread every event lies within the one around it. */
static void assert_nested(struct event *events, size_t count)
{
    int64_t ends[NEST_MAX];
    size_t depth = 0;
    qsort(events, count, sizeof *events, compare_events);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || events[i].tid != events[i - 1].tid)
            depth = 0;
        while (depth > 0 && ends[depth - 1] <= events[i].start_ns)
            depth--;
        if (depth > 0)
            assert_true(events[i].end_ns <= ends[depth - 1]);
        assert_true(depth < NEST_MAX);
        ends[depth++] = events[i].end_ns;
    }
}

struct chrome_counts {
    size_t spans, counters, names, pictures, decodes;
};

static struct chrome_counts check_chrome(const char *file)
{
    struct chrome_counts counts = {0};
    json_t *document = place_json(file);
    const json_t *list = json_object_get(document, "traceEvents");
    const json_t *event;
    size_t i;
    assert_true(json_array_size(list) > 0);
    struct event *events = calloc(json_array_size(list), sizeof *events);
    assert_non_null(events);
    json_array_foreach(list, i, event)
    {
        const char *phase = place_json_text(event, "ph");
        const char *name = place_json_text(event, "name");
        (void)place_json_number(event, "pid");
        counts.names += strcmp(name, "thread_name") == 0;
        counts.counters += strcmp(phase, "C") == 0;
        if (strcmp(phase, "X") != 0)
            continue;
        events[counts.spans] = (struct event){
            .tid = place_json_number(event, "tid"),
            .start_ns = event_ns(event, "ts"),
        };
        events[counts.spans].end_ns =
            events[counts.spans].start_ns + event_ns(event, "dur");
        counts.spans++;
        counts.pictures += strcmp(name, "picture") == 0;
        counts.decodes += strcmp(name, "decode") == 0;
    }
    assert_nested(events, counts.spans);
    free(events);
    json_decref(document);
    return counts;
}

static void every_mode_exports_nested_events_of_every_picture(void **state)
{
    struct place *place = *state;
    size_t count;
    const struct ml_mode *modes = ml_modes(&count);
    for (size_t i = 0; i < count; i++) {
        char line[512];
        (void)snprintf(line, sizeof line,
                       "rm -rf out && $M run -m %s -j 2 --trace mode.trace -f "
                       "resize:90%% -f blur:1 in -o out && $M timeline "
                       "mode.trace --chrome mode.json && $M timeline --json "
                       "mode.trace > sum.json",
                       modes[i].name);
        place_passes(place, line);
        place_lacks(place, "warning");
        const struct chrome_counts counts = check_chrome("mode.json");
        json_t *sum = place_json("sum.json");
        assert_int_equal(place_json_number(sum, "spans"), counts.spans);
        assert_int_equal(place_json_number(sum, "lost"), 0);
        assert_int_equal(place_json_number(sum, "left_out"), 0);
        assert_int_equal(place_json_number(sum, "bent"), 0);
        assert_true(json_is_true(json_object_get(sum, "whole")));
        assert_true(counts.pictures >= 6);
        assert_true(counts.decodes >= 6);
        assert_true(counts.names > 0);
        json_decref(sum);
    }
}

/* Of all tracks, in a run of two threads that compute. */
static double lock_waits_ms(struct place *place)
{
    const json_t *track;
    double waits_ms = 0;
    size_t i;
    place_passes(place, "rm -rf out && $M run -m gil -j 2 --trace gil.trace -f "
                        "spin:20ms in -o out && $M timeline --json gil.trace > "
                        "sum.json");
    json_t *sum = place_json("sum.json");
    json_array_foreach(json_object_get(sum, "tracks"), i, track) waits_ms +=
        json_number_value(
            json_object_get(json_object_get(track, "ms"), "GIL wait"));
    json_decref(sum);
    return waits_ms;
}

/* Two threads that compute 60 ms each cannot both hold the lock; on a busy
 * machine one may start when the other has finished. */
static void waits_for_the_interpreter_lock_are_seen(void **state)
{
    double most_ms = 0;
    for (int round = 0; round < ROUNDS && most_ms <= 20; round++)
        most_ms = fmax(most_ms, lock_waits_ms(*state));
    assert_true(most_ms > 20);
}

static bool track_did(const json_t *sum, const char *name, const char *kind)
{
    const json_t *track;
    size_t i;
    json_array_foreach(json_object_get(sum, "tracks"), i, track)
    {
        if (strcmp(place_json_text(track, "name"), name) == 0 &&
            json_object_get(json_object_get(track, "ms"), kind))
            return true;
    }
    return false;
}

/* Threads inside a picture decode and encode it. */
static void threads_inside_pictures_of_a_loop_have_tracks(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M gen --count 3 --size 1400x1000 large && "
                        "$M run -m async --inner 2 --trace loop.trace -f "
                        "blur:1 large -o inner && $M timeline --json "
                        "loop.trace > sum.json");
    json_t *sum = place_json("sum.json");
    assert_true(track_did(sum, "loop", "filter"));
    assert_true(track_did(sum, "loop ahead", "decode"));
    assert_true(track_did(sum, "loop behind", "encode"));
    assert_true(track_did(sum, "read,write 1", "read"));
    json_decref(sum);
    place_passes(place, "$M timeline loop.trace --chrome loop.json");
    (void)check_chrome("loop.json");
}

static void counters_show_how_full_queues_are(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M timeline t --chrome - > t.json");
    const struct chrome_counts counts = check_chrome("t.json");
    assert_true(counts.counters >= 12);
    place_passes(place, "grep -q '\"ph\":\"C\",\"name\":\"jobs for write\"' "
                        "t.json && grep -q '\"cause\":\"blur:1\"' t.json");
}

/* ---- the summary ---- */

static void the_summary_has_a_line_and_a_strip_a_track(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M timeline t");
    place_says(place, "complete: no span was dropped");
    place_says(place, "busiest: ");
    place_says(place, "longest picture: input ");
    place_says(place, "D decode");
    place_says(place, "outside all spans");
    place_says(place, "\nwrite 1 ");
    /* Each track in the table and as a strip, which fills the line. */
    place_passes(place, "test $($M timeline t --width 90 | grep -c '^read 1 ') "
                        "= 2");
    place_passes(place, "$M timeline t --width 90 | grep '^read 1 ' | tail -1 "
                        "| tr -d '\\n' | wc -c");
    place_says(place, "90");
    place_passes(place, "$M timeline t --width 200 | grep '^read 1 ' | tail -1 "
                        "| tr -d '\\n' | wc -c");
    place_says(place, "200");
}

static void the_json_accounts_for_all_time(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M timeline --json t > sum.json");
    json_t *sum = place_json("sum.json");
    const json_t *track;
    size_t i, workers = 0;
    const double wall_ms =
        1e3 * json_number_value(json_object_get(sum, "seconds"));
    assert_string_equal(place_json_text(sum, "file"), "t");
    assert_string_equal(
        place_json_text(json_object_get(sum, "letters"), "queue wait"), "q");
    json_array_foreach(json_object_get(sum, "tracks"), i, track)
    {
        const json_t *part;
        const char *kind;
        double ms = json_number_value(json_object_get(track, "outside_ms"));
        json_object_foreach(json_object_get(track, "ms"), kind, part) ms +=
            json_number_value(part);
        assert_true(fabs(ms - wall_ms) < 1e-3);
        workers += strncmp(place_json_text(track, "name"), "decode", 6) == 0;
    }
    assert_true(workers >= 1 && workers <= 2);
    json_decref(sum);
}

static void a_truncated_trace_is_read_and_reported(void **state)
{
    struct place *place = *state;
    place_passes(place, "head -c $(($(wc -c < t) - 40)) t > cut && $M timeline "
                        "cut");
    place_says(place, "the trace is truncated");
    place_passes(place, "$M timeline --json cut | grep -q '\"whole\": *false'");
}

static void other_files_are_refused(void **state)
{
    struct place *place = *state;
    place_exits(place, 2, "$M timeline in/*1.jpg");
    place_says(place, "not a trace that can be read");
    place_exits(place, 2, "$M timeline");
    place_says(place, "no trace given");
    place_exits(place, 2, "$M timeline t t");
    place_says(place, "too many arguments");
    place_exits(place, 1, "$M timeline nothing-there");
    place_says(place, "No such file");
    place_exits(place, 2, "$M timeline t --chrome - --json");
    place_says(place, "exclude each other");
    place_exits(place, 2, "$M timeline t --chrome ./t");
    place_says(place, "would replace the trace");
    place_exits(place, 2, "$M timeline --width 10 t");
    place_exits(place, 1, "$M timeline t --chrome /dev/full");
    place_says(place, "cannot write the events");
}

/* ---- recording ---- */

static void without_the_option_nothing_is_recorded(void **state)
{
    struct place *place = *state;
    place_passes(place, "mkdir alone && cd alone && $M run --json ../in -o o "
                        "> r.json 2> /dev/null && test $(ls | wc -l) = 2");
    json_t *run = place_json("alone/r.json");
    assert_null(json_object_get(run, "trace"));
    json_decref(run);
}

static void a_run_reports_what_its_trace_holds(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M run --json --trace t2 in -o o2 > r.json 2> e && $M "
                        "timeline --json t2 > sum.json");
    json_t *run = place_json("r.json"), *sum = place_json("sum.json");
    const json_t *trace = json_object_get(run, "trace");
    /* The run counts levels as spans too. */
    assert_true(place_json_number(trace, "spans") >
                place_json_number(sum, "spans"));
    assert_int_equal(place_json_number(trace, "lost"), 0);
    json_decref(run);
    json_decref(sum);
}

static void a_trace_that_cannot_be_written_is_an_error(void **state)
{
    struct place *place = *state;
    place_exits(place, 2, "$M run --trace /nonexistent/t in -o o3");
    place_says(place, "cannot write the trace");
    place_passes(place, "test ! -e o3");
    place_exits(place, 1, "$M run --trace /dev/full in -o o4");
    place_says(place, "cannot write the trace: No space left on device");
    place_passes(place, "test $(ls o4 | wc -l) = 6");
}

/* 40 moments of the run: in at least one of them a filter runs. */
static void a_moment_shows_pictures_and_causes(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M run -m threads -j 1 --trace at.trace -f sleep:20ms "
                        "in -o o5 && $M timeline at.trace --json > sum.json");
    json_t *sum = place_json("sum.json");
    const double seconds = json_number_value(json_object_get(sum, "seconds"));
    const size_t tracks = json_array_size(json_object_get(sum, "tracks"));
    bool filtered = false;
    json_decref(sum);
    for (unsigned i = 0; i < 40 && !filtered; i++) {
        char line[128];
        size_t t;
        json_t *row;
        (void)snprintf(line, sizeof line,
                       "$M timeline at.trace --json --at %.6fs > at.json",
                       seconds * i / 40);
        place_passes(place, line);
        json_t *at = place_json("at.json");
        assert_int_equal(json_array_size(json_object_get(at, "tracks")),
                         tracks);
        json_array_foreach(json_object_get(at, "tracks"), t, row)
        {
            const char *does = json_string_value(json_object_get(row, "does"));
            if (!does || strcmp(does, "filter") != 0)
                continue;
            filtered = true;
            assert_string_equal(place_json_text(row, "cause"), "sleep:20ms");
            assert_non_null(strstr(place_json_text(row, "file"), "in/img-"));
            assert_true(place_json_number(row, "input") >= 1);
            place_passes(place,
                         "sed 's/.*\"at_s\":\\([0-9.]*\\).*/\\1/' at.json "
                         "> moment && $M timeline at.trace --at "
                         "$(cat moment)s");
            place_says(place, "T filter of in/img-");
            place_says(place, " by sleep:20ms, for ");
        }
        json_decref(at);
    }
    assert_true(filtered);
    place_exits(place, 2, "$M timeline at.trace --at 1h");
    place_says(place, "after the end of the trace");
    place_exits(place, 2, "$M timeline at.trace --at soon");
    place_says(place, "write it like 250ms");
    place_exits(place, 2, "$M timeline at.trace --at 1ms --chrome x.json");
    place_says(place, "--chrome and --at");
}

static void memory_and_slots_are_counters(void **state)
{
    struct place *place = *state;
    static const char *const modes[] = {"serial", "threads", "processes",
                                        "async"};
    for (size_t i = 0; i < 4; i++) {
        char line[256];
        (void)snprintf(line, sizeof line,
                       "rm -rf o6 && $M run -m %s -j 2 --memory 64M --trace "
                       "m.trace in -o o6 && $M timeline m.trace --chrome "
                       "m.json && $M timeline m.trace | grep -c ^memory | "
                       "grep -qx 0",
                       modes[i]);
        place_passes(place, line);
        json_t *document = place_json("m.json");
        size_t at, limits = 0, used = 0;
        json_t *event;
        json_array_foreach(json_object_get(document, "traceEvents"), at, event)
        {
            const char *name = place_json_text(event, "name");
            if (strncmp(name, "memory for ", 11) != 0)
                continue;
            assert_string_equal(place_json_text(event, "ph"), "C");
            const json_int_t bytes =
                place_json_number(json_object_get(event, "args"), "bytes");
            assert_true(bytes <= 64 << 20);
            limits += strstr(name, ", at most") != NULL;
            used += bytes > 0;
        }
        assert_int_equal(limits, 2);
        assert_true(used >= 2);
        json_decref(document);
    }
    place_passes(place,
                 "rm -rf o6 && $M run -m threads -j 2 --trace m.trace in "
                 "-o o6 && $M timeline m.trace --chrome - | "
                 "grep -q '\"slots behind read\"'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mode_exports_nested_events_of_every_picture),
        cmocka_unit_test(waits_for_the_interpreter_lock_are_seen),
        cmocka_unit_test(threads_inside_pictures_of_a_loop_have_tracks),
        cmocka_unit_test(counters_show_how_full_queues_are),
        cmocka_unit_test(memory_and_slots_are_counters),
        cmocka_unit_test(a_moment_shows_pictures_and_causes),
        cmocka_unit_test(the_summary_has_a_line_and_a_strip_a_track),
        cmocka_unit_test(the_json_accounts_for_all_time),
        cmocka_unit_test(a_truncated_trace_is_read_and_reported),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(without_the_option_nothing_is_recorded),
        cmocka_unit_test(a_run_reports_what_its_trace_holds),
        cmocka_unit_test(a_trace_that_cannot_be_written_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_inputs, place_close);
}
