/* setup.h: from options to the inputs, the plan and the settings of a run. */
#ifndef ML_COMMAND_OPTIONS_SETUP_H
#define ML_COMMAND_OPTIONS_SETUP_H

#include "command/options/options.h"
#include "files/input/walk.h"
#include "pipeline/run.h"

/* If the operand is "-": refuse a terminal as input, and standard input if
 * --files-from reads it too.  ML_ERR_USAGE. */
ML_MUST_CHECK enum ml_status
ml_run_setup_check_stdin(const struct ml_run_options *options,
                         const char *operand, struct ml_error *err);

/* Walk the operands and lists, but do not enter the output root `leave`, if not
 * NULL. */
ML_MUST_CHECK enum ml_status ml_run_setup_inputs(
    struct ml_inputs *inputs, const struct ml_run_options *options,
    const struct ml_operands *operands, const struct ml_output_root *leave,
    struct ml_walk_stats *stats, struct ml_error *err);

/* Extensions of the format that an input is written in; `context` is a struct
 * ml_run_options. */
const char *const *ml_run_setup_extensions(void *context,
                                           const struct ml_input *input);

/* --jobs, else the CPU budget; --io, else its default. */
unsigned ml_run_setup_jobs(const struct ml_run_options *options);
unsigned ml_run_setup_readers(const struct ml_run_options *options);

/* Fill in plan, widths, memory and transform; `chain` outlives the run.  The
 * caller sets the I/O callbacks; ml_explain_choose_mode() sets the plan of
 * `--mode auto`, which depends on the inputs. */
ML_MUST_CHECK enum ml_status
ml_run_setup_run(struct ml_run_settings *settings,
                 const struct ml_run_options *options,
                 const struct ml_chain *chain, struct ml_error *err);

/* Refuse options that the plan does not use: ML_ERR_USAGE.  Call after
 * ml_run_setup_run(). */
ML_MUST_CHECK enum ml_status
ml_run_setup_check(const struct ml_run_settings *settings,
                   const struct ml_run_options *options, struct ml_error *err);

/* Threads within each of `inputs` pictures: --inner, or --jobs divided by the
 * pictures if there are fewer pictures than jobs.  All of --jobs in `openmp`;
 * one in `serial` and other plans of a single thread. */
unsigned ml_run_setup_inner(const struct ml_run_options *options,
                            const struct ml_plan *plan, size_t inputs);

#endif
