/* pipe.c: see pipe.h. */
#include "os/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum ml_status ml_pipe_open(int *read_out, int *write_out, struct ml_error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return ml_fail_os(err, errno, "cannot create a pipe", NULL);
    (void)fcntl(ends[1], F_SETPIPE_SZ, ML_PIPE_BYTES);
    *read_out = ends[0];
    *write_out = ends[1];
    return ML_OK;
}

void ml_pipe_close_end(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* A short write means that the pipe is full. */
bool ml_pipe_write(int fd, const void *from, size_t size, uint64_t *full_waits)
{
    const uint8_t *bytes = from;
    size_t done = 0;
    while (done < size) {
        const ssize_t n = write(fd, bytes + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            return false;
        done += n > 0 ? (size_t)n : 0;
        if (done == size)
            break;
        struct pollfd writable = {.fd = fd, .events = POLLOUT};
        (*full_waits)++;
        while (poll(&writable, 1, -1) < 0 && errno == EINTR)
            continue;
    }
    return true;
}

bool ml_pipe_read(int fd, void *to, size_t size)
{
    uint8_t *at = to;
    while (size > 0) {
        const ssize_t n = read(fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}
