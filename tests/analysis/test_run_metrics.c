/* test_run_metrics.c: the parser of the JSON document of a run: it reads every
 * metric, and rejects or bounds what a malformed document holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/run_metrics.h"

static bool read_text(struct ml_run_metrics *metrics, const char *text)
{
    json_error_t error;
    json_t *document = json_loads(text, 0, &error);
    if (!document)
        fail_msg("%s: %s", error.text, text);
    const bool well = ml_run_metrics_parse(metrics, document);
    json_decref(document);
    return well;
}

static void every_metric_is_read(void **state)
{
    (void)state;
    struct ml_run_metrics metrics;
    assert_true(read_text(
        &metrics,
        "{\"mode\":\"gil\",\"seconds\":2.5,\"cpu_seconds\":3.5,"
        "\"machine_busy\":0.75,\"processors\":4,\"inner\":2,\"done\":7,"
        "\"failed\":1,\"bytes_in\":100,\"bytes_out\":50,\"pixels_in\":900,"
        "\"bytes_copied\":100,\"worker_deaths\":2,\"tail_ms\":125,"
        "\"ms\":{\"read\":1,\"decode\":2,\"filter\":3,\"encode\":4,"
        "\"write\":5},\"latency_ms\":{\"p50\":6,\"p95\":7,\"max\":8},"
        "\"workers\":{\"started\":3,\"start_ms\":20,\"start_ms_max\":9},"
        "\"stages\":[{\"steps\":\"read\",\"executor\":\"gil\","
        "\"width\":2,\"busy\":0.5},{\"steps\":\"decode,filter,encode\","
        "\"executor\":\"gil\",\"width\":3,\"busy\":0.9},"
        "{\"steps\":\"write\",\"executor\":\"gil\",\"width\":1,"
        "\"by_readers\":true,\"busy\":0.1}],\"links\":[{\"empty\":0.25,"
        "\"full\":0.5},"
        "{\"empty\":0.125}],"
        "\"gil\":{\"habit\":\"hold\",\"scope\":\"worker\",\"threads\":5,"
        "\"waits\":{\"sum_ms\":1500},\"holds\":{\"sum_ms\":2000}},"
        "\"loop\":{\"blocked_ms\":500,\"slowest_ms\":250,"
        "\"slow_callbacks\":3},"
        "\"transport\":{\"kind\":\"pickle\",\"messages\":14,"
        "\"bytes_copied\":70,\"pipe_full_waits\":4},"
        "\"pool\":{\"broken\":true,\"lost\":6}}"));
    assert_string_equal(metrics.mode, "gil");
    assert_true(metrics.seconds == 2.5 && metrics.cpu_s == 3.5);
    assert_true(metrics.machine_busy == 0.75 && metrics.tail_s == 0.125);
    assert_true(metrics.processors == 4 && metrics.inner == 2);
    assert_true(metrics.done == 7 && metrics.failed == 1);
    assert_true(metrics.bytes_in == 100 && metrics.bytes_out == 50);
    assert_true(metrics.pixels_in == 900 && metrics.worker_deaths == 2);
    assert_true(metrics.read_s == 1e-3 && metrics.decode_s == 2e-3 &&
                metrics.filter_s == 3e-3 && metrics.encode_s == 4e-3 &&
                metrics.write_s == 5e-3);
    assert_true(metrics.p50_ms == 6 && metrics.p95_ms == 7 &&
                metrics.max_ms == 8);
    assert_true(metrics.workers_started == 3 && metrics.start_s == 20 / 1e3 &&
                metrics.start_max_s == 9 / 1e3);
    assert_int_equal(metrics.stage_count, 3);
    assert_true(metrics.stages[1].first == ML_STEP_DECODE &&
                metrics.stages[1].last == ML_STEP_ENCODE &&
                metrics.stages[1].executor == ML_METRIC_GIL);
    assert_true(metrics.stages[1].width == 3 && metrics.stages[1].busy == 0.9);
    assert_true(metrics.links[0].bounded && metrics.links[0].full == 0.5);
    assert_true(!metrics.links[1].bounded && metrics.links[1].empty == 0.125);
    assert_true(metrics.gil.used && metrics.gil.each &&
                metrics.gil.threads == 5);
    assert_false(metrics.gil.released);
    assert_true(metrics.gil.wait_s == 1.5 && metrics.gil.hold_s == 2);
    assert_true(metrics.loop.used && metrics.loop.blocked_s == 0.5 &&
                metrics.loop.slowest_s == 0.25 && metrics.loop.slow == 3);
    assert_string_equal(metrics.transport.kind, "pickle");
    assert_true(metrics.transport.messages == 14 &&
                metrics.transport.full_waits == 4);
    assert_int_equal(metrics.bytes_copied, 100);
    assert_true(metrics.stages[2].by_readers && !metrics.stages[1].by_readers);
    assert_true(metrics.pool.broken && metrics.pool.lost == 6);
}

static void spans_become_shares(void **state)
{
    (void)state;
    struct ml_run_metrics metrics;
    assert_true(read_text(
        &metrics, "{\"seconds\":1,\"stages\":[{}],\"spent\":["
                  "{\"who\":\"read\",\"tracks\":2,\"all_ms\":800,\"ms\":"
                  "{\"read\":200,\"lock wait\":400},\"waited_for_ms\":"
                  "{\"a free job\":100,\"memory for files\":300}},"
                  "{\"who\":\"decode,filter\",\"tracks\":4,\"all_ms\":1000,"
                  "\"ms\":{\"decode\":500,\"queue wait\":125,\"copy\":125},"
                  "\"waited_for_ms\":{}},"
                  "{\"who\":\"write\",\"tracks\":1,\"all_ms\":0}]}"));
    assert_int_equal(metrics.breakdown_count, 3);
    const struct ml_time_metrics *read = &metrics.breakdown[0];
    assert_string_equal(read->who, "read");
    assert_true(read->share[ML_TRACE_READ] == 0.25 &&
                read->share[ML_TRACE_LOCK] == 0.5);
    assert_string_equal(read->cause, "memory for files");
    assert_true(read->cause_share == 0.375);
    const struct ml_time_metrics *most = ml_run_metrics_computing(&metrics);
    assert_string_equal(most->who, "decode,filter");
    assert_true(most->share[ML_TRACE_IDLE] == 0.25); /* outside all spans */
    assert_true(ml_time_metrics_waiting(most) == 0.375);
    assert_string_equal(most->cause, "");
    assert_true(metrics.breakdown[2].share[ML_TRACE_IDLE] == 0);
    assert_true(read->for_memory && !read->for_strips && !most->for_memory);
    assert_int_equal(read->stage, -1); /* no stage has steps */
    /* No group, and more groups than ML_METRICS_GROUPS. */
    assert_true(read_text(&metrics, "{\"seconds\":1,\"stages\":[{}]}"));
    assert_null(ml_run_metrics_computing(&metrics));
    assert_true(read_text(&metrics, "{\"seconds\":1,\"stages\":[{}],\"spent\":"
                                    "[{},{},{},{},{},{},{},{},{},{}]}"));
    assert_int_equal(metrics.breakdown_count, ML_METRICS_GROUPS);
    assert_null(ml_run_metrics_computing(&metrics)); /* no stage decodes */
}

/* Every executor and every range of steps, then unknown names. */
static void names_become_enums(void **state)
{
    (void)state;
    static const struct {
        const char *steps, *executor;
        enum ml_step first, last;
        enum ml_metric_executor kind;
    } rows[] = {
        {"read", "threads", ML_STEP_READ, ML_STEP_READ, ML_METRIC_THREADS},
        {"decode", "processes", ML_STEP_DECODE, ML_STEP_DECODE,
         ML_METRIC_PROCESSES},
        {"filter,encode", "gil", ML_STEP_FILTER, ML_STEP_ENCODE, ML_METRIC_GIL},
        {"encode,write", "loop", ML_STEP_ENCODE, ML_STEP_WRITE, ML_METRIC_LOOP},
        {"read,decode,filter,encode,write", "inline", ML_STEP_READ,
         ML_STEP_WRITE, ML_METRIC_INLINE},
        {"reads", "thread", ML_STEP_NONE, ML_STEP_NONE, ML_METRIC_EXECUTORS},
        {"", "", ML_STEP_NONE, ML_STEP_NONE, ML_METRIC_EXECUTORS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char document[200], printed[64];
        struct ml_run_metrics metrics;
        struct ml_strbuf text;
        (void)snprintf(document, sizeof document,
                       "{\"seconds\":1,\"stages\":[{\"steps\":\"%s\","
                       "\"executor\":\"%s\"}],\"spent\":[{\"who\":\"%s\"},"
                       "{\"who\":\"loop\"}],\"gil\":{\"habit\":\"release\"}}",
                       rows[i].steps, rows[i].executor, rows[i].steps);
        assert_true(read_text(&metrics, document));
        const struct ml_stage_metrics *stage = &metrics.stages[0];
        const bool known = rows[i].last != ML_STEP_NONE;
        assert_int_equal(stage->first, rows[i].first);
        assert_int_equal(stage->last, rows[i].last);
        assert_int_equal(stage->executor, rows[i].kind);
        ml_strbuf_open(&text, printed, sizeof printed);
        ml_stage_metrics_steps(stage, &text);
        assert_string_equal(printed, known ? rows[i].steps : "");
        assert_int_equal(metrics.breakdown[0].stage, known ? 0 : -1);
        assert_false(metrics.breakdown[0].loop);
        assert_true(metrics.breakdown[1].loop &&
                    metrics.breakdown[1].stage == -1);
        assert_true(metrics.gil.released && !metrics.gil.each);
    }
}

static void missing_metrics_are_zero(void **state)
{
    (void)state;
    struct ml_run_metrics metrics;
    assert_true(read_text(&metrics, "{\"seconds\":1,\"stages\":[{}]}"));
    assert_false(metrics.gil.used || metrics.loop.used);
    assert_string_equal(metrics.transport.kind, "");
    assert_true(metrics.bytes_copied == 0 && metrics.done == 0);
    assert_true(metrics.stages[0].width == 0 && metrics.stages[0].busy == 0);
    assert_true(metrics.stages[0].last == ML_STEP_NONE &&
                metrics.stages[0].executor == ML_METRIC_EXECUTORS);
    assert_false(ml_stage_metrics_computes(&metrics.stages[0]));
}

static void other_documents_are_rejected(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        "[]",
        "{\"seconds\":0,\"stages\":[{}]}",
        "{\"seconds\":\"1\",\"stages\":[{}]}",
        "{\"seconds\":1,\"stages\":[]}",
        "{\"seconds\":1,\"stages\":7}",
    };
    struct ml_run_metrics metrics;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false(read_text(&metrics, texts[i]));
    /* More stages than steps, and negative counts. */
    assert_true(read_text(&metrics, "{\"seconds\":1,\"done\":-5,\"stages\":"
                                    "[{},{},{},{},{},{},{}],\"links\":{}}"));
    assert_int_equal(metrics.stage_count, ML_METRICS_STAGES);
    assert_int_equal(metrics.done, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_is_read),
        cmocka_unit_test(spans_become_shares),
        cmocka_unit_test(names_become_enums),
        cmocka_unit_test(missing_metrics_are_zero),
        cmocka_unit_test(other_documents_are_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
