/* read.c: see read.h. */
#include "files/input/read.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

/* Linux's default read-ahead. */
#define READ_AHEAD_BYTES ((uint64_t)128 << 10)

static enum ml_status read_refuse(struct ml_error *err, const char *what,
                                  const char *remedy)
{
    return ml_fail(err, ML_ERR_FORMAT, "not a regular file", remedy, "it is %s",
                   what);
}

static enum ml_status read_check_kind(mode_t mode, struct ml_error *err)
{
    if (S_ISREG(mode))
        return ML_OK;
    if (S_ISDIR(mode))
        return read_refuse(err, "a folder", "name the pictures in it");
    if (S_ISFIFO(mode))
        return read_refuse(err, "a FIFO", "pipe it in and name it -");
    if (S_ISSOCK(mode))
        return read_refuse(err, "a socket", "leave it out");
    return read_refuse(err, "a device", "pipe it in and name it -");
}

static enum ml_status read_too_large(struct ml_error *err, uint64_t limit)
{
    return ml_fail(err, ML_ERR_LIMIT, "the file is too large",
                   "raise --limit-file", "it has more than %llu bytes",
                   (unsigned long long)limit);
}

static enum ml_status read_open(struct ml_file *file, const char *path,
                                uint64_t limit_bytes, struct ml_error *err)
{
    file->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file->fd < 0) {
        /* A socket cannot be opened at all. */
        return errno == ENXIO
                   ? read_refuse(err, "a socket or a device", "leave it out")
                   : ml_fail_os(err, errno, "cannot be opened", NULL);
    }
    enum ml_status status;
    if (fstat(file->fd, &file->stat) != 0)
        status = ml_fail_os(err, errno, "cannot be examined", NULL);
    else
        status = read_check_kind(file->stat.st_mode, err);
    file->size = (uint64_t)file->stat.st_size;
    if (status == ML_OK && file->size > limit_bytes)
        status = ml_fail(
            err, ML_ERR_LIMIT, "the file is too large", "raise --limit-file",
            "it has %llu bytes, the limit is %llu",
            (unsigned long long)file->size, (unsigned long long)limit_bytes);
    if (status != ML_OK)
        ml_file_close(file);
    return status;
}

enum ml_status ml_file_open(struct ml_file *file, const char *path,
                            uint64_t limit_bytes, struct ml_error *err)
{
    const enum ml_status status = read_open(file, path, limit_bytes, err);
    if (status != ML_OK) {
        err->step = ML_STEP_READ;
        return status;
    }
    if (file->size <= READ_AHEAD_BYTES)
        return ML_OK; /* the one read() covers all of it */
    /* Start read-ahead of the whole file; both calls are advice. */
    (void)posix_fadvise(file->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    (void)posix_fadvise(file->fd, 0, 0, POSIX_FADV_WILLNEED);
    return ML_OK;
}

ssize_t ml_read_up_to(int fd, void *data, size_t size)
{
    uint8_t *at = data;
    size_t used = 0;
    while (used < size) {
        const ssize_t n = read(fd, at + used, size - used);
        if (n > 0) {
            used += (size_t)n;
        } else if (n == 0) {
            break;
        } else if (errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLIN};
            (void)poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return (ssize_t)used;
}

static bool read_is_same_time(const struct timespec *a,
                              const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Is the file unchanged since open? */
static bool read_unchanged(const struct ml_file *file)
{
    struct stat now;
    return fstat(file->fd, &now) == 0 && now.st_size == file->stat.st_size &&
           read_is_same_time(&now.st_mtim, &file->stat.st_mtim);
}

static enum ml_status read_all(struct ml_file *file, void *data,
                               struct ml_error *err)
{
    const ssize_t got = ml_read_up_to(file->fd, data, (size_t)file->size);
    uint8_t beyond;
    if (got < 0)
        return ml_fail_os(err, errno, "cannot be read", NULL);
    if ((uint64_t)got < file->size || read(file->fd, &beyond, 1) > 0 ||
        !read_unchanged(file))
        return ml_fail(err, ML_ERR_OS, "changed while it was read",
                       "run again when no program writes to it",
                       "it had %llu bytes when it was opened",
                       (unsigned long long)file->size);
    return ML_OK;
}

enum ml_status ml_file_read(struct ml_file *file, void *data,
                            struct ml_error *err)
{
    const enum ml_status status = read_all(file, data, err);
    if (status != ML_OK)
        err->step = ML_STEP_READ;
    return status;
}

void ml_file_close(struct ml_file *file)
{
    if (file->fd >= 0)
        (void)close(file->fd);
    file->fd = -1;
}

static enum ml_status read_stream(int fd, uint8_t *data, size_t capacity,
                                  size_t *size_out, struct ml_error *err)
{
    const ssize_t got = ml_read_up_to(fd, data, capacity);
    uint8_t beyond;
    const ssize_t more =
        got < 0 || (size_t)got < capacity ? 0 : ml_read_up_to(fd, &beyond, 1);
    if (got < 0 || more < 0)
        return ml_fail_os(err, errno, "cannot be read", NULL);
    if (more > 0)
        return read_too_large(err, capacity);
    *size_out = (size_t)got;
    return ML_OK;
}

enum ml_status ml_read_stream(int fd, void *data, size_t capacity,
                              size_t *size_out, struct ml_error *err)
{
    const enum ml_status status =
        read_stream(fd, data, capacity, size_out, err);
    if (status != ML_OK)
        err->step = ML_STEP_READ;
    return status;
}
