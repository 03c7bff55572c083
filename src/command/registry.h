/* registry.h: the table of all commands, and `minilab help`, which prints it.
 * A new command takes a file of its own and one row of registry.c.
 */
#ifndef ML_COMMAND_REGISTRY_H
#define ML_COMMAND_REGISTRY_H

#include <stddef.h>

#include "command/cli/command.h"

/* In the order of `minilab help`. */
const struct ml_command *const *ml_commands(size_t *count_out);
/* NULL: there is no such command. */
const struct ml_command *ml_command_find(const char *name);
/* Print to stderr that there is no such command, and the nearest name; returns
 * ML_EXIT_USAGE. */
int ml_command_unknown(const char *name);

#endif
