/* option_store.h: the text of an option's value -> a field of the settings.
 */
#ifndef ML_COMMAND_CLI_OPTION_STORE_H
#define ML_COMMAND_CLI_OPTION_STORE_H

#include "command/cli/command.h"

/* Read `value` as the row of the option says and write it to the field that the
 * row names; `value` is NULL for a switch, and outlives the settings otherwise.
 * ML_ERR_USAGE: what, why and remedy say what would be accepted; the field is
 * as it was, unless a hook of the option wrote to it. */
ML_MUST_CHECK enum ml_status ml_option_store(const struct ml_option *option,
                                             void *settings, const char *value,
                                             struct ml_error *err);

#endif
