/* explain.h: the mode of a run and its reason, and what limited the run.
 *
 * With `-m auto` the mode is chosen here, once the inputs are known; for a mode
 * or a plan that the user named, only the reason is written.
 */
#ifndef ML_COMMAND_REPORT_EXPLAIN_H
#define ML_COMMAND_REPORT_EXPLAIN_H

#include "analysis/diagnosis.h"
#include "command/cli/json_builder.h"
#include "command/options/options.h"
#include "files/input/inputs.h"
#include "os/cpu_budget.h"

struct ml_explanation {
    const char *mode; /* the name of the mode, or "plan" */
    unsigned readers, inner;
    unsigned width; /* of the stage that decodes */
    /* Processors that the run can use at one time: workers with a picture,
     * times the threads in each; the CPU budget; processors online. */
    unsigned asked, allowed, online;
    enum ml_cpu_limit limited_by; /* what set `allowed` */
    bool worked;                  /* the run has ended: `verdicts` are set */
    char plan[256];               /* as --plan takes it */
    char why[512];                /* full sentences */
    struct ml_verdicts verdicts;
};

/* Set the plan and the inner threads in `settings`, which ml_run_setup_run()
 * has filled; `walk_ns` is the time of finding the inputs. */
ML_MUST_CHECK enum ml_status ml_explain_choose_mode(
    struct ml_explanation *explanation, struct ml_run_settings *settings,
    const struct ml_run_options *options, const struct ml_inputs *inputs,
    uint64_t walk_ns, struct ml_error *err);
/* The run has ended: store the verdicts on these metrics. */
void ml_explain_bottleneck(struct ml_explanation *explanation,
                           const struct ml_run_metrics *metrics);
/* Warn, to stderr, of more threads than CPUs. */
void ml_explain_warn(const struct ml_explanation *explanation);
/* Print to stderr the reasons, before the run, or the verdicts, after it; and
 * all as JSON: new, the caller's. */
void ml_explain_print(const struct ml_explanation *explanation);
json_t *ml_explain_json(struct ml_json_builder *json,
                        const struct ml_explanation *explanation);

#endif
