/* kernel_features.c: see kernel_features.h. */
#include "command/doctor/kernel_features.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "os/cgroup.h"

static bool kernel_memfd_seals(void)
{
    const int fd = memfd_create("minilab", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return false;
    const int rc =
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    close(fd);
    return rc == 0;
}

static bool kernel_pidfd(void)
{
    const long fd = syscall(SYS_pidfd_open, getpid(), 0);
    if (fd >= 0)
        close((int)fd);
    return fd >= 0;
}

static bool kernel_openat2(void)
{
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    const long fd = syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof how);
    if (fd >= 0)
        close((int)fd);
    /* ENOENT: the working folder was removed, but the call exists. */
    return fd >= 0 || errno == ENOENT;
}

/* The range has no descriptor that can exist: nothing is closed. */
static bool kernel_close_range(void)
{
    return close_range(UINT_MAX, UINT_MAX, 0) == 0;
}

static int kernel_landlock(void)
{
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
                             LANDLOCK_CREATE_RULESET_VERSION);
    return abi > 0 ? (int)abi : 0;
}

/* The word in brackets of "always [madvise] never". */
static void kernel_chosen(const char *root, const char *path, char word[16])
{
    char text[128];
    (void)snprintf(word, 16, "unknown");
    if (!ml_read_text_file(root, path, text, sizeof text))
        return;
    const char *start = strchr(text, '[');
    const size_t length = start ? strcspn(start + 1, "]\n") : 0;
    if (length > 0 && length < 16)
        (void)snprintf(word, 16, "%.*s", (int)length, start + 1);
}

void ml_kernel_probe(const char *root, struct ml_kernel_features *kernel_out)
{
    struct utsname name;
    struct ml_kernel_features kernel = {.memfd_seals = kernel_memfd_seals(),
                                        .pidfd = kernel_pidfd(),
                                        .openat2 = kernel_openat2(),
                                        .close_range = kernel_close_range(),
                                        .landlock_abi = kernel_landlock()};
    if (uname(&name) == 0)
        (void)snprintf(kernel.release, sizeof kernel.release, "%s",
                       name.release);
    kernel_chosen(root, "/sys/kernel/mm/transparent_hugepage/enabled",
                  kernel.huge_pages);
    kernel_chosen(root, "/sys/kernel/mm/transparent_hugepage/shmem_enabled",
                  kernel.huge_shared);
    *kernel_out = kernel;
}
