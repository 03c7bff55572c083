/* cpu_budget.h: how many processors and how much memory this process may use.
 *
 * Processors: the smallest of those that are online, those in the affinity mask
 * of the process, and the quota of CPU time of its control group and of every
 * group above it (version 1 and 2), rounded up; at least 1.  Memory: the
 * smaller of the kernel's estimate of what it can allocate without swapping and
 * the rest below the limits of those groups; page cache that the kernel would
 * drop first counts as free.
 *
 * Everything is read below `root`: "" for this machine, a planted tree in
 * tests.  A file that is missing, empty or malformed limits nothing.  No state;
 * read once at start.
 */
#ifndef ML_OS_CPU_BUDGET_H
#define ML_OS_CPU_BUDGET_H

#include <limits.h>
#include <stdint.h>

#define ML_NO_LIMIT UINT64_MAX

enum ml_cpu_limit {
    ML_CPU_UNKNOWN, /* nothing could be read: 1 */
    ML_CPU_ONLINE,
    ML_CPU_AFFINITY, /* fewer than online */
    ML_CPU_QUOTA     /* fewer than both */
};

struct ml_cpu {
    unsigned online;   /* 0 when unknown */
    unsigned affinity; /* online ones in the affinity mask; 0 when unknown */
    double quota;      /* processors' worth of time; 0: no quota */
    char quota_path[PATH_MAX]; /* the group with the tightest quota, or "" */
    unsigned budget;           /* the result, at least 1 */
    enum ml_cpu_limit limited_by;
};

void ml_cpu_read(const char *root, struct ml_cpu *cpu_out);
/* "online", "affinity", "quota", "unknown" */
const char *ml_cpu_limit_name(enum ml_cpu_limit limit);

/* CPU time that all online processors spent on any process or lost to the host
 * (steal), in seconds since boot; 0 when unknown.  Its resolution is the clock
 * tick, usually 10 ms. */
double ml_cpu_busy_s(const char *root);

struct ml_memory {
    uint64_t total_bytes;      /* of the machine; 0 when unknown */
    uint64_t available_bytes;  /* MemAvailable; ML_NO_LIMIT when unknown */
    uint64_t limit_bytes;      /* the tightest group limit, or ML_NO_LIMIT */
    uint64_t headroom_bytes;   /* least free in any group, or ML_NO_LIMIT */
    char limit_path[PATH_MAX]; /* the group with the least free, or "" */
    uint64_t budget_bytes;     /* min(available, headroom) */
};

void ml_memory_read(const char *root, struct ml_memory *memory_out);

#endif
