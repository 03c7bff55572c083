/* options_internal.h: one function an option of `run` and `info`; between the files
 * that define them and the tables (run_table.c). */
#ifndef ML_COMMAND_OPTIONS_OPTIONS_INTERNAL_H
#define ML_COMMAND_OPTIONS_OPTIONS_INTERNAL_H

#include "command/options/options.h"

#define ML_RUN_OPTION(name)                                                    \
    enum ml_status ml_run_set_##name(void *settings, const char *value,        \
                                     struct ml_error *err)

/* Begins the body of such a function; many options use only some of these. */
#define ML_RUN_OPTION_BODY                                                     \
    struct ml_run_options *options = settings;                                 \
    (void)value;                                                               \
    (void)err

/* options_files.c: filters, inputs, outputs. */
ML_RUN_OPTION(filter);
ML_RUN_OPTION(recipe);
ML_RUN_OPTION(print_recipe);
ML_RUN_OPTION(no_auto_orient);
ML_RUN_OPTION(files_from);
ML_RUN_OPTION(nul);
ML_RUN_OPTION(depth);
ML_RUN_OPTION(hidden);
ML_RUN_OPTION(follow);
ML_RUN_OPTION(include);
ML_RUN_OPTION(exclude);
ML_RUN_OPTION(output);
ML_RUN_OPTION(name);
ML_RUN_OPTION(to);
ML_RUN_OPTION(quality);
ML_RUN_OPTION(subsample);
ML_RUN_OPTION(progressive);
ML_RUN_OPTION(png_level);
ML_RUN_OPTION(background);
ML_RUN_OPTION(existing);
ML_RUN_OPTION(on_collision);
ML_RUN_OPTION(preserve);
ML_RUN_OPTION(dry_run);

/* options_exec.c: execution, limits, reporting. */
ML_RUN_OPTION(mode);
ML_RUN_OPTION(plan);
ML_RUN_OPTION(jobs);
ML_RUN_OPTION(io);
ML_RUN_OPTION(io_delay);
ML_RUN_OPTION(loop_lag);
ML_RUN_OPTION(queue);
ML_RUN_OPTION(memory);
ML_RUN_OPTION(limit_pixels);
ML_RUN_OPTION(limit_side);
ML_RUN_OPTION(limit_file);
ML_RUN_OPTION(limit_output);
ML_RUN_OPTION(inner);
ML_RUN_OPTION(exact);
ML_RUN_OPTION(fast);
ML_RUN_OPTION(fail_on);
ML_RUN_OPTION(max_failures);
ML_RUN_OPTION(fail_fast);
ML_RUN_OPTION(events);
ML_RUN_OPTION(trace);
ML_RUN_OPTION(explain);
ML_RUN_OPTION(json);
ML_RUN_OPTION(progress);
ML_RUN_OPTION(verbose);
ML_RUN_OPTION(silent);

/* options_gil.c: the interpreter lock, heavier work. */
ML_RUN_OPTION(gil);
ML_RUN_OPTION(gil_interval);
ML_RUN_OPTION(gil_scope);
ML_RUN_OPTION(gil_flavour);
ML_RUN_OPTION(cpu_factor);

/* options_pool.c: worker processes. */
ML_RUN_OPTION(transport);
ML_RUN_OPTION(pool);
ML_RUN_OPTION(chunk);
ML_RUN_OPTION(tasks_per_child);

#endif
