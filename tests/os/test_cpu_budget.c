/* test_cpu_budget.c: the budgets, read from planted trees of /proc and /sys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/cpu_budget.h"

struct fake {
    char root[64];
};

static int remove_entry(const char *path, const struct stat *st, int type,
                        struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int fake_open(void **state)
{
    struct fake *fake = calloc(1, sizeof *fake);
    strcpy(fake->root, "/tmp/minilab-cpu-XXXXXX");
    *state = fake;
    return mkdtemp(fake->root) ? 0 : -1;
}

static int fake_close(void **state)
{
    struct fake *fake = *state;
    const int rc = nftw(fake->root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(fake);
    return rc;
}

/* Write a file below the root with all folders above it. */
static void put(const struct fake *fake, const char *path, const char *text)
{
    char whole[512];
    (void)snprintf(whole, sizeof whole, "%s%s", fake->root, path);
    for (char *s = whole + strlen(fake->root) + 1; *s; s++) {
        if (*s == '/') {
            *s = '\0';
            (void)mkdir(whole, 0755);
            *s = '/';
        }
    }
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void put_cpus(const struct fake *fake, const char *online,
                     const char *allowed)
{
    char status[256];
    put(fake, "/sys/devices/system/cpu/online", online);
    (void)snprintf(status, sizeof status,
                   "Name:\tminilab\nCpus_allowed:\tff\n"
                   "Cpus_allowed_list:\t%s\nMems_allowed:\t1\n",
                   allowed);
    put(fake, "/proc/self/status", status);
}

static void put_v2(const struct fake *fake, const char *path)
{
    char line[256];
    (void)snprintf(line, sizeof line, "0::%s\n", path);
    put(fake, "/proc/self/cgroup", line);
    put(fake, "/proc/self/mountinfo",
        "22 1 0:20 / /proc rw,nosuid - proc proc rw\n"
        "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 "
        "rw,nsdelegate\n");
}

static void put_v1(const struct fake *fake)
{
    put(fake, "/proc/self/cgroup",
        "5:memory:/user/me\n4:cpuset:/elsewhere\n"
        "3:cpu,cpuacct:/user/me\n0::/\n");
    put(fake, "/proc/self/mountinfo",
        "31 30 0:27 / /cg/cpuset rw - cgroup cgroup rw,cpuset\n"
        "32 30 0:28 / /cg/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
        "33 30 0:29 / /cg/memory rw - cgroup cgroup rw,memory\n");
}

static struct ml_cpu cpu_of(const struct fake *fake)
{
    struct ml_cpu cpu;
    ml_cpu_read(fake->root, &cpu);
    return cpu;
}

static struct ml_memory memory_of(const struct fake *fake)
{
    struct ml_memory memory;
    ml_memory_read(fake->root, &memory);
    return memory;
}

static void an_empty_tree_gives_one(void **state)
{
    const struct ml_cpu cpu = cpu_of(*state);
    assert_int_equal(cpu.budget, 1);
    assert_int_equal(cpu.limited_by, ML_CPU_UNKNOWN);
    const struct ml_memory memory = memory_of(*state);
    assert_true(memory.budget_bytes == ML_NO_LIMIT);
}

static void online_decides_when_nothing_is_less(void **state)
{
    put_cpus(*state, "0-7\n", "0-127");
    const struct ml_cpu cpu = cpu_of(*state);
    assert_int_equal(cpu.online, 8);
    assert_int_equal(cpu.affinity, 8); /* those that exist */
    assert_int_equal(cpu.budget, 8);
    assert_int_equal(cpu.limited_by, ML_CPU_ONLINE);
}

static void affinity_counts_online_ones_only(void **state)
{
    put_cpus(*state, "0-3,8\n", "2-5,8,200");
    const struct ml_cpu cpu = cpu_of(*state);
    assert_int_equal(cpu.online, 5);
    assert_int_equal(cpu.affinity, 3); /* 2, 3, 8 */
    assert_int_equal(cpu.budget, 3);
    assert_int_equal(cpu.limited_by, ML_CPU_AFFINITY);
}

static void v2_quota_rounds_up(void **state)
{
    put_cpus(*state, "0-7\n", "0-7");
    put_v2(*state, "/app");
    put(*state, "/sys/fs/cgroup/app/cpu.max", "250000 100000\n");
    const struct ml_cpu cpu = cpu_of(*state);
    assert_true(cpu.quota > 2.49 && cpu.quota < 2.51);
    assert_int_equal(cpu.budget, 3);
    assert_int_equal(cpu.limited_by, ML_CPU_QUOTA);
    assert_non_null(strstr(cpu.quota_path, "/sys/fs/cgroup/app"));
}

static void a_quota_of_less_than_one_gives_one(void **state)
{
    put_cpus(*state, "0-7\n", "0-7");
    put_v2(*state, "/app");
    put(*state, "/sys/fs/cgroup/app/cpu.max", "5000 100000\n");
    assert_int_equal(cpu_of(*state).budget, 1);
    assert_int_equal(cpu_of(*state).limited_by, ML_CPU_QUOTA);
}

static void a_quota_that_rounds_to_all_does_not_decide(void **state)
{
    put_cpus(*state, "0-3\n", "0-3");
    put_v2(*state, "/app");
    put(*state, "/sys/fs/cgroup/app/cpu.max", "350000 100000\n");
    assert_int_equal(cpu_of(*state).budget, 4);
    assert_int_equal(cpu_of(*state).limited_by, ML_CPU_ONLINE);
}

static void a_parent_with_a_tighter_quota_decides(void **state)
{
    put_cpus(*state, "0-15\n", "0-15");
    put_v2(*state, "/a/b/c");
    put(*state, "/sys/fs/cgroup/a/b/c/cpu.max", "800000 100000\n");
    put(*state, "/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
    put(*state, "/sys/fs/cgroup/a/cpu.max", "200000 50000\n");
    const struct ml_cpu cpu = cpu_of(*state);
    assert_int_equal(cpu.budget, 4);
    assert_non_null(strstr(cpu.quota_path, "/sys/fs/cgroup/a"));
    assert_null(strstr(cpu.quota_path, "/a/b"));
}

static void max_and_empty_files_limit_nothing(void **state)
{
    put_cpus(*state, "0-1\n", "0-1");
    put_v2(*state, "/a/b");
    put(*state, "/sys/fs/cgroup/a/b/cpu.max", "");
    put(*state, "/sys/fs/cgroup/a/cpu.max", "max 100000\n");
    assert_true(cpu_of(*state).quota <= 0);
    assert_int_equal(cpu_of(*state).budget, 2);
}

static void v1_quota_and_period_are_two_files(void **state)
{
    put_cpus(*state, "0-7\n", "0-7");
    put_v1(*state);
    put(*state, "/cg/cpu/user/me/cpu.cfs_quota_us", "-1\n");
    put(*state, "/cg/cpu/user/me/cpu.cfs_period_us", "100000\n");
    put(*state, "/cg/cpu/user/cpu.cfs_quota_us", "150000\n");
    put(*state, "/cg/cpu/user/cpu.cfs_period_us", "100000\n");
    put(*state, "/cg/cpu/cpu.cfs_quota_us", "");
    put(*state, "/cg/cpu/cpu.cfs_period_us", "");
    const struct ml_cpu cpu = cpu_of(*state);
    assert_int_equal(cpu.budget, 2);
    assert_int_equal(cpu.limited_by, ML_CPU_QUOTA);
}

static void a_container_sees_its_group_at_the_mount_point(void **state)
{
    put_cpus(*state, "0-7\n", "0-7");
    put(*state, "/proc/self/cgroup", "3:cpu,cpuacct:/docker/0123\n");
    put(*state, "/proc/self/mountinfo",
        "32 30 0:28 /docker/9999 /other rw - cgroup cgroup rw,cpu,cpuacct\n"
        "33 30 0:28 /docker/0123 /my\\040cg rw - cgroup cgroup rw,cpu\n");
    put(*state, "/my cg/cpu.cfs_quota_us", "300000\n");
    put(*state, "/my cg/cpu.cfs_period_us", "100000\n");
    put(*state, "/other/cpu.cfs_quota_us", "100000\n");
    put(*state, "/other/cpu.cfs_period_us", "100000\n");
    assert_int_equal(cpu_of(*state).budget, 3);
}

static void a_path_outside_the_namespace_uses_the_mount_point(void **state)
{
    put_cpus(*state, "0-7\n", "0-7");
    put_v2(*state, "/../../other");
    put(*state, "/sys/fs/cgroup/cpu.max", "200000 100000\n");
    assert_int_equal(cpu_of(*state).budget, 2);
}

static void available_memory_decides_without_groups(void **state)
{
    put(*state, "/proc/meminfo",
        "MemTotal:        8000 kB\nMemFree: 10 kB\nMemAvailable:    3000 kB\n");
    const struct ml_memory memory = memory_of(*state);
    assert_int_equal(memory.total_bytes, 8000 * 1024);
    assert_int_equal(memory.budget_bytes, 3000 * 1024);
    assert_true(memory.limit_bytes == ML_NO_LIMIT);
}

static void v2_memory_gives_back_what_is_cache(void **state)
{
    put(*state, "/proc/meminfo", "MemTotal: 8000 kB\nMemAvailable: 7000 kB\n");
    put_v2(*state, "/a/b");
    put(*state, "/sys/fs/cgroup/a/b/memory.max", "max\n");
    put(*state, "/sys/fs/cgroup/a/memory.max", "1000000\n");
    put(*state, "/sys/fs/cgroup/a/memory.current", "900000\n");
    put(*state, "/sys/fs/cgroup/a/memory.stat",
        "anon 1\nactive_file 7\ninactive_file 500000\n");
    const struct ml_memory memory = memory_of(*state);
    assert_int_equal(memory.limit_bytes, 1000000);
    assert_int_equal(memory.headroom_bytes, 600000);
    assert_int_equal(memory.budget_bytes, 600000);
    assert_non_null(strstr(memory.limit_path, "/sys/fs/cgroup/a"));
}

static void v2_high_is_a_limit_too(void **state)
{
    put_v2(*state, "/a");
    put(*state, "/sys/fs/cgroup/a/memory.max", "1000000\n");
    put(*state, "/sys/fs/cgroup/a/memory.high", "800000\n");
    assert_int_equal(memory_of(*state).limit_bytes, 800000);
}

static void v1_memory_knows_its_own_no_limit(void **state)
{
    put_v1(*state);
    put(*state, "/cg/memory/user/me/memory.limit_in_bytes",
        "9223372036854771712\n");
    assert_true(memory_of(*state).limit_bytes == ML_NO_LIMIT);
    put(*state, "/cg/memory/user/memory.limit_in_bytes", "500000\n");
    put(*state, "/cg/memory/user/memory.usage_in_bytes", "700000\n");
    const struct ml_memory memory = memory_of(*state);
    assert_int_equal(memory.limit_bytes, 500000);
    assert_int_equal(memory.budget_bytes, 0); /* over it already */
}

static void this_machine_has_processors_and_memory(void **state)
{
    (void)state;
    struct ml_cpu cpu;
    struct ml_memory memory;
    ml_cpu_read("", &cpu);
    ml_memory_read("", &memory);
    assert_in_range(cpu.budget, 1, 8192);
    assert_int_not_equal(cpu.limited_by, ML_CPU_UNKNOWN);
    assert_true(memory.total_bytes > 1 << 20);
    assert_true(memory.budget_bytes <= memory.total_bytes);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_open, fake_close)

/* user + nice + system + irq + softirq + steal, in hundredths of a second. */
static void used_time_is_summed_up(void **state)
{
    const struct fake *fake = *state;
    assert_true(ml_cpu_busy_s(fake->root) <= 0);
    put(fake, "/proc/stat",
        "cpu  100 20 30 4000 500 6 7 8 90 10\n"
        "cpu0 1 2 3 4 5 6 7 8 9 10\n");
    const double ticks = (double)sysconf(_SC_CLK_TCK);
    const double wanted = (100 + 20 + 30 + 6 + 7 + 8) / ticks;
    assert_true(ml_cpu_busy_s(fake->root) > wanted - 1e-9 &&
                ml_cpu_busy_s(fake->root) < wanted + 1e-9);
    put(fake, "/proc/stat", "cpu 1 2\n");
    assert_true(ml_cpu_busy_s(fake->root) <= 0);
    assert_true(ml_cpu_busy_s("") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_tree_gives_one),
        TEST(online_decides_when_nothing_is_less),
        TEST(affinity_counts_online_ones_only),
        TEST(v2_quota_rounds_up),
        TEST(a_quota_of_less_than_one_gives_one),
        TEST(a_quota_that_rounds_to_all_does_not_decide),
        TEST(a_parent_with_a_tighter_quota_decides),
        TEST(max_and_empty_files_limit_nothing),
        TEST(v1_quota_and_period_are_two_files),
        TEST(a_container_sees_its_group_at_the_mount_point),
        TEST(a_path_outside_the_namespace_uses_the_mount_point),
        TEST(available_memory_decides_without_groups),
        TEST(v2_memory_gives_back_what_is_cache),
        TEST(v2_high_is_a_limit_too),
        TEST(v1_memory_knows_its_own_no_limit),
        TEST(used_time_is_summed_up),
        cmocka_unit_test(this_machine_has_processors_and_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
