/* help.h: help texts, made from the tables of commands and options alone.
 *
 * Lines are at most ML_HELP_COLUMNS wide unless one word is wider (examples are
 * not wrapped).  The short forms fit ML_HELP_SHORT_LINES.
 */
#ifndef ML_COMMAND_CLI_HELP_H
#define ML_COMMAND_CLI_HELP_H

#include <stdio.h>

#include "command/cli/command.h"

#define ML_HELP_COLUMNS 80
#define ML_HELP_SHORT_LINES 40

/* `minilab COMMAND -h`: examples, usage, and as many options as fit: those with
 * a letter first. */
void ml_help_short(const struct ml_command *command, FILE *out);
/* `minilab COMMAND --help`: all options, by group. */
void ml_help_full(const struct ml_command *command, FILE *out);

/* `minilab -h` and `minilab --help`, with these commands. */
void ml_help_program_short(const struct ml_command *const *commands,
                           size_t count, FILE *out);
void ml_help_program_full(const struct ml_command *const *commands,
                          size_t count, FILE *out);

#endif
