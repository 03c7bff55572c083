/* options.h: the options of `run` and `info`, parsed and checked.
 *
 * One field for each row of option_table.c.  Values that a run takes as they
 * were given are in `settings`, which ml_run_setup_run() copies whole.
 */
#ifndef ML_COMMAND_OPTIONS_OPTIONS_H
#define ML_COMMAND_OPTIONS_OPTIONS_H

#include "chain/chain.h"
#include "command/cli/command.h"
#include "command/options/option_scope.h"
#include "files/output/output_plan.h"
#include "os/cpu_budget.h"
#include "pipeline/run.h"

enum ml_progress {
    ML_PROGRESS_AUTO, /* a bar on a terminal, else lines */
    ML_PROGRESS_BAR,
    ML_PROGRESS_LINES,
    ML_PROGRESS_NONE
};

struct ml_run_options {
    struct ml_cpu cpu; /* CPU budget when the options were parsed */
    /* Filters. */
    struct ml_chain chain; /* -f and -r, in the order given */
    bool no_auto_orient;
    bool print_recipe;
    /* Inputs. */
    const char *files_from;
    bool nul;
    uint32_t depth;
    bool hidden, follow;
    struct ml_option_texts include, exclude; /* patterns */
    /* Outputs. */
    const char *output;
    const char *name_template;
    bool to_given;
    enum ml_existing existing;
    enum ml_on_collision on_collision;
    bool preserve, dry_run;
    /* Execution. */
    const char *mode, *plan;
    bool mode_asked;
    bool explain;
    unsigned jobs;    /* 0: auto */
    double jobs_part; /* of the CPU budget, when not 0 */
    unsigned readers; /* 0: the default */
    /* As given.  transform.threads_per_picture 0: auto; memory_bytes 0: half of
     * the memory budget; loop_lag: used only with --json or --verbose.  Plan,
     * chain, and all fields without an option are zero. */
    struct ml_run_settings settings;
    /* The last option given of each scope; NULL: none.  Not set by `compare`.
     */
    const struct ml_option *given[ML_SCOPE_COUNT];
    uint64_t max_failures;    /* UINT64_MAX: no limit */
    double max_failures_part; /* of the inputs, when not 0 */
    /* Reporting. */
    const char *events, *trace; /* files */
    bool json, verbose, silent;
    enum ml_progress progress;
};

/* Set the defaults, and read the CPU budget, once for the whole command. */
void ml_run_options_default(struct ml_run_options *options);

/* Store an option in `given`: ml_command.on_option of both commands. */
void ml_run_options_note(void *options, const struct ml_option *option,
                         const char *value);

#endif
