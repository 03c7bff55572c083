/* setup.h: from options to what a run is opened with: inputs, plan, settings.
 */
#ifndef ML_COMMAND_OPTIONS_SETUP_H
#define ML_COMMAND_OPTIONS_SETUP_H

#include "command/options/options.h"
#include "files/input/walk.h"
#include "pipeline/run.h"

/* May `operand` be a picture on standard input?  That is read once only: not
 * when --files-from reads it too; and not from a terminal.  ML_ERR_USAGE. */
ML_MUST_CHECK enum ml_status
ml_run_setup_check_stdin(const struct ml_run_options *options,
                         const char *operand, struct ml_error *err);

/* Walk the operands and lists.  `leave` is the output root that is not to be
 * entered, or NULL. */
ML_MUST_CHECK enum ml_status ml_run_setup_inputs(
    struct ml_inputs *inputs, const struct ml_run_options *options,
    const struct ml_operands *operands, const struct ml_output_root *leave,
    struct ml_walk_stats *stats, struct ml_error *err);

/* Endings of the format that an input is written in; context is the options. */
const char *const *ml_run_setup_extensions(void *context,
                                           const struct ml_input *input);

/* --jobs, else the processors that may be used; --io, else its default. */
unsigned ml_run_setup_jobs(const struct ml_run_options *options);
unsigned ml_run_setup_readers(const struct ml_run_options *options);

/* Plan, widths, memory, order; `chain` outlives the run.  The ends are left to
 * the caller; and the plan of `--mode auto`, which needs the inputs, to
 * ml_explain_choose_mode(). */
ML_MUST_CHECK enum ml_status
ml_run_setup_run(struct ml_run_settings *settings,
                 const struct ml_run_options *options,
                 const struct ml_chain *chain, struct ml_error *err);

/* Do the options go with the plan?  ML_ERR_USAGE.  Of `settings`, what
 * ml_run_setup_run() fills in is looked at. */
ML_MUST_CHECK enum ml_status
ml_run_setup_check(const struct ml_run_settings *settings,
                   const struct ml_run_options *options, struct ml_error *err);

/* Processors that each of `inputs` pictures may use: as asked for, or what
 * --jobs leaves when there are fewer pictures than jobs.  All of --jobs in
 * `openmp`; one in `serial` and other plans of a single thread. */
unsigned ml_run_setup_inner(const struct ml_run_options *options,
                            const struct ml_plan *plan, size_t inputs);

#endif
