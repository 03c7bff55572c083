/* test_diagnosis.c: each rule on made-up facts of one run: that it fires, with
 * its numbers, and that it does not when the facts are others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support/verdicts.h"

static struct ml_verdicts of_run(const struct ml_run_metrics *metrics)
{
    struct ml_verdicts verdicts = {0};
    ml_diagnosis_run(&verdicts, metrics);
    assert_true(verdicts.count > 0);
    return verdicts;
}

static void the_slow_stage_has_a_full_input_and_an_empty_output(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_usual_run();
    struct ml_verdicts got = of_run(&metrics);
    assert_int_equal(got.count, 1);
    verdicts_say(
        &got, "decode,filter,encode limits this run: its input queue was full "
              "93 % of the time and its output queue empty 97 %");
    verdicts_say(
        &got, "the run used 2 processors 95 % of the time, so only less work "
              "would help");
    metrics.links[0].full = 0.5; /* now the queues do not tell */
    got = of_run(&metrics);
    verdicts_lack(&got, "queue");
    verdicts_say(
        &got, "decode,filter,encode was at work 95 % of the time and limited");
    metrics.stages[1].busy = 0.6;
    got = of_run(&metrics);
    verdicts_say(&got, "was at work 60 % of the time, and no other stage more");
}

static void readers_and_writers_may_be_the_slow_ones(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.links[0] = (struct ml_link_metrics){true, 0.0, 0.96};
    struct ml_verdicts got = of_run(&metrics);
    verdicts_lack(&got, "read limits"); /* it did next to nothing */
    metrics.stages[0].busy = 0.97;
    got = of_run(&metrics);
    verdicts_say(
        &got,
        "read limits this run: its output queue was empty 96 % of the time; "
        "--io gives it more threads");
    metrics.stages[0].by_readers = false;
    got = of_run(&metrics);
    verdicts_say(&got,
                 "; mode threads, with more --io, reads several at a time.");
    metrics.stages[0] = (struct ml_stage_metrics){
        ML_STEP_READ, ML_STEP_READ, ML_METRIC_LOOP, 16, 0.97, true};
    got = of_run(&metrics);
    verdicts_say(&got, "; --io lets it have more pictures in flight.");
    metrics = verdicts_usual_run();
    metrics.links[1] = (struct ml_link_metrics){true, 0.88, 0.1};
    metrics.stages[2].busy = 0.99;
    got = of_run(&metrics);
    verdicts_say(&got,
                 "write limits this run: its input queue was full 88 % of the "
                 "time; where outputs go is slow");
    metrics.links[1].bounded = false; /* full of what is not known */
    got = of_run(&metrics);
    verdicts_lack(&got, "write limits");
}

static void who_leaves_processors_idle_gets_more_workers(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.cpu_s = 9;
    metrics.machine_busy = 0.46;
    struct ml_verdicts got = of_run(&metrics);
    verdicts_say(
        &got, "used 2 processors only 45 % of the time, so more workers than "
              "2 would help");
    metrics.machine_busy = 0.99;
    got = of_run(&metrics);
    verdicts_say(
        &got, "used 2 processors 45 % of the time, and others used them too");
    verdicts_lack(&got, "more workers");
    metrics.machine_busy = 0.46;
    metrics.done = 2;
    got = of_run(&metrics);
    verdicts_say(&got, "only 2 pictures for 2 workers; --inner");
    verdicts_lack(&got, "more workers");
}

static void one_thread_tells_where_its_time_went(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.stage_count = 1;
    metrics.stages[0] = (struct ml_stage_metrics){
        ML_STEP_READ, ML_STEP_WRITE, ML_METRIC_INLINE, 1, 0.98, false};
    metrics.seconds = 20;
    struct ml_verdicts got = of_run(&metrics);
    verdicts_say(&got,
                 "60 % went into decode, 15 % into filter, 20 % into encode");
    verdicts_say(&got, "; 1 more processor could have helped.");
    metrics.read_s = 200;
    got = of_run(&metrics);
    verdicts_say(&got, "async, overlaps the waiting");
    verdicts_lack(&got, "could have helped");
    metrics.read_s = 0.2;
    metrics.processors = 1;
    got = of_run(&metrics);
    verdicts_lack(&got, "could have helped");
}

/* Their steps overlap, and add up to more than the run. */
static void threads_inside_a_picture_tell_what_sets_the_pace(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.stage_count = 1;
    metrics.stages[0] = (struct ml_stage_metrics){
        ML_STEP_READ, ML_STEP_WRITE, ML_METRIC_INLINE, 1, 1.9, false};
    metrics.inner = 2;
    metrics.seconds = 13;
    struct ml_verdicts got = of_run(&metrics);
    verdicts_say(
        &got, "One picture at a time, 2 threads inside a large one: decode "
              "went on 92 % of the time, filter 23 %, encode 31 % (in a large "
              "one they overlap), reading and writing 4 %; decode sets the "
              "pace, which is one thread's work; the run used 2 processors "
              "73 % of the time, and several pictures at a time (mode "
              "threads) would use more.");
    verdicts_lack(&got, "could have helped");
    metrics.encode_s = 12.5;
    metrics.cpu_s = 25;
    got = of_run(&metrics);
    verdicts_say(&got,
                 "; encode sets the pace, which is one thread's work; the run "
                 "used 2 processors 96 % of the time.");
    metrics.filter_s = 20; /* and filters are everybody's */
    got = of_run(&metrics);
    verdicts_lack(&got, "sets the pace");
    metrics.read_s = 100;
    got = of_run(&metrics);
    verdicts_say(&got, "async, overlaps the waiting");
}

static void a_long_tail_is_told(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.tail_s = 2.1;
    struct ml_verdicts got = of_run(&metrics);
    verdicts_say(&got,
                 "The last 2.10 s of 10.00 s had one picture in work: 1 of 2 "
                 "workers were idle");
    metrics.stages[1].width = 1; /* then that is what it always has */
    got = of_run(&metrics);
    verdicts_lack(&got, "The last");
    metrics = verdicts_usual_run();
    metrics.tail_s = 0.9; /* not a tenth */
    got = of_run(&metrics);
    verdicts_lack(&got, "The last");
}

static void dear_starts_deaths_and_crowds_are_told(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.workers_started = 2;
    metrics.start_max_s = 0.01;
    struct ml_verdicts got = of_run(&metrics);
    verdicts_lack(&got, "Starting");
    verdicts_lack(&got, "died");
    verdicts_lack(&got, "shared");
    metrics.start_max_s = 3;
    metrics.worker_deaths = 3;
    metrics.stages[1].width = 4;
    got = of_run(&metrics);
    verdicts_say(
        &got, "Starting a worker process took up to 3000 ms of a run of 10000 "
              "ms");
    verdicts_say(&got, "3 worker processes died on the way.");
    verdicts_say(&got, "4 workers shared 2 processors");
}

static void a_lock_that_is_always_held_limits(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_locked_run();
    struct ml_verdicts got = of_run(&metrics);
    verdicts_say(
        &got, "The interpreter lock limits this run: it was held 97 % of the "
              "time, and its 5 threads waited 22 % of theirs for it (11.20 s");
    metrics.gil.each = true; /* five locks, and nobody waits */
    got = of_run(&metrics);
    verdicts_lack(&got, "interpreter lock");
    metrics = verdicts_locked_run();
    metrics.gil.released = true;
    got = of_run(&metrics);
    verdicts_lack(&got, "interpreter lock");
    metrics = verdicts_locked_run();
    metrics.gil.hold_s = 3;
    got = of_run(&metrics);
    verdicts_lack(&got, "interpreter lock");
    metrics = verdicts_locked_run();
    metrics.stages[1].width = 1; /* nobody else would compute */
    got = of_run(&metrics);
    verdicts_lack(&got, "interpreter lock");
}

static void computing_on_the_loop_is_told(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_looping_run();
    struct ml_verdicts got = of_run(&metrics);
    verdicts_say(
        &got, "Computing blocked the event loop 96 % of the time (9.60 s, up "
              "to 400 ms at a time, 37 times for 100 ms or more)");
    verdicts_lack(&got, "16 workers"); /* it has one thread */
    metrics.loop.slow = 0;
    got = of_run(&metrics);
    verdicts_lack(&got, "for 100 ms or more");
    metrics.loop.blocked_s = 0.1;
    got = of_run(&metrics);
    verdicts_lack(&got, "Computing blocked");
    verdicts_say(&got,
                 "Neither files nor computing alone limited this run: up to 16 "
                 "in flight at one time waited for files 0 % of it; computing "
                 "blocked the loop 1 %.");
    metrics = verdicts_usual_run(); /* others work beside the loop */
    metrics.stages[1] = (struct ml_stage_metrics){
        ML_STEP_DECODE, ML_STEP_ENCODE, ML_METRIC_LOOP, 1, 0.9, false};
    metrics.loop = (struct ml_loop_metrics){true, 9, 0.4, 0};
    got = of_run(&metrics);
    verdicts_say(&got, "nothing else on it went on meanwhile");
}

static void files_that_a_loop_waits_for_are_told(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_looping_run();
    metrics.loop.blocked_s = 0.2;
    metrics.read_s = 155;
    metrics.stages[0].by_readers = true;
    struct ml_verdicts got = of_run(&metrics);
    verdicts_say(&got,
                 "Files limit this run: up to 16 in flight at one time waited "
                 "for files 97 % of it; computing blocked the loop 2 %; --io "
                 "lets it have more pictures in flight.");
    verdicts_lack(&got, "worker");
    metrics.done = 1; /* fewer than could be in flight, one that failed too */
    metrics.failed = 1;
    metrics.read_s = 18.7;
    got = of_run(&metrics);
    verdicts_say(
        &got, "Files limit this run: up to 2 in flight at one time waited for "
              "files 95 % of it");
    verdicts_say(&got,
                 "; all were read at one time, so nothing more can overlap.");
    verdicts_lack(&got, "--io");
}

static void pools_of_cpython_tell_what_became_of_pictures(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.tail_s = 5;
    struct ml_verdicts got = of_run(&metrics);
    verdicts_lack(&got, "broke");
    verdicts_say(&got, "The last 5.00 s");
    metrics.pool = (struct ml_pool_metrics){true, 0};
    got = of_run(&metrics);
    verdicts_say(&got,
                 "The pool broke when a worker process died: all that was "
                 "pending failed");
    verdicts_lack(&got, "limits this run");
    verdicts_lack(&got, "The last");
    metrics.pool = (struct ml_pool_metrics){false, 1};
    got = of_run(&metrics);
    verdicts_say(&got,
                 "Worker processes died with 1 picture, which nobody would");
    verdicts_say(&got, "limits this run");
}

static void copies_of_a_transport_are_told(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.transport =
        (struct ml_transport_metrics){"pickle", 200, 1800000000, 12};
    struct ml_verdicts got = of_run(&metrics);
    verdicts_say(
        &got, "The transport pickle copied 1800.0 MB between processes in 200 "
              "messages and waited 12 times for room in a pipe");
    metrics.transport.bytes_copied = 0;
    got = of_run(&metrics);
    verdicts_lack(&got, "transport");
}

static void facts_that_are_not_there_are_no_reason_to_crash(void **state)
{
    (void)state;
    const struct ml_run_metrics none = {.seconds = 0};
    struct ml_verdicts verdicts = {0};
    ml_diagnosis_run(&verdicts, &none);
    assert_int_equal(verdicts.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_slow_stage_has_a_full_input_and_an_empty_output),
        cmocka_unit_test(readers_and_writers_may_be_the_slow_ones),
        cmocka_unit_test(who_leaves_processors_idle_gets_more_workers),
        cmocka_unit_test(one_thread_tells_where_its_time_went),
        cmocka_unit_test(threads_inside_a_picture_tell_what_sets_the_pace),
        cmocka_unit_test(files_that_a_loop_waits_for_are_told),
        cmocka_unit_test(pools_of_cpython_tell_what_became_of_pictures),
        cmocka_unit_test(a_long_tail_is_told),
        cmocka_unit_test(dear_starts_deaths_and_crowds_are_told),
        cmocka_unit_test(a_lock_that_is_always_held_limits),
        cmocka_unit_test(computing_on_the_loop_is_told),
        cmocka_unit_test(copies_of_a_transport_are_told),
        cmocka_unit_test(facts_that_are_not_there_are_no_reason_to_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
