/* test_trace_file.c: trace files: cut, damaged, not writable, not a trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "support/trace_file.h"

static size_t read_file(const char *path, uint8_t *bytes, size_t capacity)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, capacity, file);
    (void)fclose(file);
    assert_true(size < capacity);
    return size;
}

static void write_file(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Write a file of two tracks with 40 spans each.  Returns its size;
 * *head_out: the length of its text. */
static size_t sample_file(struct test_trace *test, uint8_t *bytes,
                          size_t capacity, size_t *head_out)
{
    test_trace_open(test);
    ml_trace_name_cause(test->trace, 1, "cause");
    for (int t = 0; t < 2; t++) {
        struct ml_trace_track *track =
            ml_trace_track(test->trace, "worker", 1, t);
        for (uint32_t i = 0; i < 20; i++) {
            ml_trace_begin_for(track, ML_TRACE_PICTURE, i, 1);
            test_trace_add(track, i);
            ml_trace_end(track);
        }
    }
    test_trace_read(test);
    ml_trace_log_close(&test->log);
    const size_t size = read_file(test->path, bytes, capacity);
    const uint8_t *end = memmem(bytes, size, "\n\n", 2);
    assert_non_null(end);
    *head_out = (size_t)(end - bytes) + 2;
    return size;
}

static void a_file_cut_anywhere_is_read_up_to_the_cut(void **state)
{
    (void)state;
    static uint8_t bytes[16384];
    struct test_trace test;
    struct ml_error err;
    size_t head;
    const size_t size = sample_file(&test, bytes, sizeof bytes, &head);
    size_t before = 0;
    for (size_t cut = 0; cut < size; cut += cut < head ? 7 : 1) {
        write_file(test.path, bytes, cut);
        const enum ml_status status =
            ml_trace_log_open(&test.log, test.path, &err);
        if (cut < head) {
            assert_int_equal(status, ML_ERR_USAGE);
            continue;
        }
        assert_int_equal(status, ML_OK);
        assert_false(test.log.whole);
        size_t spans = 0;
        for (size_t i = 0; i < test.log.track_count; i++)
            spans += test.log.tracks[i].spans.count;
        assert_true(spans >= before);
        before = spans;
        ml_trace_log_close(&test.log);
    }
    assert_int_equal(before, 80);
    test_trace_close(&test);
}

static void a_damaged_file_is_refused_or_read_without_harm(void **state)
{
    (void)state;
    static uint8_t bytes[16384], damaged[16384];
    struct ml_random random = {.state = 5};
    struct test_trace test;
    struct ml_error err;
    size_t head, opened = 0;
    const size_t size = sample_file(&test, bytes, sizeof bytes, &head);
    for (unsigned round = 0; round < 2000; round++) {
        memcpy(damaged, bytes, size);
        for (unsigned i = 0; i <= round % 8; i++)
            damaged[ml_random_below(&random, (uint32_t)size)] =
                (uint8_t)ml_random_next(&random);
        write_file(test.path, damaged, size);
        if (ml_trace_log_open(&test.log, test.path, &err) != ML_OK)
            continue;
        opened++;
        for (size_t i = 0; i < test.log.track_count; i++) {
            const struct ml_trace_log_spans *spans = &test.log.tracks[i].spans;
            for (size_t k = 1; k < spans->count; k++)
                assert_true(spans->items[k].start_ns >=
                            spans->items[k - 1].start_ns);
        }
        ml_trace_log_close(&test.log);
    }
    assert_true(opened > 100 && opened < 2000);
    test_trace_close(&test);
}

static void a_file_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    struct ml_trace *trace;
    struct ml_error err;
    assert_int_not_equal(ml_trace_open(&trace, "/nonexistent/t", &err), ML_OK);
    assert_null(trace);
    assert_int_equal(ml_trace_open(&trace, "/dev/full", &err), ML_OK);
    ml_trace_drain(trace); /* the write fails here and is remembered */
    assert_int_equal(ml_trace_close(trace, &err), ML_ERR_OS);
    assert_int_equal(err.os_errno, ENOSPC);
}

static void only_traces_are_replaced(void **state)
{
    (void)state;
    struct test_trace test;
    struct ml_trace *trace;
    struct ml_error err;
    test_trace_open(&test);
    test_trace_read(&test);
    assert_int_equal(ml_trace_open(&trace, test.path, &err), ML_OK);
    assert_int_equal(ml_trace_close(trace, &err), ML_OK);
    write_file(test.path, (const uint8_t *)"\xff\xd8\xff\n", 4);
    assert_int_equal(ml_trace_open(&trace, test.path, &err), ML_ERR_EXISTS);
    assert_null(trace);
    test_trace_close(&test);
}

static void drained_spans_are_in_the_file_at_once(void **state)
{
    (void)state;
    struct test_trace test;
    struct ml_trace_log log;
    struct ml_error err;
    test_trace_open(&test);
    struct ml_trace_track *track = ml_trace_track(test.trace, "t", 1, 1);
    test_trace_add(track, 1);
    ml_trace_drain(test.trace);
    assert_int_equal(ml_trace_log_open(&log, test.path, &err), ML_OK);
    assert_false(log.whole);
    assert_int_equal(log.tracks[0].spans.count, 1);
    ml_trace_log_close(&log);
    test_trace_read(&test);
    test_trace_close(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_cut_anywhere_is_read_up_to_the_cut),
        cmocka_unit_test(a_damaged_file_is_refused_or_read_without_harm),
        cmocka_unit_test(a_file_that_cannot_be_written_is_an_error),
        cmocka_unit_test(only_traces_are_replaced),
        cmocka_unit_test(drained_spans_are_in_the_file_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
