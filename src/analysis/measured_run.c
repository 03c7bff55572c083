/* measured_run.c: see measured_run.h. */
#include "analysis/measured_run.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/cpu_budget.h"

/* Looking takes some 0.1 ms a process, from those it looks at: often only in
 * the beginning, so that a short run is seen at all. */
#define WATCH_SOON_MS 1
#define WATCH_SOON_LOOKS 50
#define WATCH_LATER_MS 5

struct watch_child {
    pid_t pid;   /* 0: not started, or reaped */
    int pidfd;   /* -1 once it is reaped */
    int told_fd; /* memory that its standard output went to; -1 */
};

/* ---- the machine ---- */

static double watch_disturbed(double busy_s, double own_s, double wall_s)
{
    const double all = wall_s * (double)sysconf(_SC_NPROCESSORS_ONLN);
    const double others = busy_s - own_s;
    if (others <= 0 || all <= 0)
        return 0;
    return others < all ? others / all : 1; /* counted in ticks of 10 ms */
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

/* In the child: only calls that are safe after a fork.  The signals that the
 * watcher waits for are blocked in it, and are not to be here. */
static void watch_become(const struct watch_child *child,
                         const struct ml_watch_options *options,
                         const char *const *argv, pid_t parent)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent ||
        setpgid(0, 0) != 0 ||
        (options->stdin_fd != STDIN_FILENO &&
         dup2(options->stdin_fd, STDIN_FILENO) < 0) ||
        dup2(child->told_fd, STDOUT_FILENO) < 0 ||
        (options->log_fd >= 0 && dup2(options->log_fd, STDERR_FILENO) < 0))
        _exit(126);
    /* execv() changes nothing: its prototype is older than const. */
    (void)execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static bool watch_start(struct watch_child *child,
                        const struct ml_watch_options *options,
                        const char *const *argv)
{
    const pid_t parent = getpid();
    child->told_fd = memfd_create("told", MFD_CLOEXEC);
    if (child->told_fd < 0)
        return false;
    child->pid = fork();
    if (child->pid == 0)
        watch_become(child, options, argv, parent);
    if (child->pid < 0) {
        child->pid = 0;
        return false;
    }
    child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    return child->pidfd >= 0;
}

static double watch_time(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static bool watch_reap(struct watch_child *child, struct ml_watch *watch)
{
    struct rusage usage;
    int status = -1;
    while (wait4(child->pid, &status, 0, &usage) < 0) {
        if (errno != EINTR)
            return false;
    }
    child->pid = 0;
    if (child->pidfd >= 0)
        (void)close(child->pidfd);
    child->pidfd = -1;
    watch->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    watch->exit_code =
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    watch->cpu_s = watch_time(usage.ru_utime) + watch_time(usage.ru_stime);
    watch->peak_rss_bytes = (uint64_t)usage.ru_maxrss << 10;
    watch->voluntary_switches = (uint64_t)usage.ru_nvcsw;
    watch->involuntary_switches = (uint64_t)usage.ru_nivcsw;
    return true;
}

static void watch_read_told(const struct watch_child *child,
                            struct ml_watch *watch)
{
    json_t *document = lseek(child->told_fd, 0, SEEK_SET) == 0
                           ? json_loadfd(child->told_fd, 0, NULL)
                           : NULL;
    watch->told = document && ml_facts_read(&watch->facts, document);
    json_decref(document);
}

/* ---- all of them ---- */

static int watch_hand_on(int stop_fd, const struct watch_child *children,
                         size_t count)
{
    struct signalfd_siginfo info;
    if (read(stop_fd, &info, sizeof info) != (ssize_t)sizeof info)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (children[i].pid > 0)
            (void)kill(children[i].pid, (int)info.ssi_signo);
    }
    return (int)info.ssi_signo;
}

static void watch_look(const struct watch_child *children, size_t count,
                       struct ml_watch *watches)
{
    for (size_t i = 0; i < count; i++) {
        const uint64_t pss =
            children[i].pid > 0 ? watch_pss(children[i].pid) : 0;
        if (pss > watches[i].peak_pss_bytes)
            watches[i].peak_pss_bytes = pss;
        watches[i].pss_looks += pss > 0;
    }
}

/* Until the last has ended. */
static bool watch_wait(struct watch_child *children, size_t count,
                       const struct ml_watch_options *options, uint64_t start,
                       struct ml_watch *watches, int *signal)
{
    struct pollfd polls[ML_WATCH_MAX + 1];
    size_t left = count;
    while (left > 0) {
        for (size_t i = 0; i < count; i++)
            polls[i] =
                (struct pollfd){.fd = children[i].pidfd, .events = POLLIN};
        polls[count] =
            (struct pollfd){.fd = options->stop_fd, .events = POLLIN};
        const int pause = watches[0].pss_looks < WATCH_SOON_LOOKS
                              ? WATCH_SOON_MS
                              : WATCH_LATER_MS;
        const int ready =
            poll(polls, (nfds_t)count + 1, options->memory ? pause : -1);
        if (ready < 0 && errno != EINTR)
            return false;
        for (size_t i = 0; ready > 0 && i < count; i++) {
            if (!polls[i].revents)
                continue;
            watches[i].wall_s = (double)(ml_now_ns() - start) / 1e9;
            if (!watch_reap(&children[i], &watches[i]))
                return false;
            left--;
        }
        if (ready > 0 && polls[count].revents) {
            const int got = watch_hand_on(options->stop_fd, children, count);
            *signal = *signal ? *signal : got;
        }
        if (options->memory)
            watch_look(children, count, watches);
    }
    return true;
}

static void watch_close(struct watch_child *children, size_t count,
                        struct ml_watch *watches)
{
    for (size_t i = 0; i < count; i++) {
        if (children[i].pid > 0) {
            (void)kill(children[i].pid, SIGKILL);
            (void)watch_reap(&children[i], &watches[i]);
        }
        if (children[i].told_fd >= 0)
            (void)close(children[i].told_fd);
    }
}

enum ml_status ml_watch(const char *const *const *argvs, size_t count,
                        const struct ml_watch_options *options,
                        struct ml_watch *watches, double *disturbed_out,
                        int *signal_out, struct ml_error *err)
{
    struct watch_child children[ML_WATCH_MAX];
    int signal = 0;
    double own_s = 0;
    bool well = true;
    assert(count >= 1 && count <= ML_WATCH_MAX);
    memset(watches, 0, count * sizeof *watches);
    for (size_t i = 0; i < count; i++)
        children[i] = (struct watch_child){.pidfd = -1, .told_fd = -1};
    const double busy = ml_cpu_busy_s("");
    const uint64_t start = ml_now_ns();
    for (size_t i = 0; well && i < count; i++)
        well = watch_start(&children[i], options, argvs[i]);
    well =
        well && watch_wait(children, count, options, start, watches, &signal);
    const int error = errno;
    for (size_t i = 0; well && i < count; i++) {
        watch_read_told(&children[i], &watches[i]);
        own_s += watches[i].cpu_s;
    }
    if (disturbed_out)
        *disturbed_out = watch_disturbed(ml_cpu_busy_s("") - busy, own_s,
                                         (double)(ml_now_ns() - start) / 1e9);
    if (signal_out)
        *signal_out = signal;
    watch_close(children, count, watches);
    return well ? ML_OK
                : ml_fail_os(err, error, "cannot run minilab itself", NULL);
}
