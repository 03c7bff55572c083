/* trace_file.h: a trace recorded into a temporary file, and read back. */
#ifndef ML_TESTS_SUPPORT_TRACE_FILE_H
#define ML_TESTS_SUPPORT_TRACE_FILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "trace/reader.h"

struct test_trace {
    char path[64];
    struct ml_trace *trace;
    struct ml_trace_log log;
};

static inline void test_trace_open(struct test_trace *test)
{
    struct ml_error err;
    (void)snprintf(test->path, sizeof test->path, "/tmp/minilab-trace-XXXXXX");
    const int fd = mkstemp(test->path);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(ml_trace_open(&test->trace, test->path, &err), ML_OK);
}

/* End the trace and read its file into `log`. */
static inline void test_trace_read(struct test_trace *test)
{
    struct ml_error err;
    assert_int_equal(ml_trace_close(test->trace, &err), ML_OK);
    if (ml_trace_log_open(&test->log, test->path, &err) != ML_OK)
        fail_msg("%s: %s", err.what, err.why);
}

static inline void test_trace_close(struct test_trace *test)
{
    ml_trace_log_close(&test->log);
    assert_int_equal(unlink(test->path), 0);
}

static inline const char *test_trace_kind(const struct ml_trace_log *log,
                                          size_t track, size_t span)
{
    return log->kinds[log->tracks[track].spans.items[span].kind].name;
}

/* A span without length, at this moment. */
static inline void test_trace_add(struct ml_trace_track *track, uint32_t job)
{
    const uint64_t now = ml_now_ns();
    ml_trace_add(track, ML_TRACE_READ, job, 0, now, now);
}

#endif
