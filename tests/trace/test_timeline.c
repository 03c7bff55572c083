/* test_timeline.c: where the time of a track went, in traces made by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "trace/timeline.h"

#define START 1000U /* of the trace, ns */

/* A log of tracks made by hand; kinds as this build has them. */
static void log_make(struct ml_trace_log *log, size_t tracks, uint64_t wall_ns)
{
    memset(log, 0, sizeof *log);
    log->start_ns = START;
    log->end_ns = START + wall_ns;
    log->whole = true;
    for (unsigned i = 0; i < ML_TRACE_KINDS; i++) {
        const struct ml_trace_kind_row *row = ml_trace_kind_row(i);
        (void)strcpy(log->kinds[i].name, row->name);
        log->kinds[i].letter = row->letter;
        log->kinds[i].waits = row->waits;
    }
    (void)strcpy(log->causes[3], "a queue");
    (void)strcpy(log->causes[4], "a lock");
    log->tracks = calloc(tracks, sizeof *log->tracks);
    log->track_count = tracks;
    assert_non_null(log->tracks);
}

/* In order: outer before inner. */
static void log_add(struct ml_trace_log *log, size_t track,
                    enum ml_trace_kind kind, unsigned depth, uint64_t start,
                    uint64_t end, uint16_t cause)
{
    struct ml_trace_log_spans *spans = &log->tracks[track].spans;
    spans->items =
        realloc(spans->items, (spans->count + 1) * sizeof *spans->items);
    assert_non_null(spans->items);
    spans->items[spans->count++] = (struct ml_trace_span){
        .start_ns = START + start,
        .end_ns = START + end,
        .job = (uint32_t)track,
        .cause = cause,
        .kind = (uint8_t)kind,
        .depth = (uint8_t)depth,
    };
}

static void open_timeline(struct ml_timeline *timeline,
                          const struct ml_trace_log *log, unsigned width)
{
    struct ml_error err;
    assert_int_equal(ml_timeline_open(timeline, log, width, &err), ML_OK);
}

static void a_moment_counts_for_the_innermost_span(void **state)
{
    (void)state;
    struct ml_trace_log log;
    struct ml_timeline timeline;
    log_make(&log, 1, 1000);
    (void)strcpy(log.tracks[0].name, "worker");
    log_add(&log, 0, ML_TRACE_QUEUE, 0, 0, 200, 3);
    log_add(&log, 0, ML_TRACE_PICTURE, 0, 200, 900, 0);
    log_add(&log, 0, ML_TRACE_DECODE, 1, 250, 500, 0);
    log_add(&log, 0, ML_TRACE_LOCK, 2, 300, 310, 4);
    log_add(&log, 0, ML_TRACE_ENCODE, 1, 500, 850, 0);
    open_timeline(&timeline, &log, 10);
    const struct ml_timeline_row *row = &timeline.rows[0];
    assert_int_equal(timeline.row_count, 1);
    assert_int_equal(timeline.wall_ns, 1000);
    assert_int_equal(row->kind_ns[ML_TRACE_QUEUE], 200);
    assert_int_equal(row->kind_ns[ML_TRACE_PICTURE], 100);
    assert_int_equal(row->kind_ns[ML_TRACE_DECODE], 240);
    assert_int_equal(row->kind_ns[ML_TRACE_LOCK], 10);
    assert_int_equal(row->kind_ns[ML_TRACE_ENCODE], 350);
    assert_int_equal(row->blank_ns, 100);
    assert_int_equal(row->work_ns, 690);
    assert_int_equal(row->wait_ns, 210);
    assert_int_equal(row->cause_ns[3], 200);
    assert_int_equal(row->cause_ns[4], 10);
    assert_int_equal(ml_timeline_cause(row, &log), 3);
    assert_string_equal(row->strip, "qqDDDEEEE.");
    assert_int_equal(timeline.longest_ns, 700);
    assert_int_equal(timeline.longest_job, 0);
    assert_ptr_equal(timeline.busiest, row);
    ml_timeline_close(&timeline);
    ml_trace_log_close(&log);
}

static void at_a_moment_the_innermost_span_is_found(void **state)
{
    (void)state;
    struct ml_trace_log log;
    log_make(&log, 1, 1000);
    log_add(&log, 0, ML_TRACE_PICTURE, 0, 200, 900, 0);
    log_add(&log, 0, ML_TRACE_DECODE, 1, 250, 500, 0);
    log_add(&log, 0, ML_TRACE_LOCK, 2, 300, 310, 4);
    static const struct {
        uint64_t at;
        int kind;
    } moments[] = {{0, -1},
                   {199, -1},
                   {200, ML_TRACE_PICTURE},
                   {299, ML_TRACE_DECODE},
                   {300, ML_TRACE_LOCK},
                   {309, ML_TRACE_LOCK},
                   {310, ML_TRACE_DECODE},
                   {500, ML_TRACE_PICTURE},
                   {899, ML_TRACE_PICTURE},
                   {900, -1}};
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        const struct ml_trace_span *span =
            ml_timeline_at(&log.tracks[0], START + moments[i].at);
        assert_int_equal(span ? span->kind : -1, moments[i].kind);
    }
    ml_trace_log_close(&log);
}

static void lives_of_one_name_are_one_row_and_deaths_are_seen(void **state)
{
    (void)state;
    struct ml_trace_log log;
    struct ml_timeline timeline;
    log_make(&log, 3, 1000);
    (void)strcpy(log.tracks[0].name, "worker 1");
    (void)strcpy(log.tracks[1].name, "other");
    (void)strcpy(log.tracks[2].name, "worker 1");
    log_add(&log, 0, ML_TRACE_FILTER, 0, 0, 390, 0);
    log_add(&log, 0, ML_TRACE_FAIL, 0, 390, 390, 0);
    log_add(&log, 1, ML_TRACE_IDLE, 0, 0, 1000, 3);
    log_add(&log, 2, ML_TRACE_START, 0, 500, 600, 0);
    log_add(&log, 2, ML_TRACE_WRITE, 0, 600, 1000, 0);
    log.tracks[0].lost = 5;
    log.tracks[2].refused = 7;
    open_timeline(&timeline, &log, 10);
    assert_int_equal(timeline.row_count, 2);
    const struct ml_timeline_row *row = &timeline.rows[0];
    assert_int_equal(row->lives, 2);
    assert_int_equal(row->lost, 5);
    assert_int_equal(row->refused, 7);
    assert_int_equal(timeline.lost + timeline.refused, 12);
    assert_int_equal(timeline.failures, 1);
    assert_string_equal(row->strip, "TTTX.SWWWW");
    assert_int_equal(row->blank_ns, 110);
    /* Idle is neither work nor waiting. */
    assert_int_equal(timeline.rows[1].work_ns + timeline.rows[1].wait_ns, 0);
    assert_string_equal(timeline.rows[1].strip, "..........");
    assert_ptr_equal(timeline.busiest, row);
    assert_null(timeline.most_waiting);
    ml_timeline_close(&timeline);
    ml_trace_log_close(&log);
}

static void more_letters_than_nanoseconds_are_no_trouble(void **state)
{
    (void)state;
    struct ml_trace_log log;
    struct ml_timeline timeline;
    log_make(&log, 1, 3);
    log_add(&log, 0, ML_TRACE_READ, 0, 0, 3, 0);
    open_timeline(&timeline, &log, ML_TIMELINE_WIDTH_MAX);
    assert_int_equal(strlen(timeline.rows[0].strip), ML_TIMELINE_WIDTH_MAX);
    assert_int_equal(timeline.rows[0].kind_ns[ML_TRACE_READ], 3);
    ml_timeline_close(&timeline);
    ml_trace_log_close(&log);
}

static void a_trace_of_nothing_has_no_rows(void **state)
{
    (void)state;
    struct ml_trace_log log;
    struct ml_timeline timeline;
    log_make(&log, 0, 0);
    open_timeline(&timeline, &log, 10);
    assert_int_equal(timeline.row_count, 0);
    assert_null(timeline.busiest);
    assert_int_equal(timeline.longest_job, ML_TRACE_NO_JOB);
    ml_timeline_close(&timeline);
    ml_trace_log_close(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moment_counts_for_the_innermost_span),
        cmocka_unit_test(at_a_moment_the_innermost_span_is_found),
        cmocka_unit_test(lives_of_one_name_are_one_row_and_deaths_are_seen),
        cmocka_unit_test(more_letters_than_nanoseconds_are_no_trouble),
        cmocka_unit_test(a_trace_of_nothing_has_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
