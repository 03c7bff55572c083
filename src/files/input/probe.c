/* probe.c: see probe.h. */
#include "files/input/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/input/read.h"

static void probe_set_stat(struct ml_input *input, const struct stat *file_stat)
{
    input->device = file_stat->st_dev;
    input->inode = file_stat->st_ino;
    input->size = (uint64_t)file_stat->st_size;
    input->mtime_ns = (int64_t)file_stat->st_mtim.tv_sec * 1000000000 +
                      file_stat->st_mtim.tv_nsec;
}

static enum ml_problem probe_kind(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return ML_PROBLEM_NONE;
    case S_IFDIR:
        return ML_PROBLEM_FOLDER;
    case S_IFIFO:
        return ML_PROBLEM_FIFO;
    case S_IFSOCK:
        return ML_PROBLEM_SOCKET;
    default:
        return ML_PROBLEM_DEVICE;
    }
}

void ml_probe_failed(struct ml_input *input, int error)
{
    input->problem = ML_PROBLEM_OS;
    input->os_errno = (uint8_t)error;
}

/* Open a file that the folder's listing or stat() called regular. */
static void probe_content(const struct ml_classifier *classifier, int folder_fd,
                          const char *name, const char *path,
                          struct ml_input *input)
{
    const int fd =
        openat(folder_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat file_stat;
    uint8_t head[ML_HEAD_BYTES];
    ssize_t size = -1;
    if (fd < 0 || fstat(fd, &file_stat) != 0) {
        ml_probe_failed(input, errno);
        goto done;
    }
    probe_set_stat(input, &file_stat);
    input->problem = (uint8_t)probe_kind(file_stat.st_mode);
    if (input->problem != ML_PROBLEM_NONE)
        goto done;
    size = ml_read_up_to(fd, head, sizeof head);
    if (size < 0) {
        ml_probe_failed(input, errno);
        goto done;
    }
    input->format = (int16_t)classifier->classify(classifier->context, path,
                                                  head, (size_t)size);
    if (input->format == ML_NOT_PICTURE)
        input->problem = ML_PROBLEM_CONTENT;
done:
    if (fd >= 0)
        (void)close(fd);
}

void ml_probe_file(const struct ml_classifier *classifier, int folder_fd,
                   const char *name, const char *path,
                   const struct stat *file_stat, struct ml_input *input)
{
    *input = (struct ml_input){.format = ML_NOT_PICTURE};
    if (file_stat) {
        probe_set_stat(input, file_stat);
        input->problem = (uint8_t)probe_kind(file_stat->st_mode);
    }
    if (input->problem == ML_PROBLEM_NONE)
        probe_content(classifier, folder_fd, name, path, input);
}
