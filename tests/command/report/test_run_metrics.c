/* test_run_metrics.c: the metrics that the verdicts of a run use are those of
 * its document: `compare` reads the same values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "command/report/explain.h"
#include "command/report/json_document.h"
#include "command/report/run_metrics.h"

#define PICTURES 3

struct ended {
    struct ml_run_options options;
    struct ml_inputs inputs;
    struct ml_plan plan;
    struct ml_explanation explanation;
    struct ml_run_counts counts;
    double latencies_ms[PICTURES];
    struct ml_run_report report;
};

/* A run in which all counts and times differ. */
static void ended_open(struct ended *ended, const char *plan)
{
    struct ml_error err;
    memset(ended, 0, sizeof *ended);
    ml_run_options_default(&ended->options);
    assert_int_equal(ml_plan_parse(&ended->plan, plan, 3, 2, &err), ML_OK);
    ended->explanation.inner = 4;
    ended->latencies_ms[0] = 30;
    ended->latencies_ms[1] = 10;
    ended->latencies_ms[2] = 20;
    ended->report = (struct ml_run_report){
        .options = &ended->options,
        .inputs = &ended->inputs,
        .mode = "stages",
        .explanation = &ended->explanation,
        .plan = &ended->plan,
        .totals = {.done = 3,
                   .failed = 1,
                   .bytes_in = 1001,
                   .bytes_out = 502,
                   .pixels_in = 90003,
                   .read_ns = 1000004,
                   .source_ns = 20000005,
                   .filter_ns = 3000006,
                   .sink_ns = 4000007,
                   .write_ns = 500008,
                   .last_ns = 900000000,
                   .before_last_ns = 700000009},
        .latencies_ms = ended->latencies_ms,
        .latency_count = PICTURES,
        .failures = json_array(),
    };
    ended->counts = (struct ml_run_counts){
        .link_count = ended->plan.count - 1,
        .worker_deaths = 2,
        .starts = {.workers = 5, .sum_ns = 60000011, .most_ns = 13000012},
        .bytes_copied = 70013,
    };
    for (size_t i = 0; i < ended->counts.link_count; i++)
        ended->counts.links[i] = (struct ml_run_link_counts){
            .ready = {.pushed = 4, .empty_ns = 100 + i, .open_ns = 1000},
            .free = {.empty_ns = 700 + i},
            .slots = i % 2 ? 0 : 8};
}

static void ended_add_gil(struct ended *ended)
{
    ended->options.settings.gil.policy = ML_GIL_RELEASE;
    ended->options.settings.gil.each = true;
    ended->counts.gil.threads = 6;
    ended->counts.gil.gil.waits.sum_ns = 1500000014;
    ended->counts.gil.gil.holds.sum_ns = 2000000015;
}

static void ended_add_loop(struct ended *ended)
{
    ended->counts.loops = true;
    ended->counts.loop.blocked_ns = 500000016;
    ended->counts.loop.slowest_ns = 250000017;
    ended->counts.loop.slow_tasks = 18;
}

static void ended_add_processes(struct ended *ended)
{
    ended->options.settings.pool.transport = ML_TRANSPORT_PICKLE;
    ended->counts.processes = true;
    ended->counts.transport.messages = 19;
    ended->counts.transport.bytes_copied = 20;
    ended->counts.transport.pipe_full_waits = 21;
    ended->counts.pool_broke = true;
    ended->counts.lost = 22;
}

static void same(const char *what, double run, double read)
{
    const double apart = run > read ? run - read : read - run;
    if (apart > 1e-9 * (run > 1 ? run : 1))
        fail_msg("%s: %.12g and %.12g", what, run, read);
}

#define SAME(field) same(#field, (double)run->field, (double)read->field)

static void same_pictures(const struct ml_run_metrics *run,
                          const struct ml_run_metrics *read)
{
    assert_string_equal(run->mode, read->mode);
    SAME(processors);
    SAME(inner);
    SAME(seconds);
    SAME(cpu_s);
    SAME(machine_busy);
    SAME(read_s);
    SAME(decode_s);
    SAME(filter_s);
    SAME(encode_s);
    SAME(write_s);
    SAME(p50_ms);
    SAME(p95_ms);
    SAME(max_ms);
    SAME(tail_s);
    SAME(done);
    SAME(failed);
    SAME(bytes_in);
    SAME(bytes_out);
    SAME(pixels_in);
    SAME(bytes_copied);
}

static void same_stages(const struct ml_run_metrics *run,
                        const struct ml_run_metrics *read)
{
    SAME(stage_count);
    for (size_t i = 0; i < run->stage_count; i++) {
        SAME(stages[i].first);
        SAME(stages[i].last);
        SAME(stages[i].executor);
        SAME(stages[i].width);
        SAME(stages[i].busy);
        SAME(stages[i].by_readers);
    }
    for (size_t i = 0; i + 1 < run->stage_count; i++) {
        SAME(links[i].bounded);
        SAME(links[i].full);
        SAME(links[i].empty);
    }
}

static void same_executors(const struct ml_run_metrics *run,
                           const struct ml_run_metrics *read)
{
    SAME(worker_deaths);
    SAME(workers_started);
    SAME(start_s);
    SAME(start_max_s);
    SAME(gil.used);
    SAME(gil.released);
    SAME(gil.each);
    SAME(gil.threads);
    SAME(gil.wait_s);
    SAME(gil.hold_s);
    SAME(loop.used);
    SAME(loop.blocked_s);
    SAME(loop.slowest_s);
    SAME(loop.slow);
    assert_string_equal(run->transport.kind, read->transport.kind);
    SAME(transport.messages);
    SAME(transport.bytes_copied);
    SAME(transport.full_waits);
    SAME(pool.broken);
    SAME(pool.lost);
}

static void check(struct ended *ended, struct ml_run_metrics *run)
{
    struct ml_json_builder json = {ML_OK};
    struct ml_run_metrics read;
    ml_run_report_metrics(&ended->report, 2.5, &ended->counts, run);
    json_t *document =
        ml_run_report_document(&json, &ended->report, run, &ended->counts);
    assert_int_equal(json.status, ML_OK);
    assert_true(ml_run_metrics_parse(&read, document));
    same_pictures(run, &read);
    same_stages(run, &read);
    same_executors(run, &read);
    json_decref(document);
    json_decref(ended->report.failures);
}

static void threads_under_a_lock_are_judged_as_they_are_read(void **state)
{
    (void)state;
    struct ended ended;
    struct ml_run_metrics run;
    ended_open(&ended, "read@gil:R | decode,filter,encode@gil:N | write@gil:1");
    ended_add_gil(&ended);
    check(&ended, &run);
    assert_true(run.gil.used && run.gil.released && run.gil.each);
    assert_true(run.p50_ms == 20 && run.max_ms == 30);
    assert_true(run.stages[0].by_readers && !run.stages[1].by_readers);
    assert_true(run.links[0].bounded && !run.links[1].bounded);
}

/* A free-threaded run has no lock, and settings of the lock are ignored. */
static void free_threads_hold_nothing(void **state)
{
    (void)state;
    struct ended ended;
    struct ml_run_metrics run;
    ended_open(&ended, "read,decode,filter,encode,write@gil:N");
    ended_add_gil(&ended);
    ended.options.settings.gil.flavour = ML_GIL_OFF;
    check(&ended, &run);
    assert_true(run.gil.used && !run.gil.released && !run.gil.each);
}

static void loops_and_processes_are_judged_as_they_are_read(void **state)
{
    (void)state;
    struct ended ended;
    struct ml_run_metrics run;
    ended_open(&ended, "read@loop | decode,filter@processes:N | "
                       "encode@processes:2 | write@loop");
    ended_add_loop(&ended);
    ended_add_processes(&ended);
    check(&ended, &run);
    assert_true(run.loop.used && run.pool.broken && !run.gil.used);
    assert_string_equal(run.transport.kind, "pickle");
    assert_int_equal(run.bytes_copied, 70013 + 20);
}

static void a_plan_of_all_executors_keeps_their_names(void **state)
{
    (void)state;
    struct ended ended;
    struct ml_run_metrics run;
    ended_open(&ended, "read@threads:2 | decode@processes:2 | filter@threads:3 "
                       "| encode@processes:1 | write@threads:1");
    check(&ended, &run);
    assert_int_equal(run.stage_count, ML_METRICS_STAGES);
    ended_open(&ended, "read,decode,filter,encode,write@inline");
    check(&ended, &run);
    assert_int_equal(run.stages[0].executor, ML_METRIC_INLINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_under_a_lock_are_judged_as_they_are_read),
        cmocka_unit_test(free_threads_hold_nothing),
        cmocka_unit_test(loops_and_processes_are_judged_as_they_are_read),
        cmocka_unit_test(a_plan_of_all_executors_keeps_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
