/* option_hooks.h: the options of `run` and `info` that no type of value fits:
 * they write several fields, or their text has a parser of its own.  The rows
 * of option_table.c name these functions. */
#ifndef ML_COMMAND_OPTIONS_OPTION_HOOKS_H
#define ML_COMMAND_OPTIONS_OPTION_HOOKS_H

#include "command/options/options.h"

#define ML_RUN_OPTION(name)                                                    \
    enum ml_status ml_run_set_##name(void *settings, const char *value,        \
                                     struct ml_error *err)

/* The first lines of such a function; it may use only some of these. */
#define ML_RUN_OPTION_BODY                                                     \
    struct ml_run_options *options = settings;                                 \
    (void)value;                                                               \
    (void)err

ML_RUN_OPTION(filter);
ML_RUN_OPTION(recipe);
ML_RUN_OPTION(to);
ML_RUN_OPTION(background);
ML_RUN_OPTION(mode);
ML_RUN_OPTION(plan);
ML_RUN_OPTION(jobs);
ML_RUN_OPTION(exact);
ML_RUN_OPTION(fast);
ML_RUN_OPTION(limit_output);
ML_RUN_OPTION(max_failures);
ML_RUN_OPTION(fail_fast);

#endif
