/* test_subprocess.c: child processes: their open descriptors, how they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "os/pipe.h"
#include "os/subprocess.h"
#include "support/child_ended.h"

static void start_shell(struct ml_subprocess *child, const char *script,
                        const int *fds, size_t fd_count)
{
    char name[] = "sh", option[] = "-c", text[200];
    char *const argv[] = {name, option, text, NULL};
    const struct ml_subprocess_start start = {
        .program = "/bin/sh", .argv = argv, .fds = fds, .fd_count = fd_count};
    struct ml_error err;
    assert_true(strlen(script) < sizeof text);
    (void)strcpy(text, script);
    assert_int_equal(ml_subprocess_spawn(child, &start, &err), ML_OK);
}

static void assert_ends(const char *script, bool clean, bool from_outside,
                        const char *text)
{
    struct ml_subprocess child;
    struct ml_subprocess_end end;
    struct rusage used;
    start_shell(&child, script, NULL, 0);
    assert_true(test_child_ended(&child, -1));
    ml_subprocess_close(&child, &end, &used);
    assert_true(end.clean == clean && end.from_outside == from_outside);
    assert_string_equal(end.text, text);
    assert_int_equal(child.pidfd, -1);
}

static void ends_are_described(void **state)
{
    (void)state;
    assert_ends("exit 0", true, false, "exited with code 0");
    assert_ends("exit 7", false, false, "exited with code 7");
    assert_ends("kill -KILL $$", false, true, "killed by SIGKILL (Killed)");
    assert_ends("kill -SEGV $$", false, false,
                "killed by SIGSEGV (Segmentation fault)");
}

/* Whatever their numbers: also if each is the target of another. */
static void descriptors_come_in_order(void **state)
{
    (void)state;
    int a[2], b[2];
    struct ml_subprocess child;
    struct ml_subprocess_end end;
    struct ml_error err;
    char letters[2];
    assert_int_equal(ml_pipe_open(&a[0], &a[1], &err), ML_OK);
    assert_int_equal(ml_pipe_open(&b[0], &b[1], &err), ML_OK);
    for (int order = 0; order < 2; order++) {
        const int fds[] = {order ? b[1] : a[1], order ? a[1] : b[1]};
        start_shell(&child, "printf x >&3; printf y >&4", fds, 2);
        ml_subprocess_close(&child, &end, NULL);
        assert_true(end.clean);
        assert_true(ml_pipe_read(a[0], &letters[order], 1));
        assert_true(ml_pipe_read(b[0], &letters[1 - order], 1));
        assert_memory_equal(letters, "xy", 2);
    }
    for (int i = 0; i < 2; i++) {
        ml_pipe_close_end(&a[i]);
        ml_pipe_close_end(&b[i]);
    }
}

/* Not even one that is not closed on exec. */
static void nothing_else_is_open(void **state)
{
    (void)state;
    struct ml_subprocess child;
    struct ml_subprocess_end end;
    const int fd = open("/dev/null", O_RDONLY); /* NOLINT: a leak */
    assert_true(fd >= 0);
    const int copy = fcntl(fd, F_DUPFD, 9);
    assert_true(copy >= 9);
    start_shell(&child,
                "for f in 3 4 5 6 7 8 9; do"
                " [ ! -e /proc/$$/fd/$f ] || exit 1; done",
                NULL, 0);
    ml_subprocess_close(&child, &end, NULL);
    assert_string_equal(end.text, "exited with code 0");
    (void)close(copy);
    (void)close(fd);
}

static void a_kill_ends_it(void **state)
{
    (void)state;
    struct ml_subprocess child;
    struct ml_subprocess_end end;
    int fds[2];
    struct ml_error err;
    assert_int_equal(ml_pipe_open(&fds[0], &fds[1], &err), ML_OK);
    start_shell(&child, "read forever <&3", fds, 1);
    assert_false(test_child_ended(&child, 0));
    ml_subprocess_kill(&child);
    ml_subprocess_close(&child, &end, NULL);
    assert_true(end.from_outside);
    ml_subprocess_kill(&child); /* reaped: no process is killed */
    ml_pipe_close_end(&fds[0]);
    ml_pipe_close_end(&fds[1]);
}

static void a_program_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    char name[] = "none";
    char *const argv[] = {name, NULL};
    const struct ml_subprocess_start start = {
        .program = "/nowhere/none", .argv = argv, .remedy = "look elsewhere"};
    struct ml_subprocess child;
    struct ml_error err;
    assert_int_equal(ml_subprocess_spawn(&child, &start, &err), ML_ERR_OS);
    assert_string_equal(err.remedy, "look elsewhere");
    assert_int_equal(child.pidfd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_are_described),
        cmocka_unit_test(descriptors_come_in_order),
        cmocka_unit_test(nothing_else_is_open),
        cmocka_unit_test(a_kill_ends_it),
        cmocka_unit_test(a_program_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
