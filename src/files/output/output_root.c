/* output_root.c: see output_root.h. */
#include "files/output/output_root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "files/output/name_template.h"

#define ROOT_FOLDER_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* From linux/magic.h and the file systems' own headers; not every system
 * exports all of them. */
static const struct {
    unsigned long type;
    bool normalizes;
} output_root_folding_systems[] = {
    {0x4d44, false},     /* FAT */
    {0x2011bab0, false}, /* exFAT */
    {0x5346544e, false}, /* NTFS */
    {0x7366746e, false}, /* NTFS3 */
    {0xff534d42, true},  /* CIFS: the server may be a Mac */
    {0xfe534d42, true},  /* SMB2: the same */
    {0x482b, true},      /* HFS+ */
};

static int output_root_openat2(int fd, const char *path)
{
    struct open_how how = {.flags = ROOT_FOLDER_FLAGS,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    for (;;) {
        const long got = syscall(SYS_openat2, fd, path, &how, sizeof how);
        /* EAGAIN: a rename in between, so that the kernel could not check the
         * path; try again (openat2(2)). */
        if (got >= 0 || (errno != EAGAIN && errno != EINTR))
            return (int)got;
    }
}

/* Does ext4 or f2fs fold the names of this folder?  It then normalizes them
 * too. */
static bool output_root_has_casefold_flag(const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int flags = 0;
    const bool folds = fd >= 0 && ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 &&
                       (flags & FS_CASEFOLD_FL) != 0;
    if (fd >= 0)
        (void)close(fd);
    return folds;
}

/* Which names does the file system at `path` treat as one?  Determined by its
 * type, or by the flag that some set on single folders. */
static void output_root_find_folding(struct ml_output_root *root,
                                     const char *path)
{
    const size_t count = sizeof output_root_folding_systems /
                         sizeof *output_root_folding_systems;
    struct statfs system;
    if (statfs(path, &system) != 0)
        return;
    const unsigned long type = (unsigned long)system.f_type & 0xffffffff;
    for (size_t i = 0; i < count; i++) {
        if (type == output_root_folding_systems[i].type) {
            root->folds_case = true;
            root->normalizes = output_root_folding_systems[i].normalizes;
            return;
        }
    }
    root->folds_case = root->normalizes = output_root_has_casefold_flag(path);
}

/* Remove the last component, in place: "a/b" -> "a" -> "."; "/a" -> "/". */
static void output_root_parent(char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    while (end > 0 && path[end - 1] != '/')
        end--;
    while (end > 1 && path[end - 1] == '/')
        end--;
    if (end == 0)
        path[end++] = '.';
    path[end] = '\0';
}

/* The root is absent: take the nearest existing folder above it. */
static void output_root_find_folding_above(struct ml_output_root *root)
{
    char above[ML_INPUT_PATH_MAX];
    memcpy(above, root->path, strlen(root->path) + 1);
    while (access(above, F_OK) != 0 && strcmp(above, ".") != 0 &&
           strcmp(above, "/") != 0)
        output_root_parent(above);
    output_root_find_folding(root, above);
}

static enum ml_status output_root_set(struct ml_output_root *root, int fd,
                                      struct ml_error *err)
{
    struct stat root_stat;
    if (fstat(fd, &root_stat) != 0) {
        const int error = errno;
        (void)close(fd);
        return ml_fail_os(err, error, "cannot examine the output folder", NULL);
    }
    root->fd = fd;
    root->device = root_stat.st_dev;
    root->inode = root_stat.st_ino;
    const int probe = output_root_openat2(fd, ".");
    root->beneath = probe >= 0;
    if (probe >= 0)
        (void)close(probe);
    return ML_OK;
}

enum ml_status ml_output_root_open(struct ml_output_root *root,
                                   const char *path, struct ml_error *err)
{
    memset(root, 0, sizeof *root);
    root->fd = -1;
    const size_t length = strlen(path);
    if (length == 0 || length >= ML_INPUT_PATH_MAX)
        return ml_fail(err, ML_ERR_USAGE, "bad output folder",
                       "give -o a folder", "its path has %zu bytes", length);
    memcpy(root->path, path, length + 1);
    const int fd = open(path, ROOT_FOLDER_FLAGS);
    if (fd >= 0) {
        output_root_find_folding(root, path);
        return output_root_set(root, fd, err);
    }
    if (errno == ENOTDIR)
        return ml_fail_os(err, errno, "the output folder is a file",
                          "give -o a folder");
    if (errno != ENOENT)
        return ml_fail_os(err, errno, "cannot open the output folder", NULL);
    output_root_find_folding_above(root);
    return ML_OK;
}

/* mkdir -p. */
static int output_root_make_parents(char *path)
{
    for (char *at = path + 1;; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        const char kept = *at;
        *at = '\0';
        const int rc = mkdir(path, 0777);
        *at = kept; /* errno stays */
        if (rc != 0 && errno != EEXIST)
            return errno;
        if (kept == '\0')
            return 0;
    }
}

enum ml_status ml_output_root_create(struct ml_output_root *root,
                                     struct ml_error *err)
{
    if (root->fd >= 0)
        return ML_OK;
    const int error = output_root_make_parents(root->path);
    const int fd = error == 0 ? open(root->path, ROOT_FOLDER_FLAGS) : -1;
    if (fd < 0)
        return ml_fail_os(err, error ? error : errno,
                          "cannot create the output folder", NULL);
    return output_root_set(root, fd, err);
}

void ml_output_root_close(struct ml_output_root *root)
{
    if (root->fd >= 0)
        (void)close(root->fd);
    root->fd = -1;
}

int ml_output_root_stat(const struct ml_output_root *root, const char *relative,
                        struct stat *stat_out)
{
    if (root->fd < 0)
        return ENOENT;
    if (fstatat(root->fd, relative, stat_out, AT_SYMLINK_NOFOLLOW) != 0)
        return errno;
    struct stat target;
    if (S_ISLNK(stat_out->st_mode) &&
        fstatat(root->fd, relative, &target, 0) == 0)
        *stat_out = target;
    return 0;
}

/* ---- folders below the root ---- */

/* Open the folder `prefix` below the root; `above` is its open parent and
 * `name` its last component. */
static int output_root_step(const struct ml_output_root *root,
                            const char *prefix, int above, const char *name)
{
    return root->beneath ? output_root_openat2(root->fd, prefix)
                         : openat(above, name, ROOT_FOLDER_FLAGS | O_NOFOLLOW);
}

/* The same, and create it if it is missing. */
static int output_root_make_step(const struct ml_output_root *root,
                                 const char *prefix, int above,
                                 const char *name)
{
    const int fd = output_root_step(root, prefix, above, name);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    if (mkdirat(above, name, 0777) != 0 && errno != EEXIST)
        return -1;
    return output_root_step(root, prefix, above, name);
}

/* Open the path one component at a time, and create missing folders. */
static int output_root_descend(const struct ml_output_root *root, char *path)
{
    int above = openat(root->fd, ".", ROOT_FOLDER_FLAGS);
    const char *name = path;
    for (char *at = path; above >= 0; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        const char kept = *at;
        *at = '\0';
        const int fd = output_root_make_step(root, path, above, name);
        const int error = errno;
        *at = kept;
        (void)close(above);
        errno = error;
        above = fd;
        name = at + 1;
        if (kept == '\0')
            break;
    }
    return above;
}

int ml_output_root_mkdirs(const struct ml_output_root *root,
                          const char *relative)
{
    char path[ML_NAME_PATH_MAX];
    const size_t length = strlen(relative);
    if (root->fd < 0) {
        errno = ENOENT;
        return -1;
    }
    if (length == 0)
        return openat(root->fd, ".", ROOT_FOLDER_FLAGS);
    if (length >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (root->beneath) {
        const int fd = output_root_openat2(root->fd, relative);
        if (fd >= 0 || errno != ENOENT)
            return fd;
    }
    memcpy(path, relative, length + 1);
    return output_root_descend(root, path);
}
