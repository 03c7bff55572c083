/* option_table.h: the tables of options of `run` and `info`.
 *
 * A row is all that an option needs besides the code that uses its value: its
 * help, the field of struct ml_run_options, what the value may be, and the
 * plans that can use it.  The tables share rows, so an option means the same
 * in both.  The few options that no type of value fits name a function of
 * option_hooks.h.
 */
#ifndef ML_COMMAND_OPTIONS_OPTION_TABLE_H
#define ML_COMMAND_OPTIONS_OPTION_TABLE_H

#include "command/cli/command.h"

extern const struct ml_option ml_run_option_table[];
extern const struct ml_option ml_info_option_table[];

#endif
