/* compare.h: `minilab compare` with the program to compare as a parameter. */
#ifndef ML_COMMAND_COMPARE_COMPARE_H
#define ML_COMMAND_COMPARE_COMPARE_H

#include "command/cli/command.h"

/* Run the command.  `program` is started for each run: the program itself, or
 * in tests another one.  Returns the exit code. */
int ml_compare_main(const struct ml_command *command, int argc, char **argv,
                    const char *program);

#endif
