/* main.c: the program: runs a command or, started by minilab itself, a worker.
 *
 * Checks the standard streams before any file is opened, and that all output
 * was written before it returns the exit code.
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
#include "command/dispatch.h"

/* If a standard stream is closed, the next file opened gets its descriptor, and
 * messages would be written to a picture.  Open /dev/null there in the wrong
 * direction, so that reads of stdin and writes to stdout or stderr fail. */
static void main_guard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
            continue;
        if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            _exit(ML_EXIT_INTERNAL);
    }
}

/* Was an earlier write refused because the reader of a pipe is gone?  Its errno
 * is lost. */
static bool main_reader_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

/* `code`, or 1 when not all output was written.  A closed pipe (`| head`)
 * prints no message. */
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
    /* Writing to a closed pipe must fail, not kill the program. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* the same for a file beyond ulimit -f */
    /* If SIGCHLD is inherited as ignored, the kernel discards the exit status
     * of children. */
    (void)signal(SIGCHLD, SIG_DFL);
    return main_check_stdout(ml_program(argc, argv));
}
