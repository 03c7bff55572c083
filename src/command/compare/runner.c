/* runner.c: the order of the runs; see compare_state.h.
 *
 * First the warm-ups of all configurations: they are not timed, so memory is
 * sampled then.  Then the rounds: each runs every configuration once, in
 * alternating order, so that drift affects all equally.  Then the first
 * configuration again, to detect drift of the machine.  Last, unless there are
 * no warm-ups, each configuration with a trace, for where its time goes: not
 * timed, and separate from the warm-ups, because spans take memory.  After each
 * run its outputs are compared with those of the first run, and removed.
 */
#include "command/compare/compare_state.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "command/cli/signals.h"

#define RUNNER_LINE_NS (10 * ML_NS_PER_S) /* between progress lines */
#define RUNNER_ARGUMENTS (ML_COMPARE_PASSED + 14)

/* ---- one run ---- */

struct runner_argv {
    const char **items; /* ended by NULL; owned */
    char *mode;         /* --mode or --plan; owned */
    char jobs[24], output[PATH_MAX + 24];
    char recipe[ML_COMPARE_PATH + 16];
    char *list; /* --files-from; owned */
};

static bool runner_argv_open(struct runner_argv *argv,
                             const struct ml_compare *compare,
                             const struct ml_compare_config *config,
                             enum ml_compare_kind kind)
{
    const struct ml_compare_options *options = &compare->options;
    const char *list =
        compare->spool.list[0] ? compare->spool.list : options->run.files_from;
    size_t count = 0;
    argv->items = calloc(RUNNER_ARGUMENTS + compare->operands.count + 1,
                         sizeof *argv->items);
    if (!argv->items)
        return false;
    if (asprintf(&argv->mode, "--%s=%s", config->mode ? "mode" : "plan",
                 config->mode ? config->mode : config->plan) < 0) {
        argv->mode = NULL;
        return false;
    }
    if (list && asprintf(&argv->list, "--files-from=%s", list) < 0) {
        argv->list = NULL;
        return false;
    }
    (void)snprintf(argv->recipe, sizeof argv->recipe, "--recipe=%s",
                   compare->spool.recipe);
    (void)snprintf(argv->jobs, sizeof argv->jobs, "--jobs=%u", config->width);
    (void)snprintf(argv->output, sizeof argv->output, "--output=%s",
                   compare->work_dir.out);
    argv->items[count++] = compare->program;
    argv->items[count++] = "run";
    argv->items[count++] = "--json";
    argv->items[count++] = "--silent";
    if (ml_compare_option_applies(compare, config, ML_SCOPE_LOOP))
        argv->items[count++] = "--loop-lag=off"; /* its timer costs time */
    if (kind == ML_COMPARE_TRACED)
        argv->items[count++] = "--trace=/dev/null"; /* --json has the sums */
    argv->items[count++] = argv->mode;
    argv->items[count++] = argv->output;
    if (config->width > 0)
        argv->items[count++] = argv->jobs;
    /* The folder of -o may be among the inputs: exclude kept outputs. */
    argv->items[count++] = "--exclude=.minilab-compare-*";
    if (compare->spool.recipe[0])
        argv->items[count++] = argv->recipe;
    if (argv->list)
        argv->items[count++] = argv->list;
    for (size_t i = 0; i < options->run_arg_count; i++) {
        const unsigned scope = options->run_arg_options[i]->scope;
        if (ml_compare_option_applies(compare, config,
                                      (enum ml_option_scope)scope))
            argv->items[count++] = options->run_args[i];
    }
    argv->items[count++] = "--";
    for (size_t i = 0; i < compare->operands.count; i++)
        argv->items[count++] = compare->operands.items[i];
    return true;
}

static void runner_argv_close(struct runner_argv *argv)
{
    free(argv->items);
    free(argv->mode);
    free(argv->list);
}

/* Copy what the run wrote to stderr to the stderr of compare. */
static void runner_show_log(const struct ml_compare *compare)
{
    char text[4096];
    off_t at = 0;
    ssize_t size;
    while ((size = pread(compare->log_fd, text, sizeof text, at)) > 0) {
        at += size;
        if (write(STDERR_FILENO, text, (size_t)size) < 0)
            break;
    }
}

/* Print how the run failed; returns the exit code. */
static int runner_failed(const struct ml_compare *compare,
                         const struct ml_compare_config *config,
                         const struct ml_measured_run *measured)
{
    const int code = measured->exit_code;
    const char *signal =
        measured->signal ? sigabbrev_np(measured->signal) : NULL;
    struct ml_error err;
    char end[40];
    runner_show_log(compare);
    if (signal)
        (void)snprintf(end, sizeof end, "was killed by SIG%s", signal);
    else
        (void)snprintf(end, sizeof end, "exited with %d", code);
    (void)ml_fail(&err, ML_ERR_INTERNAL, "a run failed",
                  signal || code == ML_EXIT_INTERNAL
                      ? "try it alone with minilab run"
                      : NULL,
                  "%s %s", config->label, end);
    (void)ml_command_fail(compare->command, &err);
    return code == ML_EXIT_SOME_FAILED || code == ML_EXIT_USAGE ||
                   code == ML_EXIT_NOTHING || code == ML_EXIT_STOPPED ||
                   (code == ML_EXIT_INTERRUPTED && !signal) ||
                   code == ML_EXIT_SANDBOX
               ? code
               : ML_EXIT_INTERNAL;
}

/* The runs so far are discarded: half a comparison is none. */
int ml_compare_interrupted(const struct ml_compare *compare, int signal)
{
    const char *name = sigabbrev_np(signal);
    char when[64] = "before the first run";
    if (compare->run_capacity > 0)
        (void)snprintf(when, sizeof when, "after %zu of %zu runs",
                       compare->run_count, compare->run_capacity);
    (void)fprintf(stderr,
                  "%sminilab compare: stopped by SIG%s %s: nothing is "
                  "compared\n",
                  isatty(STDERR_FILENO) ? "\r\033[K" : "", name ? name : "?",
                  when);
    return ml_signals_exit_code(signal);
}

static int runner_measure(struct ml_compare *compare,
                          struct ml_compare_run *run,
                          const struct ml_compare_config *config)
{
    const int stdin_fd = compare->spool.stdin_fd;
    const struct ml_measured_run_options options = {
        .memory = run->kind == ML_COMPARE_WARM_UP,
        .stdin_fd = stdin_fd >= 0 ? stdin_fd : STDIN_FILENO,
        .stop_fd = compare->stop_fd,
        .log_fd = compare->log_fd};
    struct runner_argv argv = {.items = NULL};
    struct ml_error err;
    int signal = 0;
    if (!runner_argv_open(&argv, compare, config, run->kind) ||
        ftruncate(compare->log_fd, 0) != 0 ||
        lseek(compare->log_fd, 0, SEEK_SET) != 0 ||
        (stdin_fd >= 0 && lseek(stdin_fd, 0, SEEK_SET) != 0)) {
        (void)ml_fail_os(&err, ENOMEM, "cannot prepare a run", NULL);
        runner_argv_close(&argv);
        return ml_command_fail(compare->command, &err);
    }
    const char *const *const items = argv.items;
    const enum ml_status status =
        ml_measured_run(&items, 1, &options, &run->measured,
                        &run->machine_busy_by_others, &signal, &err);
    runner_argv_close(&argv);
    if (signal != 0)
        return ml_compare_interrupted(compare, signal);
    if (status != ML_OK) {
        (void)ml_command_fail(compare->command, &err);
        return ML_EXIT_INTERNAL;
    }
    if (!run->measured.has_metrics || run->measured.metrics.done == 0 ||
        run->measured.exit_code > ML_EXIT_SOME_FAILED)
        return runner_failed(compare, config, &run->measured);
    /* Every run fails for the same inputs: show the messages once. */
    if (compare->run_count == 0)
        runner_show_log(compare);
    return ML_EXIT_OK;
}

/* ---- its outputs ---- */

static enum ml_status runner_check(struct ml_compare *compare,
                                   struct ml_compare_run *run,
                                   struct ml_compare_config *config,
                                   struct ml_error *err)
{
    struct ml_manifest outputs;
    const size_t before = config->differences.count;
    if (ml_outputs_open(&outputs, compare->work_dir.out, err) != ML_OK)
        return err->status;
    run->same = true;
    if (!compare->has_reference) {
        compare->reference = outputs;
        compare->has_reference = true;
        return ML_OK;
    }
    ml_outputs_compare(&compare->reference, &outputs, compare->run_count,
                       &config->differences);
    ml_manifest_close(&outputs);
    run->same = config->differences.count == before;
    return ML_OK;
}

/* ---- all of them ---- */

/* On a terminal one line that changes, else a line every 10 s. */
static void runner_progress(struct ml_compare *compare, size_t config)
{
    const bool terminal = isatty(STDERR_FILENO);
    const uint64_t now = ml_now_ns();
    if (compare->progress_ns == 0)
        compare->progress_ns = now;
    if (compare->options.silent ||
        (!terminal && now - compare->progress_ns < RUNNER_LINE_NS))
        return;
    compare->progress_ns = now;
    (void)fprintf(stderr, "%srun %zu of %zu: %s%s",
                  terminal ? "\r\033[K" : "minilab compare: ",
                  compare->run_count + 1, compare->run_capacity,
                  compare->configs[config].label, terminal ? "" : "\n");
}

static void runner_progress_end(const struct ml_compare *compare)
{
    if (!compare->options.silent && isatty(STDERR_FILENO))
        (void)fprintf(stderr, "\r\033[K");
}

/* A signal that arrived between two runs ends the command. */
static int runner_stopped(const struct ml_compare *compare)
{
    struct pollfd wait = {.fd = compare->stop_fd, .events = POLLIN};
    struct signalfd_siginfo info;
    if (poll(&wait, 1, 0) != 1 ||
        read(compare->stop_fd, &info, sizeof info) != (ssize_t)sizeof info)
        return 0;
    return ml_compare_interrupted(compare, (int)info.ssi_signo);
}

static int runner_one(struct ml_compare *compare, size_t index,
                      enum ml_compare_kind kind, bool keep)
{
    struct ml_compare_config *config = &compare->configs[index];
    struct ml_compare_run *run = &compare->runs[compare->run_count];
    struct ml_error err;
    *run = (struct ml_compare_run){.config = index, .kind = kind};
    runner_progress(compare, index);
    int code = runner_stopped(compare);
    if (code == 0)
        code = runner_measure(compare, run, config);
    if (code != 0)
        return code;
    compare->run_count++;
    enum ml_status status = runner_check(compare, run, config, &err);
    if (status == ML_OK && keep)
        status = ml_compare_work_dir_keep(compare, config, &err);
    ml_compare_work_dir_clear(compare);
    return status == ML_OK ? 0 : ml_command_fail(compare->command, &err);
}

static int runner_rounds(struct ml_compare *compare)
{
    const struct ml_compare_options *options = &compare->options;
    const size_t configs = compare->config_count;
    int code = 0;
    for (size_t i = 0; code == 0 && i < options->warm_ups * configs; i++)
        code = runner_one(compare, i % configs, ML_COMPARE_WARM_UP, false);
    for (size_t i = 0; code == 0 && i < options->repeats * configs; i++) {
        const size_t round = i / configs, at = i % configs;
        const bool keep = options->keep && round + 1 == options->repeats;
        code = runner_one(compare, round % 2 == 0 ? at : configs - 1 - at,
                          ML_COMPARE_TIMED, keep);
    }
    if (code == 0)
        code = runner_one(compare, 0, ML_COMPARE_LAST, false);
    for (size_t i = 0; code == 0 && options->warm_ups > 0 && i < configs; i++)
        code = runner_one(compare, i, ML_COMPARE_TRACED, false);
    return code;
}

int ml_compare_run_all(struct ml_compare *compare)
{
    const struct ml_compare_options *options = &compare->options;
    struct ml_error err;
    compare->run_capacity =
        (options->warm_ups + options->repeats + (options->warm_ups > 0)) *
            compare->config_count +
        1;
    compare->runs = calloc(compare->run_capacity, sizeof *compare->runs);
    compare->log_fd = memfd_create("log", MFD_CLOEXEC);
    if (!compare->runs || compare->log_fd < 0) {
        (void)ml_fail_os(&err, errno, "cannot allocate memory for the runs",
                         NULL);
        return ml_command_fail(compare->command, &err);
    }
    const int code = runner_rounds(compare);
    runner_progress_end(compare);
    return code;
}
