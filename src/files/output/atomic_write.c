/* atomic_write.c: see atomic_write.h. */
#include "files/output/atomic_write.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Linux's limit of one write (write(2)); whole pages. */
#define WRITE_BYTES_MAX ((size_t)0x7ffff000)

void ml_writer_open(struct ml_writer *writer, const struct ml_output_root *root,
                    struct ml_temps *temps)
{
    writer->root = root;
    writer->temps = temps;
    writer->clock = 0;
    writer->folder_count = 0;
}

static void writer_close_folder(struct ml_writer_folder *folder)
{
    if (folder->fd >= 0)
        (void)close(folder->fd);
    folder->fd = -1;
    folder->used = 0;
}

void ml_writer_close(struct ml_writer *writer)
{
    for (size_t i = 0; i < writer->folder_count; i++)
        writer_close_folder(&writer->folders[i]);
}

/* ---- folders kept open ---- */

/* A free entry, or that of the folder used least recently, now closed. */
static struct ml_writer_folder *writer_free_entry(struct ml_writer *writer)
{
    struct ml_writer_folder *oldest = &writer->folders[0];
    if (writer->folder_count < ML_WRITER_FOLDERS)
        return &writer->folders[writer->folder_count++];
    for (size_t i = 1; i < ML_WRITER_FOLDERS; i++) {
        if (writer->folders[i].used < oldest->used)
            oldest = &writer->folders[i];
    }
    writer_close_folder(oldest);
    return oldest;
}

/* The folder path[0, length), opened, and created if missing; NULL with
 * errno. */
static struct ml_writer_folder *writer_folder(struct ml_writer *writer,
                                              const char *path, size_t length)
{
    for (size_t i = 0; i < writer->folder_count; i++) {
        struct ml_writer_folder *folder = &writer->folders[i];
        if (folder->fd >= 0 && strncmp(folder->path, path, length) == 0 &&
            folder->path[length] == '\0') {
            folder->used = ++writer->clock;
            return folder;
        }
    }
    struct ml_writer_folder *folder = writer_free_entry(writer);
    memcpy(folder->path, path, length);
    folder->path[length] = '\0';
    folder->fd = ml_output_root_mkdirs(writer->root, folder->path);
    folder->used = folder->fd >= 0 ? ++writer->clock : 0;
    return folder->fd >= 0 ? folder : NULL;
}

/* ---- bytes ---- */

enum ml_status ml_write_all(int fd, const void *data, size_t size,
                            struct ml_error *err)
{
    const uint8_t *next = data;
    while (size > 0) {
        const ssize_t n =
            write(fd, next, size < WRITE_BYTES_MAX ? size : WRITE_BYTES_MAX);
        if (n > 0) {
            next += n;
            size -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            (void)poll(&wait, 1, -1);
        } else if (n == 0 || errno != EINTR) {
            return ml_fail_os(err, n == 0 ? EIO : errno, "cannot be written",
                              NULL);
        }
    }
    return ML_OK;
}

static enum ml_status
write_attributes(int fd, const struct ml_file_attributes *attributes,
                 struct ml_error *err)
{
    const struct timespec times[2] = {attributes->accessed,
                                      attributes->modified};
    if (fchmod(fd, attributes->mode & 0777) != 0)
        return ml_fail_os(err, errno, "cannot copy the permissions",
                          "leave out -p");
    if (futimens(fd, times) != 0)
        return ml_fail_os(err, errno, "cannot copy the times", "leave out -p");
    return ML_OK;
}

/* Fill the temporary file and close it, also after an error. */
static enum ml_status write_fill(int fd, const void *data, size_t size,
                                 const struct ml_file_attributes *attributes,
                                 struct ml_error *err)
{
    enum ml_status status = ml_write_all(fd, data, size, err);
    if (status == ML_OK && attributes)
        status = write_attributes(fd, attributes, err);
    /* Network file systems report a full disk only here. */
    if (close(fd) != 0 && status == ML_OK && errno != EINTR)
        status = ml_fail_os(err, errno, "cannot be written", NULL);
    return status;
}

/* ---- the final name ---- */

/* Rename the temporary file unless the name exists.  If the kernel cannot do
 * that in one step, make a hard link.  If the file system has none, test for
 * the name first; another program could then create it in between. */
static int write_rename_new(int from, const char *temp, int fd,
                            const char *name)
{
    if (renameat2(from, temp, fd, name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
        return errno;
    if (linkat(from, temp, fd, name, 0) == 0)
        return unlinkat(from, temp, 0) == 0 ? 0 : errno;
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
        return errno;
    if (faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return EEXIST;
    return renameat(from, temp, fd, name) == 0 ? 0 : errno;
}

static enum ml_status write_name_failed(struct ml_temps *temps, int error,
                                        struct ml_error *err)
{
    if (error == ENOENT && ml_temps_are_shut(temps))
        return ml_fail(err, ML_ERR_CANCELLED, "stopped", NULL,
                       "the run was stopped while this file was written");
    if (error == EEXIST)
        return ml_fail(err, ML_ERR_EXISTS, "the output exists already",
                       "choose --existing skip, overwrite or newer",
                       "another program or input created it meanwhile");
    if (error == EISDIR)
        return ml_fail_os(err, error, "the output's name is that of a folder",
                          "choose another name with --name");
    return ml_fail_os(err, error, "cannot rename the output", NULL);
}

/* Rename from folder `from` to folder `fd`; 0 or errno. */
static int write_rename(int from, const char *temp, int fd, const char *name,
                        bool replace)
{
    if (!replace)
        return write_rename_new(from, temp, fd, name);
    return renameat(from, temp, fd, name) == 0 ? 0 : errno;
}

/* ---- one file ---- */

static enum ml_status write_open_failed(int error, struct ml_error *err)
{
    if (error == ECANCELED)
        return ml_fail(err, ML_ERR_CANCELLED, "stopped", NULL,
                       "the run is being stopped");
    if (error == EXDEV || error == ELOOP)
        return ml_fail_os(err, error, "a link leads out of the output folder",
                          "remove the link, or give -o its target");
    if (error == ENOTDIR || error == EEXIST)
        return ml_fail_os(err, error, "a file is in the way of a folder",
                          "move it away, or choose another -o or --name");
    return ml_fail_os(err, error, "cannot create the output file", NULL);
}

/* Open the folder and create a temporary file in it.  If another program has
 * removed a folder that is kept open, create it again, once. */
static int write_begin(struct ml_writer *writer, const char *relative,
                       size_t folder_length, int *folder_fd_out,
                       size_t *slot_out)
{
    for (int attempt = 0;; attempt++) {
        struct ml_writer_folder *folder =
            writer_folder(writer, relative, folder_length);
        if (!folder)
            return -1;
        const int fd = ml_temps_create(writer->temps, folder->fd, slot_out);
        *folder_fd_out = folder->fd;
        if (fd >= 0 || errno != ENOENT || attempt > 0)
            return fd;
        writer_close_folder(folder);
    }
}

enum ml_status ml_write_file(struct ml_writer *writer, const char *relative,
                             const void *data, size_t size,
                             const struct ml_write_options *options,
                             struct ml_error *err)
{
    assert(relative[0] != '/' && strlen(relative) < ML_NAME_PATH_MAX);
    const char *slash = strrchr(relative, '/');
    const char *name = slash ? slash + 1 : relative;
    const size_t folder_length = slash ? (size_t)(slash - relative) : 0;
    int folder_fd = -1;
    size_t slot = 0;
    enum ml_status status;
    const int fd =
        write_begin(writer, relative, folder_length, &folder_fd, &slot);
    if (fd < 0) {
        status = write_open_failed(errno, err);
        goto fail;
    }
    status = write_fill(fd, data, size, options->attributes, err);
    if (status == ML_OK) {
        const int error =
            write_rename(folder_fd, writer->temps->slots[slot].name, folder_fd,
                         name, options->replace);
        if (error != 0)
            status = write_name_failed(writer->temps, error, err);
    }
    if (status != ML_OK) {
        ml_temps_remove(writer->temps, slot);
        goto fail;
    }
    ml_temps_forget(writer->temps, slot);
    return ML_OK;
fail:
    err->step = ML_STEP_WRITE;
    return status;
}

/* ---- one file in two steps ---- */

enum ml_status ml_write_temp(struct ml_temps *temps,
                             const struct ml_output_root *root,
                             const void *data, size_t size,
                             const struct ml_file_attributes *attributes,
                             size_t *slot_out, struct ml_error *err)
{
    const int fd = ml_temps_create(temps, root->fd, slot_out);
    if (fd < 0 && errno == EMFILE)
        return ml_fail(err, ML_ERR_LIMIT,
                       "too many results wait for their names",
                       "use --name without {w}, {h} and {hash}, or lower "
                       "--jobs",
                       "an earlier picture is not finished");
    if (fd < 0)
        return write_open_failed(errno, err);
    const enum ml_status status = write_fill(fd, data, size, attributes, err);
    if (status != ML_OK)
        ml_temps_remove(temps, *slot_out);
    return status;
}

enum ml_status ml_write_place(struct ml_temps *temps, size_t slot,
                              const struct ml_output_root *root,
                              const char *relative, bool replace,
                              struct ml_error *err)
{
    char folder[ML_NAME_PATH_MAX];
    const char *slash = strrchr(relative, '/');
    const char *name = slash ? slash + 1 : relative;
    const size_t length = slash ? (size_t)(slash - relative) : 0;
    memcpy(folder, relative, length);
    folder[length] = '\0';
    const int fd = ml_output_root_mkdirs(root, folder);
    enum ml_status status = ML_OK;
    if (fd < 0) {
        status = write_open_failed(errno, err);
    } else {
        const int error =
            write_rename(root->fd, temps->slots[slot].name, fd, name, replace);
        if (error != 0)
            status = write_name_failed(temps, error, err);
    }
    if (fd >= 0)
        (void)close(fd);
    if (status == ML_OK)
        ml_temps_forget(temps, slot);
    else
        ml_temps_remove(temps, slot);
    return status;
}
