/* test_verdict.c: each rule on made-up facts: that it fires, with its numbers,
 * and that it does not when the facts are others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "measure/verdict.h"

/* ---- what was said ---- */

static bool said(const struct ml_verdicts *verdicts, const char *part)
{
    for (size_t i = 0; i < verdicts->count; i++) {
        if (strstr(verdicts->sentences[i], part))
            return true;
    }
    return false;
}

static void show(const struct ml_verdicts *verdicts)
{
    for (size_t i = 0; i < verdicts->count; i++)
        print_message("- %s\n", verdicts->sentences[i]);
}

static void says(const struct ml_verdicts *verdicts, const char *part)
{
    if (said(verdicts, part))
        return;
    show(verdicts);
    fail_msg("not said: %s", part);
}

static void lacks(const struct ml_verdicts *verdicts, const char *part)
{
    if (!said(verdicts, part))
        return;
    show(verdicts);
    fail_msg("said: %s", part);
}

/* ---- one run ---- */

/* Two workers that compute, behind readers, before a writer: the usual. */
static struct ml_facts usual_run(void)
{
    return (struct ml_facts){
        .mode = "threads",
        .processors = 2,
        .seconds = 10,
        .cpu_s = 19,
        .machine_busy = 0.97,
        .decode_s = 12,
        .filter_s = 3,
        .encode_s = 4,
        .read_s = 0.2,
        .write_s = 0.3,
        .done = 100,
        .tail_s = 0.05,
        .stage_count = 3,
        .stages = {{"read", "threads", 2, 0.01, true},
                   {"decode,filter,encode", "threads", 2, 0.95, false},
                   {"write", "threads", 1, 0.03, false}},
        .links = {{true, 0.93, 0.02}, {true, 0.0, 0.97}},
    };
}

static struct ml_verdicts of_run(const struct ml_facts *facts)
{
    struct ml_verdicts verdicts = {0};
    ml_verdict_run(&verdicts, facts);
    assert_true(verdicts.count > 0);
    return verdicts;
}

static void the_slow_stage_has_a_full_input_and_an_empty_output(void **state)
{
    (void)state;
    struct ml_facts facts = usual_run();
    struct ml_verdicts got = of_run(&facts);
    assert_int_equal(got.count, 1);
    says(&got, "decode,filter,encode limits this run: its input queue was full "
               "93 % of the time and its output queue empty 97 %");
    says(&got, "the run used 2 processors 95 % of the time, so only less work "
               "would help");
    facts.links[0].full = 0.5; /* now the queues do not tell */
    got = of_run(&facts);
    lacks(&got, "queue");
    says(&got, "decode,filter,encode was at work 95 % of the time and limited");
    facts.stages[1].busy = 0.6;
    got = of_run(&facts);
    says(&got, "was at work 60 % of the time, and no other stage more");
}

static void readers_and_writers_may_be_the_slow_ones(void **state)
{
    (void)state;
    struct ml_facts facts = usual_run();
    facts.links[0] = (struct ml_link_facts){true, 0.0, 0.96};
    struct ml_verdicts got = of_run(&facts);
    lacks(&got, "read limits"); /* it did next to nothing */
    facts.stages[0].busy = 0.97;
    got = of_run(&facts);
    says(&got,
         "read limits this run: its output queue was empty 96 % of the time; "
         "--io gives it more threads");
    facts.stages[0].by_readers = false;
    got = of_run(&facts);
    says(&got, "; mode threads, with more --io, reads several at a time.");
    facts.stages[0] = (struct ml_stage_facts){"read", "loop", 16, 0.97, true};
    got = of_run(&facts);
    says(&got, "; --io lets it have more pictures in flight.");
    facts = usual_run();
    facts.links[1] = (struct ml_link_facts){true, 0.88, 0.1};
    facts.stages[2].busy = 0.99;
    got = of_run(&facts);
    says(&got, "write limits this run: its input queue was full 88 % of the "
               "time; where outputs go is slow");
    facts.links[1].bounded = false; /* full of what is not known */
    got = of_run(&facts);
    lacks(&got, "write limits");
}

static void who_leaves_processors_idle_gets_more_workers(void **state)
{
    (void)state;
    struct ml_facts facts = usual_run();
    facts.cpu_s = 9;
    facts.machine_busy = 0.46;
    struct ml_verdicts got = of_run(&facts);
    says(&got, "used 2 processors only 45 % of the time, so more workers than "
               "2 would help");
    facts.machine_busy = 0.99;
    got = of_run(&facts);
    says(&got, "used 2 processors 45 % of the time, and others used them too");
    lacks(&got, "more workers");
    facts.machine_busy = 0.46;
    facts.done = 2;
    got = of_run(&facts);
    says(&got, "only 2 pictures for 2 workers; --inner");
    lacks(&got, "more workers");
}

static void one_thread_tells_where_its_time_went(void **state)
{
    (void)state;
    struct ml_facts facts = usual_run();
    facts.stage_count = 1;
    facts.stages[0] = (struct ml_stage_facts){"read,decode,filter,encode,write",
                                              "inline", 1, 0.98, false};
    facts.seconds = 20;
    struct ml_verdicts got = of_run(&facts);
    says(&got, "60 % went into decode, 15 % into filter, 20 % into encode");
    says(&got, "; 1 more processor could have helped.");
    facts.read_s = 200;
    got = of_run(&facts);
    says(&got, "async, overlaps the waiting");
    lacks(&got, "could have helped");
    facts.read_s = 0.2;
    facts.processors = 1;
    got = of_run(&facts);
    lacks(&got, "could have helped");
}

/* Their steps overlap, and add up to more than the run. */
static void threads_inside_a_picture_tell_what_sets_the_pace(void **state)
{
    (void)state;
    struct ml_facts facts = usual_run();
    facts.stage_count = 1;
    facts.stages[0] = (struct ml_stage_facts){"read,decode,filter,encode,write",
                                              "inline", 1, 1.9, false};
    facts.inner = 2;
    facts.seconds = 13;
    struct ml_verdicts got = of_run(&facts);
    says(&got, "One picture at a time, 2 threads inside a large one: decode "
               "went on 92 % of the time, filter 23 %, encode 31 % (in a large "
               "one they overlap), reading and writing 4 %; decode sets the "
               "pace, which is one thread's work; the run used 2 processors "
               "73 % of the time, and several pictures at a time (mode "
               "threads) would use more.");
    lacks(&got, "could have helped");
    facts.encode_s = 12.5;
    facts.cpu_s = 25;
    got = of_run(&facts);
    says(&got, "; encode sets the pace, which is one thread's work; the run "
               "used 2 processors 96 % of the time.");
    facts.filter_s = 20; /* and filters are everybody's */
    got = of_run(&facts);
    lacks(&got, "sets the pace");
    facts.read_s = 100;
    got = of_run(&facts);
    says(&got, "async, overlaps the waiting");
}

static void a_long_tail_is_told(void **state)
{
    (void)state;
    struct ml_facts facts = usual_run();
    facts.tail_s = 2.1;
    struct ml_verdicts got = of_run(&facts);
    says(&got, "The last 2.10 s of 10.00 s had one picture in work: 1 of 2 "
               "workers were idle");
    facts.stages[1].width = 1; /* then that is what it always has */
    got = of_run(&facts);
    lacks(&got, "The last");
    facts = usual_run();
    facts.tail_s = 0.9; /* not a tenth */
    got = of_run(&facts);
    lacks(&got, "The last");
}

static void dear_starts_deaths_and_crowds_are_told(void **state)
{
    (void)state;
    struct ml_facts facts = usual_run();
    facts.workers_started = 2;
    facts.start_max_s = 0.01;
    struct ml_verdicts got = of_run(&facts);
    lacks(&got, "Starting");
    lacks(&got, "died");
    lacks(&got, "shared");
    facts.start_max_s = 3;
    facts.worker_deaths = 3;
    facts.stages[1].width = 4;
    got = of_run(&facts);
    says(&got, "Starting a worker process took up to 3000 ms of a run of 10000 "
               "ms");
    says(&got, "3 worker processes died on the way.");
    says(&got, "4 workers shared 2 processors");
}

static struct ml_facts locked_run(void)
{
    struct ml_facts facts = usual_run();
    facts.gil = (struct ml_gil_facts){.used = true,
                                      .habit = "hold",
                                      .threads = 5,
                                      .wait_s = 11.2,
                                      .hold_s = 9.7};
    for (size_t i = 0; i < facts.stage_count; i++)
        (void)snprintf(facts.stages[i].executor,
                       sizeof facts.stages[i].executor, "gil");
    return facts;
}

static void a_lock_that_is_always_held_limits(void **state)
{
    (void)state;
    struct ml_facts facts = locked_run();
    struct ml_verdicts got = of_run(&facts);
    says(&got, "The interpreter lock limits this run: it was held 97 % of the "
               "time, and its 5 threads waited 22 % of theirs for it (11.20 s");
    facts.gil.each = true; /* five locks, and nobody waits */
    got = of_run(&facts);
    lacks(&got, "interpreter lock");
    facts = locked_run();
    (void)snprintf(facts.gil.habit, sizeof facts.gil.habit, "release");
    got = of_run(&facts);
    lacks(&got, "interpreter lock");
    facts = locked_run();
    facts.gil.hold_s = 3;
    got = of_run(&facts);
    lacks(&got, "interpreter lock");
    facts = locked_run();
    facts.stages[1].width = 1; /* nobody else would compute */
    got = of_run(&facts);
    lacks(&got, "interpreter lock");
}

static struct ml_facts looping_run(void)
{
    struct ml_facts facts = usual_run();
    facts.stage_count = 1;
    facts.stages[0] = (struct ml_stage_facts){"read,decode,filter,encode,write",
                                              "loop", 16, 0.97, false};
    facts.loop = (struct ml_loop_facts){true, 9.6, 0.4, 37};
    return facts;
}

static void computing_on_the_loop_is_told(void **state)
{
    (void)state;
    struct ml_facts facts = looping_run();
    struct ml_verdicts got = of_run(&facts);
    says(&got, "Computing blocked the event loop 96 % of the time (9.60 s, up "
               "to 400 ms at a time, 37 times for 100 ms or more)");
    lacks(&got, "16 workers"); /* it has one thread */
    facts.loop.slow = 0;
    got = of_run(&facts);
    lacks(&got, "for 100 ms or more");
    facts.loop.blocked_s = 0.1;
    got = of_run(&facts);
    lacks(&got, "Computing blocked");
    says(&got, "Neither files nor computing alone limited this run: up to 16 "
               "in flight at one time waited for files 0 % of it; computing "
               "blocked the loop 1 %.");
    facts = usual_run(); /* others work beside the loop */
    facts.stages[1] =
        (struct ml_stage_facts){"decode,filter,encode", "loop", 1, 0.9, false};
    facts.loop = (struct ml_loop_facts){true, 9, 0.4, 0};
    got = of_run(&facts);
    says(&got, "nothing else on it went on meanwhile");
}

static void files_that_a_loop_waits_for_are_told(void **state)
{
    (void)state;
    struct ml_facts facts = looping_run();
    facts.loop.blocked_s = 0.2;
    facts.read_s = 155;
    facts.stages[0].by_readers = true;
    struct ml_verdicts got = of_run(&facts);
    says(&got, "Files limit this run: up to 16 in flight at one time waited "
               "for files 97 % of it; computing blocked the loop 2 %; --io "
               "lets it have more pictures in flight.");
    lacks(&got, "worker");
    facts.done = 1; /* fewer than could be in flight, one that failed too */
    facts.failed = 1;
    facts.read_s = 18.7;
    got = of_run(&facts);
    says(&got, "Files limit this run: up to 2 in flight at one time waited for "
               "files 95 % of it");
    says(&got, "; all were read at one time, so nothing more can overlap.");
    lacks(&got, "--io");
}

static void pools_of_cpython_tell_what_became_of_pictures(void **state)
{
    (void)state;
    struct ml_facts facts = usual_run();
    facts.tail_s = 5;
    struct ml_verdicts got = of_run(&facts);
    lacks(&got, "broke");
    says(&got, "The last 5.00 s");
    facts.pool = (struct ml_pool_facts){true, 0};
    got = of_run(&facts);
    says(&got, "The pool broke when a worker process died: all that was "
               "pending failed");
    lacks(&got, "limits this run");
    lacks(&got, "The last");
    facts.pool = (struct ml_pool_facts){false, 1};
    got = of_run(&facts);
    says(&got, "Worker processes died with 1 picture, which nobody would");
    says(&got, "limits this run");
}

static void copies_of_a_transport_are_told(void **state)
{
    (void)state;
    struct ml_facts facts = usual_run();
    facts.transport =
        (struct ml_transport_facts){"pickle", 200, 1800000000, 12};
    struct ml_verdicts got = of_run(&facts);
    says(&got, "The transport pickle copied 1800.0 MB between processes in 200 "
               "messages and waited 12 times for room in a pipe");
    facts.transport.bytes_copied = 0;
    got = of_run(&facts);
    lacks(&got, "transport");
}

static void facts_that_are_not_there_are_no_reason_to_crash(void **state)
{
    (void)state;
    const struct ml_facts none = {.seconds = 0};
    struct ml_verdicts verdicts = {0};
    ml_verdict_run(&verdicts, &none);
    assert_int_equal(verdicts.count, 0);
}

/* ---- comparisons ---- */

static struct ml_contender contender(const char *label, unsigned width,
                                     double median)
{
    struct ml_contender one = {
        .width = width,
        .wall = {median, median * 0.98, median * 1.02, 5},
        .cpu_s = 9.5,
        .facts = usual_run(),
    };
    (void)snprintf(one.label, sizeof one.label, "%s", label);
    (void)snprintf(one.mode, sizeof one.mode, "%.*s", (int)strcspn(label, " "),
                   label);
    one.facts.stages[1].width = width ? width : 1;
    return one;
}

static struct ml_verdicts of_some(const struct ml_contender *some, size_t count)
{
    struct ml_verdicts verdicts = {0};
    ml_verdict_compare(&verdicts, some, count, 0);
    return verdicts;
}

static void the_fastest_is_named_when_it_is_alone(void **state)
{
    (void)state;
    const struct ml_contender some[] = {contender("serial", 0, 10),
                                        contender("threads -j 2", 2, 5),
                                        contender("processes -j 2", 2, 6)};
    const struct ml_verdicts got = of_some(some, 3);
    says(&got, "threads -j 2 is the fastest, about 2.00 times as fast as "
               "serial.");
    says(&got, "processes -j 2 is 1.67 times as fast as serial.");
    assert_int_equal(got.count, 2); /* the gain of the first is told once */
    lacks(&got, "told apart");
    lacks(&got, "waited for the rest");
}

static void what_overlaps_is_not_ranked(void **state)
{
    (void)state;
    const struct ml_contender some[] = {contender("serial", 0, 10),
                                        contender("threads -j 2", 2, 5),
                                        contender("processes -j 2", 2, 5.1)};
    struct ml_verdicts got = of_some(some, 3);
    says(&got, "threads -j 2 had the shortest median, about 2.00 times as fast "
               "as serial; processes -j 2 cannot be told from it here: the "
               "intervals overlap.");
    lacks(&got, "is the fastest");
    const struct ml_contender alike[] = {contender("serial", 0, 10),
                                         contender("stages", 0, 10.1)};
    got = of_some(alike, 2);
    says(&got, "serial had the shortest median; stages cannot be told from it "
               "here: the intervals overlap.");
    says(&got, "stages cannot be told from serial (0.99 times as fast)");
    lacks(&got, "fastest");
}

static void many_that_overlap_are_counted(void **state)
{
    (void)state;
    struct ml_contender some[9];
    for (unsigned i = 0; i < 9; i++) {
        char label[24];
        (void)snprintf(label, sizeof label, "m%u -j 2", i);
        some[i] = contender(label, 2, 5);
    }
    const struct ml_verdicts got = of_some(some, 9);
    says(&got, "m0 -j 2 had the shortest median; m1 -j 2, m2 -j 2, m3 -j 2, "
               "m4 -j 2, m5 -j 2, m6 -j 2 and 2 more cannot be told from it");
}

static void too_few_repetitions_rank_nothing(void **state)
{
    (void)state;
    struct ml_contender some[] = {contender("serial", 0, 10),
                                  contender("threads -j 2", 2, 5)};
    some[0].wall.count = some[1].wall.count = 4;
    const struct ml_verdicts got = of_some(some, 2);
    assert_int_equal(got.count, 1);
    says(&got, "Nothing is ranked: 4 repetitions cannot tell apart");
}

static void who_gains_nothing_is_told_why(void **state)
{
    (void)state;
    struct ml_contender some[] = {contender("serial", 0, 10),
                                  contender("threads -j 2", 2, 9.6)};
    struct ml_verdicts got = of_some(some, 2);
    says(&got, "threads -j 2 gains next to nothing over serial (1.04 times as "
               "fast).");
    some[1] = contender("threads -j 2", 2, 15);
    some[1].facts.processors = 1;
    got = of_some(some, 2);
    says(&got, "threads -j 2 takes 1.50 times as long as serial; there is one "
               "processor.");
    some[1].facts.processors = 2;
    some[1].facts.done = 1;
    got = of_some(some, 2);
    says(&got, "; there is 1 picture for 2 workers.");
    some[1] = contender("processes -j 2", 2, 15);
    some[1].facts.start_max_s = 4;
    got = of_some(some, 2);
    says(&got, "; starting its workers took 4000 ms of 10000 ms.");
    some[1] = contender("threads -j 4", 4, 15);
    got = of_some(some, 2);
    says(&got, "; 4 workers share 2 processors.");
    some[1] = contender("stages", 0, 9.9);
    some[1].facts.stages[0].width = 1;
    some[1].facts.read_s = 9.3;
    got = of_some(some, 2);
    lacks(&got, "files"); /* readers that keep pace with who computes */
    some[1].facts.stages[1].busy = 0.3;
    some[1].facts.tail_s = 5;
    got = of_some(some, 2);
    says(&got, "; it waited for files 93 % of its time, 1 at a time.");
    some[1] = contender("threads -j 2", 2, 9.9);
    some[1].facts.tail_s = 5;
    got = of_some(some, 2);
    says(&got, "; one picture alone was in work in the last 5.00 s.");
}

/* What is published of Python: held, nothing; released, or in processes, as
 * many times as fast as there are processors; a loop computes one at a time. */
static void the_published_pattern_is_said(void **state)
{
    (void)state;
    struct ml_contender some[] = {
        contender("serial", 0, 10), contender("gil -j 2", 2, 10.2),
        contender("processes -j 2", 2, 5.3), contender("async", 0, 10.1)};
    some[1].facts = locked_run();
    some[3].facts = looping_run();
    struct ml_verdicts got = of_some(some, 4);
    says(&got, "gil -j 2 cannot be told from serial (0.98 times as fast); the "
               "interpreter lock was held 97 % of the time, and its threads "
               "waited for it 22 % of theirs: one computed at a time; the same "
               "work took 0.52 times as long in processes -j "
               "2.");
    says(&got, "processes -j 2 is the fastest, about 1.89 times as fast as "
               "serial.");
    says(&got, "async cannot be told from serial (0.99 times as fast); "
               "computing blocked its event loop 96 % of the time.");
    some[1] = contender("gil -j 2", 2, 5.2);
    some[1].facts = locked_run();
    (void)snprintf(some[1].facts.gil.habit, sizeof some[1].facts.gil.habit,
                   "release");
    got = of_some(some, 4);
    says(&got, "gil -j 2, the lock released while it computes, is 1.92 times "
               "as fast as serial.");
}

static void threads_inside_a_picture_share_a_part(void **state)
{
    (void)state;
    struct ml_contender some[] = {contender("serial", 0, 10),
                                  contender("openmp -j 2", 2, 9.7)};
    some[1].facts.inner = 2;
    struct ml_verdicts got = of_some(some, 2);
    lacks(&got, "inside a picture"); /* they are workers */
    some[1].facts.stages[1].width = 1;
    got = of_some(some, 2);
    says(&got, "; 2 threads inside a picture share only a part of its work.");
}

/* The widest with a processor for each worker speaks for its mode. */
static void one_width_speaks_for_a_mode(void **state)
{
    (void)state;
    struct ml_contender some[] = {
        contender("serial", 0, 10), contender("threads -j 1", 1, 10.5),
        contender("threads -j 2", 2, 5), contender("threads -j 4", 4, 5.6)};
    some[3].wall.lower = some[2].wall.lower; /* nobody is alone in front */
    const struct ml_verdicts got = of_some(some, 4);
    says(&got, "threads -j 2 is 2.00 times as fast as serial.");
    lacks(&got, "threads -j 1");
    lacks(&got, "threads -j 4 is");
}

static void work_that_waits_is_recognised(void **state)
{
    (void)state;
    struct ml_contender some[] = {contender("serial", 0, 10),
                                  contender("async", 0, 0.8)};
    some[0].cpu_s = 0.7;
    struct ml_verdicts got = of_some(some, 2);
    lacks(&got, "waited for the rest"); /* for a processor, perhaps */
    some[0].facts.seconds = 10;
    some[0].facts.read_s = 9.1;
    got = of_some(some, 2);
    says(&got, "serial used a processor 7 % of its time and waited for the "
               "rest");
    says(&got, "async is the fastest, about 12.50 times as fast as serial.");
    some[0].cpu_s = 6;
    got = of_some(some, 2);
    lacks(&got, "waited for the rest");
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
        cmocka_unit_test(the_fastest_is_named_when_it_is_alone),
        cmocka_unit_test(what_overlaps_is_not_ranked),
        cmocka_unit_test(many_that_overlap_are_counted),
        cmocka_unit_test(too_few_repetitions_rank_nothing),
        cmocka_unit_test(who_gains_nothing_is_told_why),
        cmocka_unit_test(the_published_pattern_is_said),
        cmocka_unit_test(threads_inside_a_picture_share_a_part),
        cmocka_unit_test(one_width_speaks_for_a_mode),
        cmocka_unit_test(work_that_waits_is_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
