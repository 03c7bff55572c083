/* test_loop.c: what `run` reports of the event loop, and --io-delay.
 *
 * Slow: whole runs, with few threads and many files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/skip.h"
#include "support/temp_dir.h"

#define ROUNDS 5 /* at least one without disturbance by the machine */

static int make_pictures(void **state)
{
    if (place_open(state) != 0)
        return -1;
    place_passes(*state, "$M gen --count 2 --size 1000x1000 large && "
                         "$M gen --count 12 --size 40x30 small");
    return 0;
}

static double number_at(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    assert_true(json_is_number(number));
    return json_number_value(number);
}

/* spin:120ms: 120 ms of CPU time, and at least 120 ms of real time. */
static void what_holds_the_loop_is_named_and_counted(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M run -v -m async -f spin:120ms large -o a");
    place_says(place,
               "large/img-0001.jpg: loop: warning: blocked the event loop "
               "for ");
    place_says(place, " ms; all other jobs waited");
    place_says(place, "\n  event loop: ");
    place_says(place, "\n    timers late: ");
    place_passes(place, "$M run -m async -f spin:120ms large -o b");
    place_lacks(place, "blocked the event loop");
    place_says(place, "the event loop was blocked for 100 ms or more ");
    place_passes(place,
                 "$M run -s --json -m async -f spin:120ms large -o c > doc");
    json_t *document = place_json("doc");
    const json_t *loop = json_object_get(document, "loop");
    /* On a busy machine another step may hold it as long. */
    assert_true(place_json_number(loop, "slow_callbacks") >= 2);
    assert_int_equal(place_json_number(loop, "file_works"), 6);
    assert_int_equal(place_json_number(loop, "delays"), 0);
    assert_true(place_json_number(loop, "iterations") >=
                place_json_number(loop, "polls"));
    assert_true(number_at(loop, "blocked_ms") >= 240);
    assert_true(number_at(loop, "slowest_ms") >= 120);
    const json_t *lag = json_object_get(loop, "lag_ms");
    assert_true(number_at(lag, "max") >= 100);
    assert_true(number_at(lag, "p99") <= number_at(lag, "max"));
    assert_true(number_at(lag, "p50") <= number_at(lag, "p99"));
    assert_true(json_array_size(json_object_get(lag, "bins")) >= 1);
    json_decref(document);
}

/* The timer ticks each millisecond: 300 times during a delay of 300 ms. */
static void how_late_it_is_can_be_left_out(void **state)
{
    struct place *place = *state;
    static const char *const values[] = {"on", "off"};
    for (size_t i = 0; i < 2; i++) {
        char line[256];
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run -s --json -m async --io-delay 300ms "
                       "--loop-lag %s small/img-0001.jpg -o out > doc",
                       values[i]);
        place_passes(place, line);
        json_t *document = place_json("doc");
        const json_t *loop = json_object_get(document, "loop");
        const json_t *lag = json_object_get(loop, "lag_ms");
        assert_true((lag != NULL) == (i == 0));
        assert_true(lag ? number_at(lag, "count") >= 1
                        : number_at(loop, "polls") <= 20);
        json_decref(document);
    }
    place_exits(place, 2, "$M run --loop-lag perhaps small -o out2");
    place_says(place, "neither on nor off");
}

/* Run a mode whose loop, if it has one (`loops`), does not compute. */
static double blocked_ms_of(struct place *place, const char *mode, bool loops)
{
    char line[256];
    (void)snprintf(line, sizeof line,
                   "rm -rf out; $M run -s --json -m %s -f spin:120ms large "
                   "-o out > doc",
                   mode);
    place_passes(place, line);
    json_t *document = place_json("doc");
    const json_t *loop = json_object_get(document, "loop");
    assert_true((loop != NULL) == loops);
    const double blocked_ms = loop ? number_at(loop, "blocked_ms") : 0;
    json_decref(document);
    return blocked_ms;
}

/* The system may preempt a loop for as long as a picture takes: one of several
 * rounds must be free of that. */
static void only_runs_with_a_loop_tell_of_it(void **state)
{
    struct place *place = *state;
    static const struct {
        const char *mode;
        bool loops;
    } modes[] = {{"serial", false},    {"threads", false},
                 {"hybrid", true},     {"hybrid-threads", true},
                 {"hybrid-gil", true}, {"gil", false}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        double blocked_ms = 1;
        for (int round = 0; round < ROUNDS && blocked_ms > 0; round++)
            blocked_ms = blocked_ms_of(place, modes[i].mode, modes[i].loops);
        assert_true(blocked_ms == 0);
    }
}

static void a_delay_is_before_every_read(void **state)
{
    struct place *place = *state;
    static const char *const modes[] = {"serial", "threads", "processes",
                                        "gil",    "async",   "hybrid"};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        char line[256];
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run -s --json -m %s --io-delay 5ms "
                       "small -o out > doc",
                       modes[i]);
        place_passes(place, line);
        json_t *document = place_json("doc");
        const json_t *ms = json_object_get(document, "ms");
        assert_true(number_at(ms, "read") >= 12 * 5);
        const json_t *loop = json_object_get(document, "loop");
        if (loop) {
            assert_int_equal(place_json_number(loop, "delays"), 12);
            assert_int_equal(place_json_number(loop, "delays_most"), 12);
        }
        json_decref(document);
    }
    place_exits(place, 2, "$M run --io-delay soon small -o out2");
    place_says(place, "write it like 20ms; at most 1h");
    place_exits(place, 2, "$M run --io-delay 2h small -o out2");
    place_passes(place, "test ! -e out2");
}

/* RLIMIT_NPROC for a user without other threads: the run has fewer file threads
 * than files, or reports that none starts. */
static void threads_that_cannot_be_had_are_an_error(void **state)
{
    struct place *place = *state;
    if (getuid() != 0)
        ml_test_skip("only root may become a user without threads");
    place_passes(place, "chmod 755 . && mkdir -m 777 few && cp $M few/minilab");
    place_passes(
        place,
        "for mode in async threads hybrid-threads; do for most in 2 3 4 5 6 "
        "16; do\n"
        "  setpriv --reuid 61234 --regid 61234 --clear-groups \\\n"
        "    prlimit --nproc=$most few/minilab run -s -m $mode -j2 --io 8 \\\n"
        "    small -o few/$mode-$most >said 2>&1\n"
        "  code=$?\n"
        "  case $code in\n"
        "  0) ;;\n"
        "  70) grep -q 'cannot start a thread.*ulimit -u' said || exit 1 ;;\n"
        "  *) echo $mode $most: $code; cat said; exit 1 ;;\n"
        "  esac\n"
        "  test $most != 16 || test $code = 0 || exit 1\n"
        "  test $mode$most != async2 || test $code = 70 || exit 1\n"
        "done; done");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_the_loop_is_named_and_counted),
        cmocka_unit_test(how_late_it_is_can_be_left_out),
        cmocka_unit_test(only_runs_with_a_loop_tell_of_it),
        cmocka_unit_test(a_delay_is_before_every_read),
        cmocka_unit_test(threads_that_cannot_be_had_are_an_error),
    };
    return cmocka_run_group_tests(tests, make_pictures, place_close);
}
