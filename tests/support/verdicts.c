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

/* Two workers that compute, behind readers, before a writer: the usual. */
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
        .stages = {{"read", "threads", 2, 0.01, true},
                   {"decode,filter,encode", "threads", 2, 0.95, false},
                   {"write", "threads", 1, 0.03, false}},
        .links = {{true, 0.93, 0.02}, {true, 0.0, 0.97}},
    };
}

struct ml_run_metrics verdicts_locked_run(void)
{
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.gil = (struct ml_gil_metrics){.used = true,
                                          .policy = "hold",
                                          .threads = 5,
                                          .wait_s = 11.2,
                                          .hold_s = 9.7};
    for (size_t i = 0; i < metrics.stage_count; i++)
        (void)snprintf(metrics.stages[i].executor,
                       sizeof metrics.stages[i].executor, "gil");
    return metrics;
}

struct ml_run_metrics verdicts_looping_run(void)
{
    struct ml_run_metrics metrics = verdicts_usual_run();
    metrics.stage_count = 1;
    metrics.stages[0] = (struct ml_stage_metrics){
        "read,decode,filter,encode,write", "loop", 16, 0.97, false};
    metrics.loop = (struct ml_loop_metrics){true, 9.6, 0.4, 37};
    return metrics;
}
