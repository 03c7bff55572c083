/* test_diagnosis_time.c: the sentences about shares of time, and when there are
 * none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support/verdicts.h"

static bool said(const struct ml_verdicts *verdicts, const char *part)
{
    for (size_t i = 0; i < verdicts->count; i++) {
        if (strstr(verdicts->sentences[i], part))
            return true;
    }
    return false;
}

/* Workers that copy a third of their time, behind a reader that waits. */
static struct ml_run_metrics copying_run(enum ml_metric_executor executor)
{
    struct ml_run_metrics metrics = {
        .processors = 2,
        .seconds = 10,
        .done = 100,
        .pixels_in = 20000000,
        .bytes_copied = 1800000000,
        .transport = {"pickle", 200, 1800000000, 12},
        .stage_count = 2,
        .stages = {{ML_STEP_READ, ML_STEP_READ, ML_METRIC_THREADS, 1, 0.1,
                    false},
                   {ML_STEP_DECODE, ML_STEP_ENCODE, executor, 2, 0.6, false}},
        .links = {{true, 0.1, 0.1}},
        .breakdown_count = 2,
        .breakdown = {{.who = "read",
                       .tracks = 1,
                       .cause = "memory for files",
                       .for_memory = true},
                      {.who = "decode,filter,encode", .stage = 1, .tracks = 2}},
    };
    metrics.breakdown[0].share[ML_TRACE_LOCK] = 0.43;
    metrics.breakdown[0].share[ML_TRACE_READ] = 0.57;
    metrics.breakdown[1].share[ML_TRACE_DECODE] = 0.402;
    metrics.breakdown[1].share[ML_TRACE_FILTER] = 0.004;
    metrics.breakdown[1].share[ML_TRACE_COPY] = 0.31;
    metrics.breakdown[1].share[ML_TRACE_IDLE] = 0.284;
    return metrics;
}

static void the_account_names_what_took_a_hundredth_or_more(void **state)
{
    (void)state;
    struct ml_run_metrics metrics = copying_run(ML_METRIC_PROCESSES);
    struct ml_verdicts got = {0};
    ml_diagnosis_run(&got, &metrics);
    assert_true(said(&got, "The workers of decode,filter,encode spent 40 % of "
                           "their time on decode, 31 % copying, 28 % idle."));
    metrics.stages[0].first = metrics.stages[0].last = ML_STEP_DECODE;
    (void)strcpy(metrics.breakdown[0].who, "decode"); /* the busiest computes */
    metrics.stages[0].busy = 0.9;
    got.count = 0;
    ml_diagnosis_run(&got, &metrics);
    assert_true(said(&got, "The workers of decode spent 57 % of their time on "
                           "read, 43 % waiting for locks"));
    metrics = copying_run(ML_METRIC_PROCESSES);
    got.count = 0;
    ml_diagnosis_run(&got, &metrics);
    assert_true(said(&got, "copying took 31 % of the workers' time; shm"));
    assert_true(said(&got, "read waited 43 % of its time for locks and memory, "
                           "longest for memory for files; a larger --memory "
                           "allows more."));
    metrics.breakdown[0].share[ML_TRACE_LOCK] = 0.09;
    metrics.breakdown[1].share[ML_TRACE_COPY] = 0.04;
    (void)strcpy(metrics.breakdown[1].who, "loop");
    metrics.breakdown[1].loop = true;
    got.count = 0;
    ml_diagnosis_run(&got, &metrics);
    assert_true(said(&got, "The loop and the threads inside its pictures "
                           "spent 40 % of their time on decode, 4 %"));
    metrics.breakdown[1].tracks = 1;
    got.count = 0;
    ml_diagnosis_run(&got, &metrics);
    assert_true(said(&got, "The loop spent 40 % of its time on decode, 4 % "
                           "copying"));
    assert_false(said(&got, "locks and memory"));
    assert_false(said(&got, "copying took"));
    metrics.breakdown_count = 0;
    got.count = 0;
    ml_diagnosis_run(&got, &metrics);
    assert_false(said(&got, " spent "));
}

static struct ml_candidate candidate(const char *label, unsigned width,
                                     double median,
                                     enum ml_metric_executor executor)
{
    struct ml_candidate one = {
        .width = width,
        .wall = {median, median * 0.98, median * 1.02, 5},
        .cpu_s = 9.5,
        .metrics = copying_run(executor)};
    verdicts_name(&one, label);
    return one;
}

static void the_reason_for_slow_processes_is_named(void **state)
{
    (void)state;
    struct ml_candidate some[] = {
        candidate("serial", 0, 10, ML_METRIC_INLINE),
        candidate("threads -j 2", 2, 6, ML_METRIC_THREADS),
        candidate("processes -j 2", 2, 9, ML_METRIC_PROCESSES)};
    struct ml_verdicts got = {0};
    ml_diagnosis_compare(&got, some, 3, 0);
    assert_true(said(&got, "processes -j 2 took 1.50 times as long as threads "
                           "-j 2: its workers spent 31 % of their time "
                           "copying (1800.0 MB); the pictures are small (0.20 "
                           "MP on average)."));
    some[2].metrics.breakdown_count = 0; /* how long copying took is unknown */
    got.count = 0;
    ml_diagnosis_compare(&got, some, 3, 0);
    assert_false(said(&got, "as long as threads"));
    some[2].metrics.start_max_s = 2;
    some[2].metrics.pixels_in = 500000000;
    got.count = 0;
    ml_diagnosis_compare(&got, some, 3, 0);
    assert_true(said(&got, "processes -j 2 took 1.50 times as long as threads "
                           "-j 2: starting a worker took up to 2000 ms of "
                           "10000 ms."));
    some[2].wall = (struct ml_ci){5, 4.9, 5.1, 5};
    got.count = 0;
    ml_diagnosis_compare(&got, some, 3, 0);
    assert_false(said(&got, "as long as threads"));
}

static void the_cause_of_waits_is_named(void **state)
{
    (void)state;
    struct ml_candidate some[] = {
        candidate("serial", 0, 10, ML_METRIC_INLINE),
        candidate("stages", 0, 10, ML_METRIC_THREADS)};
    struct ml_time_metrics *breakdown = &some[1].metrics.breakdown[1];
    struct ml_verdicts got = {0};
    some[1].metrics.bytes_copied = some[1].metrics.transport.bytes_copied = 0;
    breakdown->share[ML_TRACE_COPY] = 0;
    breakdown->share[ML_TRACE_QUEUE] = 0.31;
    breakdown->cause_share = 0.3;
    (void)strcpy(breakdown->cause, "slots behind decode");
    ml_diagnosis_compare(&got, some, 2, 0);
    assert_true(said(&got, "; its workers waited or were idle 59 % of their "
                           "time, longest for slots behind decode."));
    breakdown->share[ML_TRACE_QUEUE] = breakdown->share[ML_TRACE_IDLE] = 0.09;
    got.count = 0;
    ml_diagnosis_compare(&got, some, 2, 0);
    assert_false(said(&got, "were idle"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_account_names_what_took_a_hundredth_or_more),
        cmocka_unit_test(the_reason_for_slow_processes_is_named),
        cmocka_unit_test(the_cause_of_waits_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
