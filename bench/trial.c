/* trial.c: see trial.h. */
#include "trial.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/stats.h"

#define TRIAL_DISTURBED 0.03 /* CPU share of other programs, at most */
#define TRIAL_REPEATS 2 /* repeated rounds for each round wanted, at most */

void trial_head(const char *flags)
{
    double load = 0;
    (void)getloadavg(&load, 1);
    printf("flags      %s\n\n", flags);
    printf("%-50s %8s %-5s [least, most]  target\n\n", "", "median", "");
    if (load > 0.5)
        printf("WARNING: load average is %.1f at the start: the machine is not "
               "idle\n\n",
               load);
}

/* ---- running ---- */

void trial_prepare(struct trial *trial, struct trial_run *run, const char *mode,
                   const char *jobs, const char *folder,
                   const char *const *extra)
{
    const char *const head[] = {trial->program, "run",    "--json", "--silent",
                                "--mode",       mode,     "--jobs", jobs,
                                "--output",     run->out, run->in};
    size_t count = sizeof head / sizeof *head;
    const size_t count_max = sizeof run->argv / sizeof *run->argv - 1;
    (void)snprintf(run->in, sizeof run->in, "%s/%s", trial->data, folder);
    (void)snprintf(run->out, sizeof run->out, "%s/%u", trial->out,
                   trial->outputs++);
    memset(run->argv, 0, sizeof run->argv);
    memcpy(run->argv, head, sizeof head);
    for (size_t i = 0; extra[i] && count < count_max; i++)
        run->argv[count++] = extra[i];
}

static void trial_complain(const char *const *argv, const char *why)
{
    fprintf(stderr, "bench: %s:", why);
    for (size_t i = 0; argv[i]; i++)
        fprintf(stderr, " %s", argv[i]);
    fprintf(stderr, "\n");
}

bool trial_watch(const char *const *const *argvs, size_t count, bool memory,
                 struct ml_measured_run *runs, double *machine_busy_by_others)
{
    const struct ml_measured_run_options options = {
        .memory = memory, .stop_fd = -1, .log_fd = -1};
    struct ml_error err;
    if (ml_measured_run(argvs, count, &options, runs, machine_busy_by_others,
                        NULL, &err) != ML_OK) {
        trial_complain(argvs[0], err.why);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (runs[i].exit_code == 0 && runs[i].has_metrics &&
            runs[i].metrics.done > 0)
            continue;
        trial_complain(argvs[i], "command failed");
        return false;
    }
    return true;
}

static bool trial_one(struct trial *trial, const char *mode, const char *jobs,
                      const char *folder, const char *const *extra, bool memory,
                      struct ml_measured_run *measured,
                      double *machine_busy_by_others)
{
    struct trial_run run;
    trial_prepare(trial, &run, mode, jobs, folder, extra);
    const char *const *const argv = run.argv;
    return trial_watch(&argv, 1, memory, measured, machine_busy_by_others);
}

bool trial_go(struct trial *trial, const char *mode, const char *jobs,
              const char *folder, const char *const *extra,
              struct ml_measured_run *measured, double *machine_busy_by_others)
{
    double now;
    if (!trial_one(trial, mode, jobs, folder, extra, false, measured, &now))
        return false;
    *machine_busy_by_others =
        now > *machine_busy_by_others ? now : *machine_busy_by_others;
    return true;
}

bool trial_go_memory(struct trial *trial, const char *mode, const char *jobs,
                     const char *folder, const char *const *extra,
                     struct ml_measured_run *measured)
{
    return trial_one(trial, mode, jobs, folder, extra, true, measured, NULL);
}

/* ---- rounds ---- */

void trial_begin(struct trial *trial)
{
    trial->repeats_left = trial->rounds > 1 ? TRIAL_REPEATS * trial->rounds : 0;
    trial->repeated = trial->disturbed = 0;
}

bool trial_counts(struct trial *trial, double machine_busy_by_others)
{
    if (machine_busy_by_others <= TRIAL_DISTURBED)
        return true;
    if (trial->repeats_left > 0) {
        trial->repeats_left--;
        trial->repeated++;
        return false;
    }
    trial->disturbed++;
    return true;
}

void trial_end(const struct trial *trial)
{
    if (trial->repeated > 0)
        printf("  %zu rounds were repeated: other programs used the machine\n",
               trial->repeated);
    if (trial->disturbed > 0)
        printf(
            "  WARNING: other programs used more than %.0f %% of the machine "
            "in %zu of %zu rounds\n",
            100 * TRIAL_DISTURBED, trial->disturbed, trial->rounds);
    printf("\n");
    (void)fflush(stdout);
}

void trial_print(const char *what, double *values, size_t count,
                 const char *unit, const char *target)
{
    const struct ml_stats stats = ml_stats_of(values, count);
    printf("  %-48s %8.3f %-5s [%.3f, %.3f]  %s\n", what, stats.median, unit,
           stats.min, stats.max, target);
}

/* ---- outputs ---- */

bool trial_same(const struct trial *trial, unsigned a, unsigned b)
{
    char paths[2][TRIAL_PATH];
    (void)snprintf(paths[0], TRIAL_PATH, "%s/%u", trial->out, a);
    (void)snprintf(paths[1], TRIAL_PATH, "%s/%u", trial->out, b);
    const pid_t pid = fork();
    int status = -1;
    if (pid == 0) {
        const int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
        (void)dup2(quiet, STDOUT_FILENO);
        (void)dup2(quiet, STDERR_FILENO);
        (void)execl(trial->program, trial->program, "verify", paths[0],
                    paths[1], (char *)NULL);
        _exit(127);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

bool trial_has(const struct trial *trial, const char *folder)
{
    char path[TRIAL_PATH];
    struct stat status;
    (void)snprintf(path, sizeof path, "%s/%s", trial->data, folder);
    return stat(path, &status) == 0;
}
