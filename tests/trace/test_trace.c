/* test_trace.c: spans go into a file and come back; lost ones are counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "support/trace_file.h"
#include "trace/totals.h"

/* ---- spans ---- */

static void spans_come_back_nested_as_they_were_begun(void **state)
{
    (void)state;
    struct test_trace test;
    test_trace_open(&test);
    ml_trace_name_cause(test.trace, 7, "a queue of jobs");
    struct ml_trace_track *track =
        ml_trace_track(test.trace, "worker 1", 12, 34);
    assert_non_null(track);
    ml_trace_begin_for(track, ML_TRACE_QUEUE, ML_TRACE_NO_JOB, 7);
    ml_trace_end(track);
    ml_trace_begin(track, ML_TRACE_PICTURE, 5);
    const uint64_t start = ml_now_ns();
    const uint64_t end = ml_now_ns();
    ml_trace_add(track, ML_TRACE_DECODE, 5, 0, start, end);
    ml_trace_begin(track, ML_TRACE_ENCODE, 5);
    ml_trace_end(track);
    ml_trace_end(track);
    ml_trace_level(track, ML_TRACE_DEPTH, 7, 3);
    test_trace_read(&test);

    const struct ml_trace_log *log = &test.log;
    assert_true(log->whole);
    assert_int_equal(log->clipped + log->left_out, 0);
    assert_int_equal(log->track_count, 1);
    const struct ml_trace_log_track *read = &log->tracks[0];
    assert_string_equal(read->name, "worker 1");
    assert_int_equal(read->pid, 12);
    assert_int_equal(read->tid, 34);
    assert_int_equal(read->lost + read->refused, 0);
    assert_int_equal(read->spans.count, 4);
    static const char *const names[] = {"queue wait", "picture", "decode",
                                        "encode"};
    static const unsigned depths[] = {0, 0, 1, 1};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(test_trace_kind(log, 0, i), names[i]);
        assert_int_equal(read->spans.items[i].depth, depths[i]);
    }
    assert_string_equal(log->causes[read->spans.items[0].cause],
                        "a queue of jobs");
    assert_int_equal(read->spans.items[2].start_ns, start);
    assert_int_equal(read->spans.items[2].end_ns, end);
    assert_int_equal(read->spans.items[2].job, 5);
    assert_int_equal(read->levels.count, 1);
    assert_int_equal(read->levels.items[0].job, 3);
    test_trace_close(&test);
}

static void inputs_keep_their_paths(void **state)
{
    (void)state;
    struct test_trace test;
    test_trace_open(&test);
    ml_trace_name_job(test.trace, 0, "in/a.jpg");
    ml_trace_name_job(test.trace, 1, "");
    ml_trace_name_job(test.trace, 7, "out of order");
    ml_trace_name_job(test.trace, 2, "in/\xff\n.png");
    for (uint32_t i = 3; i < 600; i++)
        ml_trace_name_job(test.trace, i, "in/many.jpg");
    test_trace_read(&test);
    assert_string_equal(ml_trace_log_input(&test.log, 0), "in/a.jpg");
    assert_string_equal(ml_trace_log_input(&test.log, 1), "");
    assert_string_equal(ml_trace_log_input(&test.log, 2), "in/\xff\n.png");
    assert_string_equal(ml_trace_log_input(&test.log, 599), "in/many.jpg");
    assert_null(ml_trace_log_input(&test.log, 600));
    assert_null(ml_trace_log_input(&test.log, ML_TRACE_NO_JOB));
    test_trace_close(&test);
}

static void spans_are_summed_up_without_a_file(void **state)
{
    (void)state;
    struct ml_trace *trace;
    struct ml_error err;
    struct ml_trace_totals totals;
    assert_int_equal(ml_trace_open(&trace, NULL, &err), ML_OK);
    ml_trace_name_cause(trace, 7, "a queue of jobs");
    struct ml_trace_track *track = ml_trace_track(trace, "worker 1", 1, 1);
    const uint64_t start = ml_now_ns();
    while (ml_now_ns() - start < 50000)
        continue;
    ml_trace_add(track, ML_TRACE_QUEUE, 1, 7, start, start + 40000);
    ml_trace_name_job(trace, 0, "nowhere");
    ml_trace_drain(trace);
    ml_trace_totals_of(trace, &totals);
    assert_int_equal(totals.count, 1);
    assert_int_equal(totals.groups[0].kind_ns[ML_TRACE_QUEUE], 40000);
    assert_int_equal(totals.groups[0].cause_ns[7], 40000);
    assert_true(totals.groups[0].life_ns >= 40000);
    assert_string_equal(ml_trace_cause_name(trace, 7), "a queue of jobs");
    assert_string_equal(ml_trace_cause_name(trace, 8), "");
    assert_int_equal(ml_trace_counts(trace).spans, 1);
    assert_int_equal(ml_trace_close(trace, &err), ML_OK);
}

static void without_a_track_every_call_does_nothing(void **state)
{
    (void)state;
    struct ml_error err;
    assert_null(ml_trace_track(NULL, "none", 1, 1));
    ml_trace_begin(NULL, ML_TRACE_READ, 1);
    ml_trace_add(NULL, ML_TRACE_READ, 1, 0, 1, 2);
    ml_trace_level(NULL, ML_TRACE_DEPTH, 1, 1);
    ml_trace_end(NULL);
    assert_int_equal(ml_trace_close(NULL, &err), ML_OK);
}

static void spans_nested_too_deep_are_counted_as_lost(void **state)
{
    (void)state;
    struct test_trace test;
    test_trace_open(&test);
    struct ml_trace_track *track = ml_trace_track(test.trace, "deep", 1, 1);
    for (unsigned i = 0; i < ML_TRACE_NEST + 3; i++)
        ml_trace_begin(track, ML_TRACE_READ, i);
    for (unsigned i = 0; i < ML_TRACE_NEST + 3; i++)
        ml_trace_end(track);
    test_trace_read(&test);
    assert_int_equal(test.log.tracks[0].spans.count, ML_TRACE_NEST);
    assert_int_equal(test.log.tracks[0].lost, 3);
    test_trace_close(&test);
}

/* ---- rings ---- */

static void a_full_track_drops_the_new_and_counts_them(void **state)
{
    (void)state;
    struct test_trace test;
    test_trace_open(&test);
    struct ml_trace_track *track = ml_trace_track(test.trace, "full", 1, 1);
    for (uint32_t i = 0; i < ML_TRACE_SPANS + 10; i++)
        test_trace_add(track, i);
    ml_trace_drain(test.trace);
    const struct ml_trace_counts counts = ml_trace_counts(test.trace);
    assert_int_equal(counts.spans, ML_TRACE_SPANS);
    assert_int_equal(counts.lost, 10);
    assert_int_equal(counts.refused, 0);
    test_trace_add(track, 123456);
    test_trace_read(&test);
    const struct ml_trace_log_track *read = &test.log.tracks[0];
    assert_int_equal(read->spans.count, ML_TRACE_SPANS + 1);
    assert_int_equal(read->spans.items[ML_TRACE_SPANS].job, 123456);
    assert_int_equal(read->lost, 10);
    test_trace_close(&test);
}

static void a_drained_track_wraps_and_keeps_everything(void **state)
{
    (void)state;
    const uint32_t count = 3 * ML_TRACE_SPANS + 17;
    struct test_trace test;
    test_trace_open(&test);
    struct ml_trace_track *track = ml_trace_track(test.trace, "wraps", 1, 1);
    for (uint32_t i = 0; i < count; i++) {
        test_trace_add(track, i);
        if (i % 1000 == 0)
            ml_trace_drain(test.trace);
    }
    test_trace_read(&test);
    const struct ml_trace_log_track *read = &test.log.tracks[0];
    assert_int_equal(read->lost, 0);
    assert_int_equal(read->spans.count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(read->spans.items[i].job, i);
    test_trace_close(&test);
}

static void *fill_track(void *track)
{
    for (uint32_t i = 0; i < 4 * ML_TRACE_SPANS; i++) {
        ml_trace_begin(track, ML_TRACE_PICTURE, i);
        test_trace_add(track, i);
        ml_trace_end(track);
    }
    return NULL;
}

static void threads_may_fill_while_another_drains(void **state)
{
    (void)state;
    struct test_trace test;
    pthread_t threads[3];
    struct ml_trace_track *tracks[3];
    test_trace_open(&test);
    for (int i = 0; i < 3; i++) {
        tracks[i] = ml_trace_track(test.trace, "busy", 1, i);
        assert_int_equal(
            pthread_create(&threads[i], NULL, fill_track, tracks[i]), 0);
    }
    for (int i = 0; i < 50; i++)
        ml_trace_drain(test.trace);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    test_trace_read(&test);
    assert_int_equal(test.log.clipped, 0);
    for (size_t i = 0; i < 3; i++) {
        const struct ml_trace_log_track *track = &test.log.tracks[i];
        assert_int_equal(track->spans.count + track->lost, 8 * ML_TRACE_SPANS);
        assert_int_equal(track->refused, 0);
        for (size_t k = 1; k < track->spans.count; k++)
            assert_true(track->spans.items[k].job >=
                        track->spans.items[k - 1].job);
    }
    test_trace_close(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_come_back_nested_as_they_were_begun),
        cmocka_unit_test(inputs_keep_their_paths),
        cmocka_unit_test(spans_are_summed_up_without_a_file),
        cmocka_unit_test(without_a_track_every_call_does_nothing),
        cmocka_unit_test(spans_nested_too_deep_are_counted_as_lost),
        cmocka_unit_test(a_full_track_drops_the_new_and_counts_them),
        cmocka_unit_test(a_drained_track_wraps_and_keeps_everything),
        cmocka_unit_test(threads_may_fill_while_another_drains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
