/* cgroup.h: the control groups of this process.
 *
 * A container or a service manager limits processors and memory on any level of
 * a tree of groups; the tightest level counts.  This file finds the folder of
 * the process's own group for one controller, in version 1 (one mounted tree a
 * controller) and version 2 (one tree for all), from /proc/self/cgroup and
 * /proc/self/mountinfo, and climbs from there to the mount point.  Everything
 * is read below `root`: "" for this machine, a folder in tests.  Formats:
 * cgroups(7), proc(5).  A file that cannot be read limits nothing.
 */
#ifndef ML_OS_CGROUP_H
#define ML_OS_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct ml_cgroup {
    int version;           /* 1 or 2 */
    char folder[PATH_MAX]; /* the current level, with `root` in front */
    size_t top;            /* length of the mount point, the head of `folder` */
};

/* The group of this process for `controller` ("cpu", "memory").  False if no
 * such tree exists or is mounted. */
bool ml_cgroup_open(struct ml_cgroup *group, const char *root, int version,
                    const char *controller);
/* One level up; false when that would leave the mounted tree. */
bool ml_cgroup_parent(struct ml_cgroup *group);
/* Read the head of file `name` at this level as a text; false if it is missing
 * or empty. */
bool ml_cgroup_read(const struct ml_cgroup *group, const char *name, char *text,
                    size_t capacity);

/* Read the head of the file root + path as a text: for the other small files of
 * /proc and /sys.  False if it cannot be read or is empty. */
bool ml_read_text_file(const char *root, const char *path, char *text,
                       size_t capacity);

#endif
