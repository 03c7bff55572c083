/* test_totals.c: spans summed up as they come: each moment counts once, for the
 * innermost span, whatever the order of recording. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "trace/totals.h"

struct totals_test {
    struct ml_trace_totals totals;
    struct ml_trace_totals_track track;
};

static int begin(void **state)
{
    struct totals_test *test = calloc(1, sizeof *test);
    *state = test;
    if (!test)
        return -1;
    ml_trace_totals_begin(&test->totals, &test->track, "decode,filter 1", 1000);
    return 0;
}

static int end(void **state)
{
    free(*state);
    return 0;
}

static void add(struct totals_test *test, enum ml_trace_kind kind,
                unsigned depth, uint64_t start_ns, uint64_t end_ns)
{
    const struct ml_trace_span span = {.start_ns = start_ns,
                                       .end_ns = end_ns,
                                       .cause = 3,
                                       .kind = (uint8_t)kind,
                                       .depth = (uint8_t)depth};
    ml_trace_totals_add(&test->totals, &test->track, &span);
}

static uint64_t of(const struct totals_test *test, enum ml_trace_kind kind)
{
    return test->totals.groups[0].kind_ns[kind];
}

static void a_moment_counts_for_the_innermost_span(void **state)
{
    struct totals_test *test = *state;
    add(test, ML_TRACE_GIL, 1, 1120, 1150);    /* within decode */
    add(test, ML_TRACE_DECODE, 1, 1100, 1200); /* recorded when it has ended */
    add(test, ML_TRACE_FILTER, 1, 1200, 1260);
    add(test, ML_TRACE_PICTURE, 0, 1090, 1300);
    add(test, ML_TRACE_GIL, 0, 1300, 1310);
    assert_int_equal(of(test, ML_TRACE_GIL), 40);
    assert_int_equal(of(test, ML_TRACE_DECODE), 70);
    assert_int_equal(of(test, ML_TRACE_FILTER), 60);
    assert_int_equal(of(test, ML_TRACE_PICTURE), 50);
    assert_int_equal(test->totals.groups[0].cause_ns[3], 40); /* waits alone */
    ml_trace_totals_end(&test->totals, &test->track, 1500);
    assert_int_equal(test->totals.groups[0].life_ns, 500);
}

/* Pictures of thousands of strips: a bounded number of spans is kept. */
static void many_spans_within_one_are_all_counted(void **state)
{
    struct totals_test *test = *state;
    uint64_t at = 2000;
    for (unsigned picture = 0; picture < 3; picture++) {
        const uint64_t start = at;
        for (unsigned i = 0; i < 50 * ML_TOTALS_ENDED; i++, at += 10)
            add(test, i % 2 ? ML_TRACE_FILTER : ML_TRACE_DECODE, 1, at, at + 8);
        add(test, ML_TRACE_PICTURE, 0, start, at);
    }
    const uint64_t strips = 3 * 50 * ML_TOTALS_ENDED;
    assert_int_equal(of(test, ML_TRACE_DECODE), strips / 2 * 8);
    assert_int_equal(of(test, ML_TRACE_FILTER), strips / 2 * 8);
    assert_int_equal(of(test, ML_TRACE_PICTURE), strips * 2);
}

static void what_cannot_be_does_no_harm(void **state)
{
    struct totals_test *test = *state;
    for (unsigned depth = 0; depth < 256; depth++)
        add(test, ML_TRACE_COPY, depth, 5000, 5100);
    add(test, ML_TRACE_COPY, 0, 4000, 4050); /* back in time */
    add(test, ML_TRACE_DEPTH, 0, 6000, 6000);
    assert_int_equal(of(test, ML_TRACE_DEPTH), 0);
    assert_true(of(test, ML_TRACE_COPY) <= 257 * 100);
}

static void tracks_are_grouped_by_the_beginnings_of_their_names(void **state)
{
    struct totals_test *test = *state;
    struct ml_trace_totals_track other;
    char name[16];
    ml_trace_totals_begin(&test->totals, &other, "decode,filter 2 ahead", 1000);
    assert_int_equal(test->totals.count, 1);
    assert_int_equal(test->totals.groups[0].tracks, 2);
    assert_string_equal(test->totals.groups[0].name, "decode,filter");
    for (unsigned i = 0; i < 2 * ML_TOTALS_GROUPS; i++) {
        (void)snprintf(name, sizeof name, "other%u 1", i);
        ml_trace_totals_begin(&test->totals, &other, name, 1000);
    }
    assert_int_equal(test->totals.count, ML_TOTALS_GROUPS);
    assert_int_equal(test->totals.groups[ML_TOTALS_GROUPS - 1].tracks,
                     ML_TOTALS_GROUPS + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_moment_counts_for_the_innermost_span,
                                        begin, end),
        cmocka_unit_test_setup_teardown(many_spans_within_one_are_all_counted,
                                        begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_does_no_harm, begin,
                                        end),
        cmocka_unit_test_setup_teardown(
            tracks_are_grouped_by_the_beginnings_of_their_names, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
