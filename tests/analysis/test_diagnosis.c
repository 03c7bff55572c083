/* test_diagnosis.c: each rule on made-up metrics of one run: it fires with its
 * numbers, and it does not fire on other metrics. */
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
              "93 % of the time and its output queue was empty 97 %");
    verdicts_say(&got,
                 "the run kept 2 processors 95 % busy, so only less work would "
                 "help");
    metrics.links[0].full = 0.5; /* the queues show no slow stage */
    got = of_run(&metrics);
    verdicts_lack(&got, "queue");
    verdicts_say(&got,
                 "decode,filter,encode was busy 95 % of the time and limited");
    metrics.stages[1].busy = 0.6;
    got = of_run(&metrics);
    verdicts_say(&got,
                 "was busy 60 % of the time; no stage was busier, so start-up");
}

static void readers_and_writers_may_be_the_slow_ones(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.links[0] = (struct ml_link_metrics){true, 0.0, 0.96};
    struct ml_verdicts got = of_run(&metrics);
    verdicts_lack(&got, "read limits"); /* it was hardly busy */
    metrics.stages[0].busy = 0.97;
    got = of_run(&metrics);
    verdicts_say(
        &got,
        "read limits this run: its output queue was empty 96 % of the time; "
        "a larger --io gives it more threads");
    metrics.stages[0].by_readers = false;
    got = of_run(&metrics);
    verdicts_say(&got,
                 "; mode threads with a larger --io reads several files at a "
                 "time.");
    metrics.stages[0] = (struct ml_stage_metrics){
        ML_STEP_READ, ML_STEP_READ, ML_METRIC_LOOP, 16, 0.97, true};
    got = of_run(&metrics);
    verdicts_say(&got, "; a larger --io puts more pictures in flight.");
    metrics = verdicts_usual_run();
    metrics.links[1] = (struct ml_link_metrics){true, 0.88, 0.1};
    metrics.stages[2].busy = 0.99;
    got = of_run(&metrics);
    verdicts_say(&got,
                 "write limits this run: its input queue was full 88 % of the "
                 "time; writing to the output folder is slow");
    metrics.links[1].bounded = false; /* how full is not known */
    got = of_run(&metrics);
    verdicts_lack(&got, "write limits");
}

static void idle_processors_call_for_more_workers(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.cpu_s = 9;
    metrics.machine_busy = 0.46;
    struct ml_verdicts got = of_run(&metrics);
    verdicts_say(
        &got, "kept 2 processors only 45 % busy, so more than 2 workers would "
              "help");
    metrics.machine_busy = 0.99;
    got = of_run(&metrics);
    verdicts_say(
        &got, "kept 2 processors 45 % busy, and other programs used them too");
    verdicts_lack(&got, "more than");
    metrics.machine_busy = 0.46;
    metrics.done = 2;
    got = of_run(&metrics);
    verdicts_say(&got, "only 2 pictures for 2 workers; --inner");
    verdicts_lack(&got, "more than");
}

static void the_time_of_one_thread_is_accounted_for(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.stage_count = 1;
    metrics.stages[0] = (struct ml_stage_metrics){
        ML_STEP_READ, ML_STEP_WRITE, ML_METRIC_INLINE, 1, 0.98, false};
    metrics.seconds = 20;
    struct ml_verdicts got = of_run(&metrics);
    verdicts_say(&got,
                 "it spent 60 % of its time on decode, 15 % on filter, 20 % on "
                 "encode");
    verdicts_say(&got, "; 1 more processor could have helped.");
    metrics.read_s = 200;
    got = of_run(&metrics);
    verdicts_say(&got, "mode async, overlaps the waits");
    verdicts_lack(&got, "could have helped");
    metrics.read_s = 0.2;
    metrics.processors = 1;
    got = of_run(&metrics);
    verdicts_lack(&got, "could have helped");
}

/* Their steps overlap, and add up to more than the run. */
static void with_threads_inside_a_picture_the_pace_is_named(void **state)
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
        &got, "One picture at a time, with 2 threads inside a large one: "
              "decode ran 92 % of the time, filter 23 %, encode 31 % (these "
              "overlap in a large one), reading and writing 4 %; decode sets "
              "the pace and uses one thread; the run kept 2 processors 73 % "
              "busy, and several pictures at a time (mode threads) would use "
              "more.");
    verdicts_lack(&got, "could have helped");
    metrics.encode_s = 12.5;
    metrics.cpu_s = 25;
    got = of_run(&metrics);
    verdicts_say(&got,
                 "; encode sets the pace and uses one thread; the run kept 2 "
                 "processors 96 % busy.");
    metrics.filter_s = 20; /* filters use all threads */
    got = of_run(&metrics);
    verdicts_lack(&got, "sets the pace");
    metrics.read_s = 100;
    got = of_run(&metrics);
    verdicts_say(&got, "mode async, overlaps the waits");
}

static void a_long_tail_is_reported(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.tail_s = 2.1;
    struct ml_verdicts got = of_run(&metrics);
    verdicts_say(&got, "In the last 2.10 s of 10.00 s only one picture was in "
                       "progress: 1 of 2 workers were idle");
    metrics.stages[1].width = 1; /* one worker is never left alone */
    got = of_run(&metrics);
    verdicts_lack(&got, "In the last");
    metrics = verdicts_usual_run();
    metrics.tail_s = 0.9; /* not a tenth */
    got = of_run(&metrics);
    verdicts_lack(&got, "In the last");
}

static void slow_starts_deaths_and_crowds_are_reported(void **state)
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
    verdicts_say(&got, "3 worker processes died during the run.");
    verdicts_say(&got, "4 workers shared 2 processors");
}

static void a_lock_that_is_always_held_limits(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_locked_run();
    struct ml_verdicts got = of_run(&metrics);
    verdicts_say(
        &got, "The interpreter lock limits this run: it was held 97 % of the "
              "time, and 5 threads spent 22 % of their time waiting for it "
              "(11.20 s in total)");
    metrics.gil.each = true; /* five locks, no waits */
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
    metrics.stages[1].width = 1; /* one thread computes */
    got = of_run(&metrics);
    verdicts_lack(&got, "interpreter lock");
}

static void computing_on_the_loop_is_reported(void **state)
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
                 "pictures in flight waited for files 0 % of the time; "
                 "computing blocked the loop 1 %.");
    metrics = verdicts_usual_run(); /* other stages beside the loop */
    metrics.stages[1] = (struct ml_stage_metrics){
        ML_STEP_DECODE, ML_STEP_ENCODE, ML_METRIC_LOOP, 1, 0.9, false};
    metrics.loop = (struct ml_loop_metrics){true, 9, 0.4, 0};
    got = of_run(&metrics);
    verdicts_say(&got, "nothing else on the loop ran meanwhile");
}

static void files_that_a_loop_waits_for_are_reported(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_looping_run();
    metrics.loop.blocked_s = 0.2;
    metrics.read_s = 155;
    metrics.stages[0].by_readers = true;
    struct ml_verdicts got = of_run(&metrics);
    verdicts_say(&got,
                 "Files limit this run: up to 16 pictures in flight waited for "
                 "files 97 % of the time; computing blocked the loop 2 %; a "
                 "larger --io puts more pictures in flight.");
    verdicts_lack(&got, "worker");
    metrics.done = 1; /* fewer than could be in flight, one that failed too */
    metrics.failed = 1;
    metrics.read_s = 18.7;
    got = of_run(&metrics);
    verdicts_say(&got,
                 "Files limit this run: up to 2 pictures in flight waited for "
                 "files 95 % of the time");
    verdicts_say(&got,
                 "; all files were read at the same time, so nothing more can "
                 "overlap.");
    verdicts_lack(&got, "--io");
}

static void losses_of_pools_like_cpythons_are_reported(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.tail_s = 5;
    struct ml_verdicts got = of_run(&metrics);
    verdicts_lack(&got, "broke");
    verdicts_say(&got, "In the last 5.00 s");
    metrics.pool = (struct ml_pool_metrics){true, 0};
    got = of_run(&metrics);
    verdicts_say(&got, "The pool broke when a worker process died: all pending "
                       "pictures failed");
    verdicts_lack(&got, "limits this run");
    verdicts_lack(&got, "In the last");
    metrics.pool = (struct ml_pool_metrics){false, 1};
    got = of_run(&metrics);
    verdicts_say(&got,
                 "Worker processes died with 1 picture in progress; CPython's "
                 "multiprocessing.Pool would hang;");
    verdicts_say(&got, "limits this run");
}

static void copies_of_a_transport_are_reported(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.transport =
        (struct ml_transport_metrics){"pickle", 200, 1800000000, 12};
    struct ml_verdicts got = of_run(&metrics);
    verdicts_say(
        &got, "The pickle transport copied 1800.0 MB between processes in 200 "
              "messages and found a pipe full 12 times");
    metrics.transport.bytes_copied = 0;
    got = of_run(&metrics);
    verdicts_lack(&got, "transport");
}

static void metrics_without_a_run_give_no_verdict(void **state)
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
        cmocka_unit_test(idle_processors_call_for_more_workers),
        cmocka_unit_test(the_time_of_one_thread_is_accounted_for),
        cmocka_unit_test(with_threads_inside_a_picture_the_pace_is_named),
        cmocka_unit_test(files_that_a_loop_waits_for_are_reported),
        cmocka_unit_test(losses_of_pools_like_cpythons_are_reported),
        cmocka_unit_test(a_long_tail_is_reported),
        cmocka_unit_test(slow_starts_deaths_and_crowds_are_reported),
        cmocka_unit_test(a_lock_that_is_always_held_limits),
        cmocka_unit_test(computing_on_the_loop_is_reported),
        cmocka_unit_test(copies_of_a_transport_are_reported),
        cmocka_unit_test(metrics_without_a_run_give_no_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
