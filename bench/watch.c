/* watch.c: see watch.h. */
#include "watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define WATCH_SAMPLE_MS 5
#define WATCH_TOLD_MAX ((size_t)64 << 10)

/* ---- the machine ---- */

/* Processor time that was used by anybody or taken by the host, in seconds. */
static double watch_machine_busy(void)
{
    unsigned long long user, nice, system, idle, wait, irq, soft, steal;
    FILE *file = fopen("/proc/stat", "re");
    if (!file)
        return 0;
    const int count =
        fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user,
               &nice, &system, &idle, &wait, &irq, &soft, &steal);
    (void)fclose(file);
    if (count != 8)
        return 0;
    return (double)(user + nice + system + irq + soft + steal) /
           (double)sysconf(_SC_CLK_TCK);
}

static double watch_disturbed(double busy_s, double own_s, double wall_s)
{
    const double all = wall_s * (double)sysconf(_SC_NPROCESSORS_ONLN);
    const double others = busy_s - own_s;
    return others > 0 && all > 0 ? others / all : 0;
}

/* ---- memory ---- */

static uint64_t watch_pss_of(long pid)
{
    char path[64], line[128];
    unsigned long long kib = 0;
    (void)snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "Pss: %llu kB", &kib) == 1)
            break;
    }
    if (file)
        (void)fclose(file);
    return (uint64_t)kib << 10;
}

/* `pid` and the children of every thread it has. */
static uint64_t watch_pss(long pid)
{
    char path[300];
    uint64_t sum = watch_pss_of(pid);
    (void)snprintf(path, sizeof path, "/proc/%ld/task", pid);
    DIR *tasks = opendir(path);
    const struct dirent *task;
    while (tasks && (task = readdir(tasks)) != NULL) {
        long child;
        if (task->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "/proc/%ld/task/%.20s/children", pid,
                       task->d_name);
        FILE *children = fopen(path, "re");
        while (children && fscanf(children, "%ld", &child) == 1)
            sum += watch_pss_of(child);
        if (children)
            (void)fclose(children);
    }
    if (tasks)
        (void)closedir(tasks);
    return sum;
}

/* ---- one program ---- */

struct watch_child {
    pid_t pid;   /* 0: not started */
    int told_fd; /* its standard output */
    size_t told_bytes;
    char told[WATCH_TOLD_MAX];
};

static bool watch_start(struct watch_child *child, const char *const *argv)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    const pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        /* execv() changes nothing: its prototype is older than const. */
        (void)execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return false;
    }
    child->pid = pid;
    child->told_fd = ends[0];
    return true;
}

/* Hear it out until it closes its output, with a look at its memory now and
 * then. */
static void watch_listen(struct watch_child *child, bool memory,
                         struct watch *watch)
{
    ssize_t n = 1;
    while (n > 0) {
        struct pollfd wait = {.fd = child->told_fd, .events = POLLIN};
        const int ready = poll(&wait, 1, memory ? WATCH_SAMPLE_MS : -1);
        const uint64_t pss = memory ? watch_pss(child->pid) : 0;
        if (pss > watch->peak_pss_bytes)
            watch->peak_pss_bytes = pss;
        if (ready <= 0)
            continue;
        n = read(child->told_fd, child->told + child->told_bytes,
                 sizeof child->told - 1 - child->told_bytes);
        child->told_bytes += n > 0 ? (size_t)n : 0;
    }
    child->told[child->told_bytes] = '\0';
    (void)close(child->told_fd);
}

static bool watch_reap(const struct watch_child *child, struct watch *watch)
{
    struct rusage usage;
    int status = -1;
    while (wait4(child->pid, &status, 0, &usage) < 0) {
        if (errno != EINTR)
            return false;
    }
    watch->cpu_s =
        (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
        (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    watch->peak_rss_bytes = (uint64_t)usage.ru_maxrss << 10;
    return status == 0;
}

static double watch_number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static bool watch_parse(const char *told, struct watch *watch)
{
    json_t *document = json_loads(told, 0, NULL);
    const json_t *ms = json_object_get(document, "ms");
    watch->seconds = watch_number(document, "seconds");
    watch->read_s = watch_number(ms, "read") / 1e3;
    watch->decode_s = watch_number(ms, "decode") / 1e3;
    watch->filter_s = watch_number(ms, "filter") / 1e3;
    watch->encode_s = watch_number(ms, "encode") / 1e3;
    watch->write_s = watch_number(ms, "write") / 1e3;
    watch->done = (uint64_t)watch_number(document, "done");
    watch->bytes_in = (uint64_t)watch_number(document, "bytes_in");
    watch->bytes_out = (uint64_t)watch_number(document, "bytes_out");
    json_decref(document);
    return watch->seconds > 0 && watch->done > 0;
}

static void watch_complain(const char *const *argv)
{
    fprintf(stderr, "bench: this failed:");
    for (size_t i = 0; argv[i]; i++)
        fprintf(stderr, " %s", argv[i]);
    fprintf(stderr, "\n");
}

/* ---- all of them ---- */

bool watch_run(const char *const *const *argvs, size_t count, bool memory,
               struct watch *watches, double *disturbed_out)
{
    struct watch_child *children = calloc(count, sizeof *children);
    bool well = children != NULL;
    double own_s = 0;
    memset(watches, 0, count * sizeof *watches);
    const double busy = watch_machine_busy();
    const uint64_t start = ml_now_ns();
    for (size_t i = 0; well && i < count; i++)
        well = watch_start(&children[i], argvs[i]);
    for (size_t i = 0; children && i < count; i++) {
        if (children[i].pid == 0)
            continue;
        watch_listen(&children[i], memory, &watches[i]);
        const bool ended = watch_reap(&children[i], &watches[i]);
        watches[i].wall_s = (double)(ml_now_ns() - start) / 1e9;
        if (!ended || !watch_parse(children[i].told, &watches[i])) {
            watch_complain(argvs[i]);
            well = false;
        }
        own_s += watches[i].cpu_s;
    }
    if (disturbed_out)
        *disturbed_out = watch_disturbed(watch_machine_busy() - busy, own_s,
                                         (double)(ml_now_ns() - start) / 1e9);
    free(children);
    return well;
}
