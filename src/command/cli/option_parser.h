/* option_parser.h: argv, read by the table of a command.
 *
 * In: the arguments behind the command's name.  Out: the command's settings,
 * written as the rows of the table say, and the operands, packed to the front
 * of argv.  Runs once, single-threaded, before the command starts anything.
 */
#ifndef ML_COMMAND_CLI_OPTION_PARSER_H
#define ML_COMMAND_CLI_OPTION_PARSER_H

#include <stdbool.h>

#include "command/cli/command.h"

/* Parse argv[1..] by the command's table.  Long options are never
 * abbreviated, `--opt value` and `--opt=value`, `-o value` and `-ovalue`,
 * switches bundle (`-np`), options may follow operands, `--` ends them, a lone
 * `-` is an operand.  -h and --help print to stdout.  Returns true if the
 * command continues; else *exit_out is its exit code: 0 after help, 2 after an
 * error, which was printed to stderr with the nearest name. */
bool ml_options_parse(const struct ml_command *command, int argc, char **argv,
                      void *settings, struct ml_operands *operands_out,
                      int *exit_out);

#endif
