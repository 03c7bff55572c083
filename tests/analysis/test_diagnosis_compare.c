/* test_diagnosis_compare.c: each rule on made-up configurations: it fires with
 * its numbers, and it does not fire on other metrics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support/verdicts.h"

static struct ml_candidate candidate(const char *label, unsigned width,
                                     double median)
{
    struct ml_candidate one = {
        .width = width,
        .wall = {median, median * 0.98, median * 1.02, 5},
        .cpu_s = 9.5,
        .metrics = verdicts_usual_run(),
    };
    verdicts_name(&one, label);
    one.metrics.stages[1].width = width ? width : 1;
    return one;
}

static struct ml_verdicts of_some(const struct ml_candidate *some, size_t count)
{
    struct ml_verdicts verdicts = {0};
    ml_diagnosis_compare(&verdicts, some, count, 0);
    return verdicts;
}

static void the_fastest_is_named_when_it_is_alone(void **state)
{
    (void)state;
    const struct ml_candidate some[] = {candidate("serial", 0, 10),
                                        candidate("threads -j 2", 2, 5),
                                        candidate("processes -j 2", 2, 6)};
    const struct ml_verdicts got = of_some(some, 3);
    verdicts_say(&got,
                 "threads -j 2 is the fastest, about 2.00 times as fast as "
                 "serial.");
    verdicts_say(&got, "processes -j 2 is 1.67 times as fast as serial.");
    assert_int_equal(got.count, 2); /* the gain of the first is reported once */
    verdicts_lack(&got, "significant");
    verdicts_lack(&got, "waited the rest");
}

static void what_overlaps_is_not_ranked(void **state)
{
    (void)state;
    const struct ml_candidate some[] = {candidate("serial", 0, 10),
                                        candidate("threads -j 2", 2, 5),
                                        candidate("processes -j 2", 2, 5.1)};
    struct ml_verdicts got = of_some(some, 3);
    verdicts_say(
        &got, "threads -j 2 had the shortest median time, about 2.00 times as "
              "fast as serial; processes -j 2 shows no significant "
              "difference: the intervals overlap.");
    verdicts_lack(&got, "is the fastest");
    const struct ml_candidate alike[] = {candidate("serial", 0, 10),
                                         candidate("stages", 0, 10.1)};
    got = of_some(alike, 2);
    verdicts_say(&got, "serial had the shortest median time; stages shows no "
                       "significant difference: the intervals overlap.");
    verdicts_say(&got,
                 "stages shows no significant difference from serial (0.99 "
                 "times as fast)");
    verdicts_lack(&got, "fastest");
}

static void many_that_overlap_are_counted(void **state)
{
    (void)state;
    struct ml_candidate some[9];
    for (unsigned i = 0; i < 9; i++) {
        char label[24];
        (void)snprintf(label, sizeof label, "m%u -j 2", i);
        some[i] = candidate(label, 2, 5);
    }
    const struct ml_verdicts got = of_some(some, 9);
    verdicts_say(&got,
                 "m0 -j 2 had the shortest median time; m1 -j 2, m2 -j 2, m3 "
                 "-j 2, m4 -j 2, m5 -j 2, m6 -j 2 and 2 more show no "
                 "significant difference");
}

static void too_few_repetitions_rank_nothing(void **state)
{
    (void)state;
    struct ml_candidate some[] = {candidate("serial", 0, 10),
                                  candidate("threads -j 2", 2, 5)};
    some[0].wall.count = some[1].wall.count = 4;
    const struct ml_verdicts got = of_some(some, 2);
    assert_int_equal(got.count, 1);
    verdicts_say(&got, "4 repetitions are too few to rank anything;");
}

static void the_reason_for_no_gain_is_named(void **state)
{
    (void)state;
    struct ml_candidate some[] = {candidate("serial", 0, 10),
                                  candidate("threads -j 2", 2, 9.6)};
    struct ml_verdicts got = of_some(some, 2);
    verdicts_say(&got,
                 "threads -j 2 is hardly faster than serial (1.04 times as "
                 "fast).");
    some[1] = candidate("threads -j 2", 2, 15);
    some[1].metrics.processors = 1;
    got = of_some(some, 2);
    verdicts_say(&got,
                 "threads -j 2 takes 1.50 times as long as serial; only one "
                 "processor is available.");
    some[1].metrics.processors = 2;
    some[1].metrics.done = 1;
    got = of_some(some, 2);
    verdicts_say(&got, "; there is 1 picture for 2 workers.");
    some[1] = candidate("processes -j 2", 2, 15);
    some[1].metrics.start_max_s = 4;
    got = of_some(some, 2);
    verdicts_say(&got, "; starting its workers took 4000 ms of 10000 ms.");
    some[1] = candidate("threads -j 4", 4, 15);
    got = of_some(some, 2);
    verdicts_say(&got, "; 4 workers share 2 processors.");
    some[1] = candidate("stages", 0, 9.9);
    some[1].metrics.stages[0].width = 1;
    some[1].metrics.read_s = 9.3;
    got = of_some(some, 2);
    verdicts_lack(&got, "files"); /* its readers keep pace */
    some[1].metrics.stages[1].busy = 0.3;
    some[1].metrics.tail_s = 5;
    got = of_some(some, 2);
    verdicts_say(&got,
                 "; it waited for files 93 % of its time, 1 file at a time.");
    some[1] = candidate("threads -j 2", 2, 9.9);
    some[1].metrics.tail_s = 5;
    got = of_some(some, 2);
    verdicts_say(&got,
                 "; only one picture was in progress in the last 5.00 s.");
}

/* What is published of Python: held, nothing; released, or in processes, as
 * many times as fast as there are processors; a loop computes one at a time. */
static void the_published_pattern_is_reported(void **state)
{
    (void)state;
    struct ml_candidate some[] = {
        candidate("serial", 0, 10), candidate("gil -j 2", 2, 10.2),
        candidate("processes -j 2", 2, 5.3), candidate("async", 0, 10.1)};
    some[1].metrics = verdicts_locked_run();
    some[3].metrics = verdicts_looping_run();
    struct ml_verdicts got = of_some(some, 4);
    verdicts_say(
        &got, "gil -j 2 shows no significant difference from serial (0.98 "
              "times as fast); the interpreter lock was held 97 % of the "
              "time, and its threads spent 22 % of their time waiting for it: "
              "one computed at a time; processes -j 2 took 0.52 times as long "
              "for the same work.");
    verdicts_say(&got,
                 "processes -j 2 is the fastest, about 1.89 times as fast as "
                 "serial.");
    verdicts_say(&got,
                 "async shows no significant difference from serial (0.99 "
                 "times as fast); computing blocked its event loop 96 % of the "
                 "time.");
    some[1] = candidate("gil -j 2", 2, 5.2);
    some[1].metrics = verdicts_locked_run();
    some[1].metrics.gil.released = true;
    got = of_some(some, 4);
    verdicts_say(&got,
                 "gil -j 2, which releases the lock to compute, is 1.92 times "
                 "as fast as serial.");
}

static void threads_inside_a_picture_share_a_part(void **state)
{
    (void)state;
    struct ml_candidate some[] = {candidate("serial", 0, 10),
                                  candidate("openmp -j 2", 2, 9.7)};
    some[1].metrics.inner = 2;
    struct ml_verdicts got = of_some(some, 2);
    verdicts_lack(&got, "inside a picture"); /* they are workers */
    some[1].metrics.stages[1].width = 1;
    got = of_some(some, 2);
    verdicts_say(&got,
                 "; 2 threads inside a picture share only part of its work.");
}

/* The widest with a processor for each worker represents its mode. */
static void one_width_represents_a_mode(void **state)
{
    (void)state;
    struct ml_candidate some[] = {
        candidate("serial", 0, 10), candidate("threads -j 1", 1, 10.5),
        candidate("threads -j 2", 2, 5), candidate("threads -j 4", 4, 5.6)};
    some[3].wall.lower = some[2].wall.lower; /* several are the fastest */
    const struct ml_verdicts got = of_some(some, 4);
    verdicts_say(&got, "threads -j 2 is 2.00 times as fast as serial.");
    verdicts_lack(&got, "threads -j 1");
    verdicts_lack(&got, "threads -j 4 is");
}

static void work_that_waits_is_recognised(void **state)
{
    (void)state;
    struct ml_candidate some[] = {candidate("serial", 0, 10),
                                  candidate("async", 0, 0.8)};
    some[0].cpu_s = 0.7;
    struct ml_verdicts got = of_some(some, 2);
    verdicts_lack(&got, "waited the rest"); /* for a processor, perhaps */
    some[0].metrics.seconds = 10;
    some[0].metrics.read_s = 9.1;
    got = of_some(some, 2);
    verdicts_say(&got,
                 "serial used a processor 7 % of its time and waited the rest: "
                 "waits can overlap, even on one processor.");
    verdicts_say(&got,
                 "async is the fastest, about 12.50 times as fast as serial.");
    some[0].cpu_s = 6;
    got = of_some(some, 2);
    verdicts_lack(&got, "waited the rest");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fastest_is_named_when_it_is_alone),
        cmocka_unit_test(what_overlaps_is_not_ranked),
        cmocka_unit_test(many_that_overlap_are_counted),
        cmocka_unit_test(too_few_repetitions_rank_nothing),
        cmocka_unit_test(the_reason_for_no_gain_is_named),
        cmocka_unit_test(the_published_pattern_is_reported),
        cmocka_unit_test(threads_inside_a_picture_share_a_part),
        cmocka_unit_test(one_width_represents_a_mode),
        cmocka_unit_test(work_that_waits_is_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
