/* main.c: the program: a command, or (begun by minilab itself) a worker.
 *
 * Makes sure of the standard streams before anything is opened, and that what
 * was printed has arrived before the exit code says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "command/cli/command.h"
#include "command/cli/dispatch.h"

/* A stream that is closed would hand its number to the next file opened, and
 * messages would land in a picture.  Fill the place with one that fails:
 * reading from an end for writing, writing to an end for reading. */
static void main_guard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
            continue;
        if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            _exit(ML_EXIT_INTERNAL);
    }
}

/* An earlier write failed and its errno is gone: is the reader gone? */
static bool main_reader_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

/* `code`, or 1 when stdout did not take all.  A reader that has seen enough
 * (`| head`) is no news. */
static int main_check_stdout(int code)
{
    const bool failed_before = ferror(stdout) != 0;
    int error = fflush(stdout) != 0 ? errno : 0;
    if (failed_before && error == 0)
        error = main_reader_gone() ? EPIPE : EIO;
    if (fclose(stdout) != 0 && error == 0)
        error = errno;
    if (error == 0)
        return code;
    if (error != EPIPE) {
        struct ml_error err;
        (void)ml_fail_os(&err, error, "cannot write standard output", NULL);
        (void)ml_command_fail(NULL, &err);
    }
    return code == ML_EXIT_OK ? ML_EXIT_SOME_FAILED : code;
}

int main(int argc, char **argv)
{
    main_guard_streams();
    /* A closed pipe is an error of that write, not the end of the program. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* likewise a file beyond ulimit -f */
    /* Inherited as ignored, children would vanish before they are asked how
     * they ended. */
    (void)signal(SIGCHLD, SIG_DFL);
    return main_check_stdout(ml_program(argc, argv));
}
