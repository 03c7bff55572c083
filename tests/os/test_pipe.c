/* test_pipe.c: whole buffers through a pipe, however little fits into it at
 * once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "os/pipe.h"

#define SIZE (5 * ML_PIPE_BYTES + 7)

static void open_pipe(int *read_end, int *write_end)
{
    struct ml_error err;
    assert_int_equal(ml_pipe_open(read_end, write_end, &err), ML_OK);
}

static uint8_t byte_at(size_t i)
{
    return (uint8_t)(i * 7 + i / 251);
}

static void *read_all(void *context)
{
    static uint8_t bytes[SIZE];
    const int fd = *(const int *)context;
    bool same = ml_pipe_read(fd, bytes, 1) &&
                ml_pipe_read(fd, bytes + 1, sizeof bytes - 1);
    for (size_t i = 0; i < sizeof bytes; i++)
        same = same && bytes[i] == byte_at(i);
    return same ? context : NULL;
}

static void send_with(int flags, bool counts)
{
    static uint8_t bytes[SIZE];
    int read_end, write_end;
    uint64_t full_waits = 0;
    pthread_t reader;
    void *same;
    open_pipe(&read_end, &write_end);
    assert_int_equal(fcntl(write_end, F_SETFL, O_WRONLY | flags), 0);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = byte_at(i);
    assert_int_equal(pthread_create(&reader, NULL, read_all, &read_end), 0);
    assert_true(ml_pipe_write(write_end, bytes, sizeof bytes, &full_waits));
    assert_int_equal(pthread_join(reader, &same), 0);
    assert_non_null(same);
    assert_true(counts ? full_waits > 0 : full_waits == 0);
    ml_pipe_close_end(&read_end);
    ml_pipe_close_end(&write_end);
    assert_int_equal(write_end, -1);
}

static void more_than_fits_arrives_whole(void **state)
{
    (void)state;
    send_with(0, false);
    send_with(O_NONBLOCK, true);
}

static void a_pipe_that_ends_too_early_is_no_success(void **state)
{
    (void)state;
    int read_end, write_end;
    char text[4];
    uint64_t full_waits = 0;
    open_pipe(&read_end, &write_end);
    assert_true(ml_pipe_write(write_end, "abc", 3, &full_waits));
    ml_pipe_close_end(&write_end);
    assert_false(ml_pipe_read(read_end, text, sizeof text));
    ml_pipe_close_end(&read_end);
    open_pipe(&read_end, &write_end);
    ml_pipe_close_end(&read_end);
    (void)signal(SIGPIPE, SIG_IGN);
    assert_false(ml_pipe_write(write_end, "abc", 3, &full_waits));
    ml_pipe_close_end(&write_end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_than_fits_arrives_whole),
        cmocka_unit_test(a_pipe_that_ends_too_early_is_no_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
