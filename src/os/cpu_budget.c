/* cpu_budget.c: see cpu_budget.h. */
#include "os/cpu_budget.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/cgroup.h"

#define CPU_MASK_BITS 8192 /* the most that Linux can be built for */
#define CPU_STATUS_BYTES 16384
#define CPU_MEMSTAT_BYTES 16384
/* Version 1 writes "no limit" as the largest number of whole pages. */
#define CPU_V1_NO_LIMIT (UINT64_C(1) << 62)

struct cpu_mask {
    uint64_t words[CPU_MASK_BITS / 64];
};

/* A list like "0-3,8,10-11" (cpuset(7)), up to the first other character. */
static void cpu_mask_parse(struct cpu_mask *mask, const char *list)
{
    memset(mask, 0, sizeof *mask);
    while (*list >= '0' && *list <= '9') {
        char *end;
        unsigned long first = strtoul(list, &end, 10);
        unsigned long last = *end == '-' ? strtoul(end + 1, &end, 10) : first;
        for (; first <= last && first < CPU_MASK_BITS; first++)
            mask->words[first / 64] |= UINT64_C(1) << (first % 64);
        list = end + (*end == ',');
    }
}

static unsigned cpu_mask_count(const struct cpu_mask *mask)
{
    unsigned count = 0;
    for (size_t i = 0; i < CPU_MASK_BITS / 64; i++)
        count += (unsigned)__builtin_popcountll(mask->words[i]);
    return count;
}

/* The rest of the line that begins with `key`, or NULL. */
static const char *cpu_value_of(const char *text, const char *key)
{
    const size_t length = strlen(key);
    while (text) {
        if (strncmp(text, key, length) == 0)
            return text + length + strspn(text + length, " \t");
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    return NULL;
}

/* The mask in /proc may name processors that do not exist, so only online ones
 * count. */
static void cpu_read_masks(const char *root, struct ml_cpu *cpu)
{
    struct cpu_mask online, allowed;
    char text[CPU_STATUS_BYTES];
    bool known = ml_read_text_file(root, "/sys/devices/system/cpu/online", text,
                                   sizeof text);
    if (known) {
        cpu_mask_parse(&online, text);
        cpu->online = cpu_mask_count(&online);
    }
    known = cpu->online > 0;
    if (!ml_read_text_file(root, "/proc/self/status", text, sizeof text))
        return;
    const char *list = cpu_value_of(text, "Cpus_allowed_list:");
    if (!list)
        return;
    cpu_mask_parse(&allowed, list);
    for (size_t i = 0; known && i < CPU_MASK_BITS / 64; i++)
        allowed.words[i] &= online.words[i];
    cpu->affinity = cpu_mask_count(&allowed);
}

/* Quota and period in microseconds at one level; false without a quota. */
static bool cpu_quota_at(const struct ml_cgroup *group, uint64_t *quota_out,
                         uint64_t *period_out)
{
    char text[128], period[64];
    const char *name = group->version == 2 ? "cpu.max" : "cpu.cfs_quota_us";
    if (!ml_cgroup_read(group, name, text, sizeof text))
        return false;
    if (group->version == 2) {
        if (sscanf(text, "%" SCNu64 " %" SCNu64, quota_out, period_out) != 2)
            return false; /* "max 100000" */
    } else if (text[0] == '-' || sscanf(text, "%" SCNu64, quota_out) != 1 ||
               !ml_cgroup_read(group, "cpu.cfs_period_us", period,
                               sizeof period) ||
               sscanf(period, "%" SCNu64, period_out) != 1) {
        return false; /* "-1": no quota */
    }
    return *quota_out > 0 && *period_out > 0;
}

/* False if no tree of this version has the controller.  Each controller is in
 * one tree only, so an answer from one version is final. */
static bool cpu_read_quota(const char *root, int version, struct ml_cpu *cpu)
{
    struct ml_cgroup group;
    uint64_t quota, period;
    if (!ml_cgroup_open(&group, root, version, "cpu"))
        return false;
    do {
        if (!cpu_quota_at(&group, &quota, &period))
            continue;
        const double share = (double)quota / (double)period;
        if (cpu->quota == 0 || share < cpu->quota) {
            cpu->quota = share;
            strcpy(cpu->quota_path, group.folder);
        }
    } while (ml_cgroup_parent(&group));
    return true;
}

void ml_cpu_read(const char *root, struct ml_cpu *cpu_out)
{
    struct ml_cpu cpu = {.budget = UINT_MAX};
    cpu_read_masks(root, &cpu);
    if (!cpu_read_quota(root, 1, &cpu))
        (void)cpu_read_quota(root, 2, &cpu);
    if (cpu.online > 0) {
        cpu.budget = cpu.online;
        cpu.limited_by = ML_CPU_ONLINE;
    }
    if (cpu.affinity > 0 && cpu.affinity < cpu.budget) {
        cpu.budget = cpu.affinity;
        cpu.limited_by = ML_CPU_AFFINITY;
    }
    if (cpu.quota > 0 && cpu.quota <= (double)cpu.budget - 1) {
        cpu.budget = (unsigned)cpu.quota;
        cpu.budget += (double)cpu.budget < cpu.quota; /* round up */
        cpu.limited_by = ML_CPU_QUOTA;
    }
    if (cpu.limited_by == ML_CPU_UNKNOWN)
        cpu.budget = 1;
    *cpu_out = cpu;
}

const char *ml_cpu_limit_name(enum ml_cpu_limit limit)
{
    static const char *const names[] = {"unknown", "online", "affinity",
                                        "quota"};
    return names[limit];
}

double ml_cpu_busy_s(const char *root)
{
    uint64_t t[8] = {0}; /* user nice system idle iowait irq softirq steal */
    char text[512];
    if (!ml_read_text_file(root, "/proc/stat", text, sizeof text) ||
        sscanf(text,
               "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
               " %" SCNu64 " %" SCNu64 " %" SCNu64,
               &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) != 8)
        return 0;
    return (double)(t[0] + t[1] + t[2] + t[5] + t[6] + t[7]) /
           (double)sysconf(_SC_CLK_TCK);
}

/* One number in bytes from a file of a group; ML_NO_LIMIT if it is absent,
 * "max" or the largest value of version 1. */
static uint64_t cpu_group_bytes(const struct ml_cgroup *group, const char *name)
{
    char text[64];
    uint64_t bytes;
    if (!ml_cgroup_read(group, name, text, sizeof text) ||
        sscanf(text, "%" SCNu64, &bytes) != 1 || bytes >= CPU_V1_NO_LIMIT)
        return ML_NO_LIMIT;
    return bytes;
}

/* Bytes in use, without page cache that the kernel would drop. */
static uint64_t cpu_group_used(const struct ml_cgroup *group)
{
    char text[CPU_MEMSTAT_BYTES];
    const bool v2 = group->version == 2;
    uint64_t cache = 0;
    uint64_t used =
        cpu_group_bytes(group, v2 ? "memory.current" : "memory.usage_in_bytes");
    if (used == ML_NO_LIMIT)
        return 0;
    if (ml_cgroup_read(group, "memory.stat", text, sizeof text)) {
        const char *value =
            cpu_value_of(text, v2 ? "inactive_file " : "total_inactive_file ");
        if (value)
            (void)sscanf(value, "%" SCNu64, &cache);
    }
    return used > cache ? used - cache : 0;
}

/* False as in cpu_read_quota(). */
static bool cpu_read_memory_groups(const char *root, int version,
                                   struct ml_memory *memory)
{
    struct ml_cgroup group;
    if (!ml_cgroup_open(&group, root, version, "memory"))
        return false;
    do {
        uint64_t limit = cpu_group_bytes(
            &group, version == 2 ? "memory.max" : "memory.limit_in_bytes");
        /* Above `high` the kernel throttles the group heavily. */
        const uint64_t high =
            version == 2 ? cpu_group_bytes(&group, "memory.high") : limit;
        limit = high < limit ? high : limit;
        if (limit == ML_NO_LIMIT)
            continue;
        const uint64_t used = cpu_group_used(&group);
        const uint64_t left = used < limit ? limit - used : 0;
        if (limit < memory->limit_bytes)
            memory->limit_bytes = limit;
        if (left < memory->headroom_bytes) {
            memory->headroom_bytes = left;
            strcpy(memory->limit_path, group.folder);
        }
    } while (ml_cgroup_parent(&group));
    return true;
}

static uint64_t cpu_meminfo(const char *text, const char *key,
                            uint64_t fallback)
{
    const char *value = cpu_value_of(text, key);
    uint64_t kib;
    if (!value || sscanf(value, "%" SCNu64, &kib) != 1)
        return fallback;
    return kib * 1024;
}

void ml_memory_read(const char *root, struct ml_memory *memory_out)
{
    struct ml_memory memory = {.available_bytes = ML_NO_LIMIT,
                               .limit_bytes = ML_NO_LIMIT,
                               .headroom_bytes = ML_NO_LIMIT};
    char text[CPU_STATUS_BYTES];
    if (ml_read_text_file(root, "/proc/meminfo", text, sizeof text)) {
        memory.total_bytes = cpu_meminfo(text, "MemTotal:", 0);
        memory.available_bytes =
            cpu_meminfo(text, "MemAvailable:", ML_NO_LIMIT);
    }
    if (!cpu_read_memory_groups(root, 1, &memory))
        (void)cpu_read_memory_groups(root, 2, &memory);
    memory.budget_bytes = memory.available_bytes < memory.headroom_bytes
                              ? memory.available_bytes
                              : memory.headroom_bytes;
    *memory_out = memory;
}
