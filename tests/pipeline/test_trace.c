/* Traces of runs: in every plan spans nest, a lost span is counted, and the
 * times are those of the reports, with killed workers too.
 *
 * Slow: whole runs with workers that are killed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "codec/registry.h"
#include "support/pipeline/memory_run.h"
#include "support/workers.h"
#include "trace/reader.h"

#define PICTURES 40

static struct test_file pictures[PICTURES];

static void make_picture(struct test_file *file, size_t index, uint32_t side)
{
    const struct ml_shape shape = {.width = side + (uint32_t)(17 * index),
                                   .height = side + (uint32_t)(11 * index),
                                   .layout = ML_RGB,
                                   .bits = 8,
                                   .sub_x = 1,
                                   .sub_y = 1};
    struct test_frame frame;
    struct ml_sink sink = {.options = ml_sink_options_default};
    struct ml_error err;
    test_frame_open(&frame, &shape);
    test_frame_paint(&frame, index);
    assert_int_equal(
        test_encode(&sink, &ml_codec_jpeg, &frame, 0, 8 << 20, file, &err),
        ML_OK);
    test_frame_close(&frame);
}

static int make_pictures(void **state)
{
    (void)state;
    for (size_t i = 0; i < PICTURES; i++)
        make_picture(&pictures[i], i, 120);
    return 0;
}

static int free_pictures(void **state)
{
    (void)state;
    for (size_t i = 0; i < PICTURES; i++)
        test_file_close(&pictures[i]);
    return 0;
}

static const char *const filters[] = {"resize:90%", "blur:1", NULL};

/* A run with a trace, and the trace. */
struct traced {
    struct memory_run run;
    struct ml_trace_log log;
    const char *worker; /* program, unless NULL */
    char path[64];
};

static void traced_open(struct traced *traced, const struct test_file *inputs,
                        size_t count)
{
    traced->worker = NULL;
    (void)snprintf(traced->path, sizeof traced->path,
                   "/tmp/minilab-trace-XXXXXX");
    const int fd = mkstemp(traced->path);
    assert_true(fd >= 0);
    (void)close(fd);
    memory_run_open(&traced->run, inputs, count);
}

static void traced_go(struct traced *traced, const char *plan, unsigned jobs,
                      unsigned inner)
{
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct ml_error err;
    memory_run_order(&settings, &chain, filters);
    settings.transform.threads_per_picture = inner;
    if (traced->worker)
        settings.worker_program = traced->worker;
    assert_int_equal(ml_trace_open(&settings.trace, traced->path, &err), ML_OK);
    if (memory_run_go(&traced->run, &settings, plan, jobs, &err) != ML_OK)
        fail_msg("%s: %s: %s", plan, err.what, err.why);
    assert_int_equal(ml_trace_close(settings.trace, &err), ML_OK);
    assert_int_equal(ml_trace_log_open(&traced->log, traced->path, &err),
                     ML_OK);
    assert_int_equal(traced->run.ended, traced->run.count);
}

static void traced_close(struct traced *traced)
{
    ml_trace_log_close(&traced->log);
    memory_run_close(&traced->run);
    assert_int_equal(unlink(traced->path), 0);
}

static enum ml_trace_kind kind_of(const struct ml_trace_span *span)
{
    return (enum ml_trace_kind)span->kind; /* the writer is this build */
}

/* Every span is valid and none is lost; a span contains only spans of the kinds
 * that may be in it. */
static void assert_sound(const struct traced *traced)
{
    const struct ml_trace_log *log = &traced->log;
    assert_true(log->whole);
    assert_int_equal(log->clipped, 0);
    assert_int_equal(log->left_out, 0);
    for (size_t t = 0; t < log->track_count; t++) {
        const struct ml_trace_log_track *track = &log->tracks[t];
        const struct ml_trace_span *outer = NULL;
        assert_int_equal(track->lost + track->refused, 0);
        for (size_t i = 0; i < track->spans.count; i++) {
            const struct ml_trace_span *span = &track->spans.items[i];
            if (span->depth == 0)
                outer = span;
            else if (span->depth == 1 && kind_of(outer) == ML_TRACE_PICTURE)
                assert_int_equal(span->job, outer->job);
        }
    }
    assert_true(traced->run.counts.traced);
    assert_int_equal(
        traced->run.counts.trace.lost + traced->run.counts.trace.refused, 0);
}

/* Sum of the spans of a kind for a job, in all tracks. */
static uint64_t time_of(const struct ml_trace_log *log, enum ml_trace_kind kind,
                        uint32_t job, size_t *count_out)
{
    uint64_t ns = 0;
    *count_out = 0;
    for (size_t t = 0; t < log->track_count; t++) {
        const struct ml_trace_log_spans *spans = &log->tracks[t].spans;
        for (size_t i = 0; i < spans->count; i++) {
            const struct ml_trace_span *span = &spans->items[i];
            if (kind_of(span) != kind || span->job != job)
                continue;
            ns += span->end_ns - span->start_ns;
            (*count_out)++;
        }
    }
    return ns;
}

static bool has_track(const struct ml_trace_log *log, const char *name)
{
    for (size_t t = 0; t < log->track_count; t++) {
        if (strcmp(log->tracks[t].name, name) == 0 &&
            log->tracks[t].spans.count > 0)
            return true;
    }
    return false;
}

/* Plans that decode, filter and encode in one stage: there the times of the
 * steps are those of the reports, to the nanosecond. */
static const char *const whole[] = {
    "read,decode,filter,encode,write@inline",
    "read@inline | decode,filter,encode@inline | write@inline",
    "read,decode,filter,encode,write@threads:N",
    "read@threads:R | decode,filter,encode@threads:N | write@threads:1",
    "read@threads:R | decode,filter,encode@processes:N | write@threads:1",
};

static const char *const split[] = {
    "read@threads:1 | decode@threads:1 | filter@threads:1 | encode@threads:1 "
    "| write@threads:1",
    "read,decode@threads:N | filter@processes:N | encode,write@threads:1",
    "read@threads:2 | decode@processes:N | filter@processes:1 | "
    "encode@processes:N | write@threads:2",
};

static void assert_every_job_was_read_and_written(const struct traced *traced)
{
    for (uint32_t job = 0; job < traced->run.count; job++) {
        size_t count;
        (void)time_of(&traced->log, ML_TRACE_READ, job, &count);
        assert_int_equal(count, 2); /* the open, the read */
        (void)time_of(&traced->log, ML_TRACE_WRITE, job, &count);
        assert_int_equal(count, 1);
    }
}

static void spans_have_the_times_of_the_reports(void **state)
{
    (void)state;
    for (size_t p = 0; p < sizeof whole / sizeof *whole; p++) {
        struct traced traced;
        traced_open(&traced, pictures, PICTURES);
        traced_go(&traced, whole[p], 2, 1);
        assert_sound(&traced);
        assert_every_job_was_read_and_written(&traced);
        for (uint32_t job = 0; job < PICTURES; job++) {
            const struct ml_step_times *times = &traced.run.reports[job].times;
            const struct ml_trace_log *log = &traced.log;
            size_t count;
            assert_int_equal(time_of(log, ML_TRACE_DECODE, job, &count),
                             times->source_ns);
            assert_true(count >= 4); /* open, start, strips, end */
            assert_int_equal(time_of(log, ML_TRACE_FILTER, job, &count),
                             times->filter_ns);
            assert_true(count >= 2);
            assert_int_equal(time_of(log, ML_TRACE_ENCODE, job, &count),
                             times->sink_ns);
            assert_true(time_of(log, ML_TRACE_PICTURE, job, &count) >=
                        times->source_ns + times->filter_ns + times->sink_ns);
            assert_int_equal(count, 1);
        }
        traced_close(&traced);
    }
}

static void split_plans_have_a_picture_in_each_stage(void **state)
{
    (void)state;
    static const size_t stages[] = {3, 3, 3};
    for (size_t p = 0; p < sizeof split / sizeof *split; p++) {
        struct traced traced;
        traced_open(&traced, pictures, PICTURES);
        traced_go(&traced, split[p], 2, 1);
        assert_sound(&traced);
        assert_every_job_was_read_and_written(&traced);
        for (uint32_t job = 0; job < PICTURES; job++) {
            size_t count;
            (void)time_of(&traced.log, ML_TRACE_PICTURE, job, &count);
            assert_int_equal(count, stages[p]);
            (void)time_of(&traced.log, ML_TRACE_COPY, job, &count);
            assert_true(count >= 2); /* to a frame, from a frame */
            assert_true(time_of(&traced.log, ML_TRACE_FILTER, job, &count) > 0);
        }
        traced_close(&traced);
    }
}

static void a_filter_is_named_as_the_cause(void **state)
{
    (void)state;
    struct traced traced;
    size_t named[2] = {0, 0};
    traced_open(&traced, pictures, 3);
    traced_go(&traced, whole[4], 1, 1);
    for (size_t t = 0; t < traced.log.track_count; t++) {
        const struct ml_trace_log_spans *spans = &traced.log.tracks[t].spans;
        for (size_t i = 0; i < spans->count; i++) {
            const char *cause = traced.log.causes[spans->items[i].cause];
            if (kind_of(&spans->items[i]) != ML_TRACE_FILTER)
                continue;
            for (size_t f = 0; f < 2; f++)
                named[f] += strcmp(cause, filters[f]) == 0;
        }
    }
    assert_true(named[0] >= 3 && named[1] >= 3);
    traced_close(&traced);
}

static void tracks_are_named_after_what_they_do(void **state)
{
    (void)state;
    static const char *const names[] = {
        "read 1", "read 2", "decode,filter,encode 1", "write 1", "dispatcher"};
    struct traced traced;
    traced_open(&traced, pictures, PICTURES);
    traced_go(&traced, whole[4], 2, 1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!has_track(&traced.log, names[i]))
            fail_msg("no track %s", names[i]);
    }
    size_t depths = 0;
    for (size_t t = 0; t < traced.log.track_count; t++)
        depths += traced.log.tracks[t].levels.count;
    assert_true(depths >= 2 * PICTURES); /* two pushes, two pops a picture */
    traced_close(&traced);
}

/* ---- pictures on several CPUs ---- */

static void decode_and_encode_threads_have_tracks_of_their_own(void **state)
{
    (void)state;
    struct test_file large[2];
    for (size_t i = 0; i < 2; i++)
        make_picture(&large[i], i, 1200);
    for (size_t p = 0; p < sizeof whole / sizeof *whole; p++) {
        struct traced traced;
        traced_open(&traced, large, 2);
        traced_go(&traced, whole[p], 1, 2);
        assert_sound(&traced);
        for (uint32_t job = 0; job < 2; job++) {
            const struct ml_step_times *times = &traced.run.reports[job].times;
            size_t count;
            assert_int_equal(time_of(&traced.log, ML_TRACE_DECODE, job, &count),
                             times->source_ns);
            assert_int_equal(time_of(&traced.log, ML_TRACE_ENCODE, job, &count),
                             times->sink_ns);
            (void)time_of(&traced.log, ML_TRACE_COPY, job, &count);
            assert_true(count >=
                        8); /* strips, nested deeper than with one thread */
        }
        size_t ahead = 0, behind = 0;
        for (size_t t = 0; t < traced.log.track_count; t++) {
            const struct ml_trace_log_track *track = &traced.log.tracks[t];
            if (strstr(track->name, " ahead"))
                ahead += track->spans.count;
            if (strstr(track->name, " behind"))
                behind += track->spans.count;
        }
        assert_true(ahead > 0 && behind > 0);
        traced_close(&traced);
    }
    for (size_t i = 0; i < 2; i++)
        test_file_close(&large[i]);
}

/* ---- dying workers ---- */

static void kill_one(struct memory_run *run, size_t ended)
{
    int pids[8];
    (void)run;
    if (ended % 10 != 5)
        return;
    const size_t count = test_workers(pids, 8);
    if (count > 0)
        (void)kill(pids[ended % count], SIGKILL);
}

static void a_killed_workers_spans_are_kept(void **state)
{
    (void)state;
    struct traced traced;
    uint64_t marks = 0;
    size_t recorded = 0, tracks = 0;
    traced_open(&traced, pictures, PICTURES);
    traced.run.each = kill_one;
    traced_go(&traced, whole[4], 2, 1);
    assert_sound(&traced);
    for (size_t t = 0; t < traced.log.track_count; t++) {
        const struct ml_trace_log_spans *spans = &traced.log.tracks[t].spans;
        size_t died = 0;
        for (size_t i = 0; i < spans->count; i++)
            died += kind_of(&spans->items[i]) == ML_TRACE_FAIL;
        tracks += strncmp(traced.log.tracks[t].name, "decode", 6) == 0;
        marks += died;
        /* A span that was open when the worker died ends with it. */
        if (died && spans->count > 1) {
            const struct ml_trace_span *last = &spans->items[spans->count - 1];
            assert_int_equal(kind_of(last), ML_TRACE_FAIL);
            assert_true(spans->items[0].start_ns < last->start_ns);
            recorded++;
        }
    }
    assert_true(traced.run.counts.worker_deaths > 0);
    assert_int_equal(marks, traced.run.counts.worker_deaths);
    assert_int_equal(recorded, marks);
    assert_true(tracks > 2); /* one for each worker process */
    for (size_t i = 0; i < PICTURES; i++)
        assert_int_equal(traced.run.errors[i].status, ML_OK);
    traced_close(&traced);
}

/* ---- losses ---- */

/* The trace is not drained before the run has ended. */
static void spans_dropped_by_a_full_buffer_are_counted(void **state)
{
    (void)state;
    enum { jobs = 8000 };
    static struct test_file inputs[jobs];
    struct traced traced;
    uint8_t bytes[] = "no picture";
    for (size_t i = 0; i < jobs; i++)
        inputs[i] = (struct test_file){.data = bytes, .size = sizeof bytes};
    traced_open(&traced, inputs, jobs);
    traced_go(&traced, whole[0], 1, 1);
    const struct ml_trace_log_track *track = &traced.log.tracks[0];
    assert_int_equal(track->spans.count, ML_TRACE_SPANS);
    assert_true(track->lost > 0);
    uint64_t lost = 0;
    for (size_t t = 0; t < traced.log.track_count; t++)
        lost += traced.log.tracks[t].lost;
    assert_int_equal(traced.run.counts.trace.lost, lost);
    assert_int_equal(traced.log.clipped, 0);
    traced_close(&traced);
}

static void a_worker_that_corrupts_its_tracks_does_no_harm(void **state)
{
    (void)state;
    struct test_file inputs[12];
    struct traced traced;
    uint8_t deeds[2][16] = {"echo", "scribble"};
    for (size_t i = 0; i < 12; i++)
        inputs[i] = (struct test_file){.data = deeds[i % 2],
                                       .size = strlen((char *)deeds[i % 2])};
    traced_open(&traced, inputs, 12);
    traced.worker = ML_TEST_HOSTILE;
    traced_go(&traced, whole[4], 2, 2);
    for (size_t i = 0; i < 12; i++)
        assert_int_equal(traced.run.errors[i].status, ML_OK);
    assert_true(traced.run.counts.trace.refused > 0);
    assert_int_equal(traced.log.left_out, 0);
    assert_every_job_was_read_and_written(&traced);
    traced_close(&traced);
}

/* ---- without a trace ---- */

static void without_a_trace_no_span_is_counted(void **state)
{
    (void)state;
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct memory_run run;
    struct ml_error err;
    memory_run_order(&settings, &chain, filters);
    memory_run_open(&run, pictures, 4);
    assert_int_equal(memory_run_go(&run, &settings, whole[4], 2, &err), ML_OK);
    assert_false(run.counts.traced);
    memory_run_close(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_have_the_times_of_the_reports),
        cmocka_unit_test(split_plans_have_a_picture_in_each_stage),
        cmocka_unit_test(a_filter_is_named_as_the_cause),
        cmocka_unit_test(tracks_are_named_after_what_they_do),
        cmocka_unit_test(decode_and_encode_threads_have_tracks_of_their_own),
        cmocka_unit_test(a_killed_workers_spans_are_kept),
        cmocka_unit_test(spans_dropped_by_a_full_buffer_are_counted),
        cmocka_unit_test(a_worker_that_corrupts_its_tracks_does_no_harm),
        cmocka_unit_test(without_a_trace_no_span_is_counted),
    };
    return cmocka_run_group_tests(tests, make_pictures, free_pictures);
}
