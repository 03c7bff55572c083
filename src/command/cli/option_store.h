/* option_store.h: the text of an option's value -> a field of the settings.
 */
#ifndef ML_COMMAND_CLI_OPTION_STORE_H
#define ML_COMMAND_CLI_OPTION_STORE_H

#include "command/cli/command.h"

/* Parse `value` by the row of the option and store it in the row's field.
 * `value` is NULL for a switch; otherwise it outlives the settings.  On
 * ML_ERR_USAGE, err says what is accepted; the field is unchanged unless a hook
 * of the option wrote to it. */
ML_MUST_CHECK enum ml_status ml_option_store(const struct ml_option *option,
                                             void *settings, const char *value,
                                             struct ml_error *err);

#endif
