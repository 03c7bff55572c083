/* terminal.c: see terminal.h. */
#include "support/terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/skip.h"

static void terminal_child(const char *slave, const char *line)
{
    const int fd = setsid() < 0 ? -1 : open(slave, O_RDWR);
    if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
        _exit(99);
    if (fd > 2)
        (void)close(fd);
    (void)execl("/bin/sh", "sh", "-c", line, (char *)NULL);
    _exit(99);
}

int terminal_run(const char *program, const char *line, char *text,
                 size_t capacity)
{
    const struct winsize size = {.ws_row = 25, .ws_col = 100};
    const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    size_t used = 0;
    ssize_t count;
    int status;
    if (master < 0)
        ml_test_skip("no pseudo-terminal: %s", strerror(errno));
    assert_true(grantpt(master) == 0 && unlockpt(master) == 0);
    const char *slave = ptsname(master);
    assert_non_null(slave);
    assert_int_equal(setenv("M", program, 1), 0);
    /* Held open here: its size stays, and no end is seen before the child has
     * opened it. */
    const int held = open(slave, O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(held >= 0 && ioctl(held, TIOCSWINSZ, &size) == 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        terminal_child(slave, line);
    assert_int_equal(fcntl(master, F_SETFL, O_NONBLOCK), 0);
    pid_t ended;
    do { /* once more after the end, for the last output */
        ended = waitpid(pid, &status, WNOHANG);
        assert_true(ended >= 0);
        while ((count = read(master, text + used, capacity - 1 - used)) > 0)
            used += (size_t)count;
    } while (ended == 0);
    text[used] = '\0';
    (void)close(held);
    (void)close(master);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}
