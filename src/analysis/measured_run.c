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

/* A sample costs the sampled programs some 0.1 ms a process.  The first samples
 * are more frequent, so that a short run has some. */
#define MEASURED_EARLY_MS 1
#define MEASURED_EARLY_SAMPLES 50
#define MEASURED_LATE_MS 5

struct measured_child {
    pid_t pid;     /* 0: not started, or reaped */
    int pidfd;     /* -1 once it is reaped */
    int output_fd; /* memfd, its standard output; -1: none */
};

/* ---- the machine ---- */

static double measured_busy_by_others(double busy_s, double own_s,
                                      double wall_s)
{
    const double all = wall_s * (double)sysconf(_SC_NPROCESSORS_ONLN);
    const double others = busy_s - own_s;
    if (others <= 0 || all <= 0)
        return 0;
    return others < all ? others / all : 1; /* in ticks of 10 ms */
}

/* ---- memory ---- */

static uint64_t measured_pss_of(long pid)
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

/* Of `pid` and the children of all its threads. */
static uint64_t measured_pss(long pid)
{
    char path[300];
    uint64_t sum = measured_pss_of(pid);
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
            sum += measured_pss_of(child);
        if (children)
            (void)fclose(children);
    }
    if (tasks)
        (void)closedir(tasks);
    return sum;
}

/* ---- one program ---- */

/* In the child: only calls that are safe after a fork.  The caller blocks the
 * signals of its stop_fd; the program must not inherit that. */
static void measured_become(const struct measured_child *child,
                            const struct ml_measured_run_options *options,
                            const char *const *argv, pid_t parent)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent ||
        setpgid(0, 0) != 0 ||
        (options->stdin_fd != STDIN_FILENO &&
         dup2(options->stdin_fd, STDIN_FILENO) < 0) ||
        dup2(child->output_fd, STDOUT_FILENO) < 0 ||
        (options->log_fd >= 0 && dup2(options->log_fd, STDERR_FILENO) < 0))
        _exit(126);
    /* execv() modifies nothing: its prototype is older than const. */
    (void)execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static bool measured_start(struct measured_child *child,
                           const struct ml_measured_run_options *options,
                           const char *const *argv)
{
    const pid_t parent = getpid();
    child->output_fd = memfd_create("output", MFD_CLOEXEC);
    if (child->output_fd < 0)
        return false;
    child->pid = fork();
    if (child->pid == 0)
        measured_become(child, options, argv, parent);
    if (child->pid < 0) {
        child->pid = 0;
        return false;
    }
    child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    return child->pidfd >= 0;
}

static double measured_time(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static bool measured_reap(struct measured_child *child,
                          struct ml_measured_run *measured)
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
    measured->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    measured->exit_code =
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    measured->cpu_s =
        measured_time(usage.ru_utime) + measured_time(usage.ru_stime);
    measured->peak_rss_bytes = (uint64_t)usage.ru_maxrss << 10;
    measured->voluntary_switches = (uint64_t)usage.ru_nvcsw;
    measured->involuntary_switches = (uint64_t)usage.ru_nivcsw;
    return true;
}

static void measured_read_output(const struct measured_child *child,
                                 struct ml_measured_run *measured)
{
    json_t *document = lseek(child->output_fd, 0, SEEK_SET) == 0
                           ? json_loadfd(child->output_fd, 0, NULL)
                           : NULL;
    measured->has_metrics =
        document && ml_run_metrics_parse(&measured->metrics, document);
    json_decref(document);
}

/* ---- all of them ---- */

static int measured_forward(int stop_fd, const struct measured_child *children,
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

static void measured_sample(const struct measured_child *children, size_t count,
                            struct ml_measured_run *runs)
{
    for (size_t i = 0; i < count; i++) {
        const uint64_t pss =
            children[i].pid > 0 ? measured_pss(children[i].pid) : 0;
        if (pss > runs[i].peak_pss_bytes)
            runs[i].peak_pss_bytes = pss;
        runs[i].pss_samples += pss > 0;
    }
}

/* Until the last has ended. */
static bool measured_wait(struct measured_child *children, size_t count,
                          const struct ml_measured_run_options *options,
                          uint64_t start, struct ml_measured_run *runs,
                          int *signal)
{
    struct pollfd polls[ML_MEASURED_RUNS_MAX + 1];
    size_t left = count;
    while (left > 0) {
        for (size_t i = 0; i < count; i++)
            polls[i] =
                (struct pollfd){.fd = children[i].pidfd, .events = POLLIN};
        polls[count] =
            (struct pollfd){.fd = options->stop_fd, .events = POLLIN};
        const int pause = runs[0].pss_samples < MEASURED_EARLY_SAMPLES
                              ? MEASURED_EARLY_MS
                              : MEASURED_LATE_MS;
        const int ready =
            poll(polls, (nfds_t)count + 1, options->memory ? pause : -1);
        if (ready < 0 && errno != EINTR)
            return false;
        for (size_t i = 0; ready > 0 && i < count; i++) {
            if (!polls[i].revents)
                continue;
            runs[i].wall_s = (double)(ml_now_ns() - start) / 1e9;
            if (!measured_reap(&children[i], &runs[i]))
                return false;
            left--;
        }
        if (ready > 0 && polls[count].revents) {
            const int got = measured_forward(options->stop_fd, children, count);
            *signal = *signal ? *signal : got;
        }
        if (options->memory)
            measured_sample(children, count, runs);
    }
    return true;
}

static void measured_close(struct measured_child *children, size_t count,
                           struct ml_measured_run *runs)
{
    for (size_t i = 0; i < count; i++) {
        if (children[i].pid > 0) {
            (void)kill(children[i].pid, SIGKILL);
            (void)measured_reap(&children[i], &runs[i]);
        }
        if (children[i].output_fd >= 0)
            (void)close(children[i].output_fd);
    }
}

enum ml_status ml_measured_run(const char *const *const *argvs, size_t count,
                               const struct ml_measured_run_options *options,
                               struct ml_measured_run *runs, double *busy_out,
                               int *signal_out, struct ml_error *err)
{
    struct measured_child children[ML_MEASURED_RUNS_MAX];
    int signal = 0;
    double own_s = 0;
    bool well = true;
    assert(count >= 1 && count <= ML_MEASURED_RUNS_MAX);
    memset(runs, 0, count * sizeof *runs);
    for (size_t i = 0; i < count; i++)
        children[i] = (struct measured_child){.pidfd = -1, .output_fd = -1};
    const double busy = ml_cpu_busy_s("");
    const uint64_t start = ml_now_ns();
    for (size_t i = 0; well && i < count; i++)
        well = measured_start(&children[i], options, argvs[i]);
    well =
        well && measured_wait(children, count, options, start, runs, &signal);
    const int error = errno;
    for (size_t i = 0; well && i < count; i++) {
        measured_read_output(&children[i], &runs[i]);
        own_s += runs[i].cpu_s;
    }
    if (busy_out)
        *busy_out =
            measured_busy_by_others(ml_cpu_busy_s("") - busy, own_s,
                                    (double)(ml_now_ns() - start) / 1e9);
    if (signal_out)
        *signal_out = signal;
    measured_close(children, count, runs);
    return well ? ML_OK : ml_fail_os(err, error, "cannot run minilab", NULL);
}
