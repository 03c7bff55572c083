/* explain.h: the mode that a batch gets, why, and what limited the run.
 *
 * With `-m auto` the mode is chosen here, once the inputs are known; with a
 * mode that was asked for, only the account of it is made.
 */
#ifndef ML_COMMAND_REPORT_EXPLAIN_H
#define ML_COMMAND_REPORT_EXPLAIN_H

#include "analysis/diagnosis.h"
#include "command/cli/json_builder.h"
#include "command/options/options.h"
#include "files/input/inputs.h"
#include "os/cpu_budget.h"

struct ml_explanation {
    const char *mode; /* what is used: a mode's name, or "plan" */
    unsigned readers, inner;
    unsigned width; /* of the stage that decodes */
    /* Processors that workers with pictures to work on, times the threads in
     * each, may want at one time; and those there are for this process. */
    unsigned asked, allowed, online;
    enum ml_cpu_limit limited_by; /* of those allowed */
    bool worked;    /* the run has ended, and `verdicts` are told */
    char plan[256]; /* in words of --plan */
    char why[512];  /* full sentences */
    struct ml_verdicts verdicts;
};

/* Put the plan and the inner threads into `settings`, which ml_run_setup_run()
 * has filled; `walk_ns` is what finding the inputs took. */
ML_MUST_CHECK enum ml_status ml_explain_choose_mode(
    struct ml_explanation *explanation, struct ml_run_settings *settings,
    const struct ml_run_options *options, const struct ml_inputs *inputs,
    uint64_t walk_ns, struct ml_error *err);
/* The run has ended with these metrics: what limited it? */
void ml_explain_bottleneck(struct ml_explanation *explanation,
                           const struct ml_run_metrics *metrics);
/* Warn, to stderr, when more processors are asked for than there are. */
void ml_explain_warn(const struct ml_explanation *explanation);
/* The account that is due, before or after the run, to stderr; all as JSON. */
void ml_explain_print(const struct ml_explanation *explanation);
json_t *ml_explain_json(struct ml_json_builder *json,
                        const struct ml_explanation *explanation);

#endif
