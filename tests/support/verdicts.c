/* verdicts.c: see verdicts.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support/verdicts.h"

static bool verdicts_said(const struct ml_verdicts *verdicts, const char *part)
{
    for (size_t i = 0; i < verdicts->count; i++) {
        if (strstr(verdicts->sentences[i], part))
            return true;
    }
    return false;
}

static void verdicts_show(const struct ml_verdicts *verdicts)
{
    for (size_t i = 0; i < verdicts->count; i++)
        print_message("- %s\n", verdicts->sentences[i]);
}

void verdicts_say(const struct ml_verdicts *verdicts, const char *part)
{
    if (verdicts_said(verdicts, part))
        return;
    verdicts_show(verdicts);
    fail_msg("not said: %s", part);
}

void verdicts_lack(const struct ml_verdicts *verdicts, const char *part)
{
    if (!verdicts_said(verdicts, part))
        return;
    verdicts_show(verdicts);
    fail_msg("said: %s", part);
}

void verdicts_name(struct ml_candidate *one, const char *label)
{
    static const char *const modes[] = {"serial",    "threads", "gil",
                                        "processes", "async",   "openmp"};
    (void)snprintf(one->label, sizeof one->label, "%s", label);
    (void)snprintf(one->mode, sizeof one->mode, "%.*s",
                   (int)strcspn(label, " "), label);
    one->mode_id = 0;
    while (one->mode_id < sizeof modes / sizeof *modes &&
           strcmp(modes[one->mode_id], one->mode) != 0)
        one->mode_id++;
    one->role = strcmp(one->mode, "threads") == 0     ? ML_ROLE_THREADS
                : strcmp(one->mode, "processes") == 0 ? ML_ROLE_PROCESSES
                                                      : ML_ROLE_OTHER;
}

/* Two workers that compute, behind readers, before a writer. */
struct ml_run_metrics verdicts_usual_run(void)
{
    return (struct ml_run_metrics){
        .mode = "threads",
        .processors = 2,
        .seconds = 10,
        .cpu_s = 19,
        .machine_busy = 0.97,
        .decode_s = 12,
        .filter_s = 3,
        .encode_s = 4,
        .read_s = 0.2,
        .write_s = 0.3,
        .done = 100,
        .tail_s = 0.05,
        .stage_count = 3,
        .stages = {{ML_STEP_READ, ML_STEP_READ, ML_METRIC_THREADS, 2, 0.01,
                    true},
                   {ML_STEP_DECODE, ML_STEP_ENCODE, ML_METRIC_THREADS, 2, 0.95,
                    false},
                   {ML_STEP_WRITE, ML_STEP_WRITE, ML_METRIC_THREADS, 1, 0.03,
                    false}},
        .links = {{true, 0.93, 0.02}, {true, 0.0, 0.97}},
    };
}

struct ml_run_metrics verdicts_locked_run(void)
{
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.gil = (struct ml_gil_metrics){
        .used = true, .threads = 5, .wait_s = 11.2, .hold_s = 9.7};
    for (size_t i = 0; i < metrics.stage_count; i++)
        metrics.stages[i].executor = ML_METRIC_GIL;
    return metrics;
}

struct ml_run_metrics verdicts_looping_run(void)
{
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.stage_count = 1;
    metrics.stages[0] = (struct ml_stage_metrics){
        ML_STEP_READ, ML_STEP_WRITE, ML_METRIC_LOOP, 16, 0.97, false};
    metrics.loop = (struct ml_loop_metrics){true, 9.6, 0.4, 37};
    return metrics;
}
