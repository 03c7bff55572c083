/* command.h: what a command is, its options, and how they are parsed.
 *
 * Each command is one const struct with a table of options; --help, -h, the
 * suggestions for misspelt names and later man pages and completion come from
 * these tables alone.  An option's `apply` writes into the command's own
 * settings, so nothing is parsed and ignored.
 */
#ifndef ML_COMMAND_CLI_COMMAND_H
#define ML_COMMAND_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum ml_exit {
    ML_EXIT_OK = 0,
    ML_EXIT_SOME_FAILED = 1,
    ML_EXIT_USAGE = 2,
    ML_EXIT_NOTHING = 3,
    ML_EXIT_DIFFERENT = 6,
    ML_EXIT_INTERNAL = 70,
    ML_EXIT_STOPPED = 75,
    ML_EXIT_SANDBOX = 78,
    ML_EXIT_INTERRUPTED = 130
};

#define ML_OPTION_MAX 128 /* options a command may have */

struct ml_option {
    const char *name;     /* long form without dashes */
    char letter;          /* short form, or 0 */
    const char *argument; /* "N", "DIR"; NULL for a switch */
    const char *group;    /* heading in --help */
    const char *help;     /* lower case, no full stop; may have newlines */
    /* Take it: value is NULL for a switch.  ML_ERR_USAGE: err->what and
     * err->remedy are shown behind the option's name. */
    enum ml_status (*apply)(void *settings, const char *value,
                            struct ml_error *err);
};

struct ml_command {
    const char *name;
    const char *summary;  /* one line */
    const char *operands; /* "PATH...", "" */
    const char *examples; /* whole lines, each a command that works */
    const struct ml_option *options;
    size_t option_count;
    /* The options of another command too, whose settings these begin with; but
     * for those named in `options`, and those in `unshared` (ended by NULL),
     * which make no sense here and are refused by name. */
    const struct ml_option *inherited_options;
    size_t inherited_count;
    const char *const *excluded_options;
    /* Hears of each option that was applied; NULL: nobody asks. */
    void (*on_option)(void *settings, const struct ml_option *option,
                      const char *value);
    /* argv[0] is the command's name; returns the exit code. */
    int (*run)(const struct ml_command *command, int argc, char **argv);
};

/* All options of a command, its own ones first; returns how many. */
size_t ml_command_options(const struct ml_command *command,
                          const struct ml_option *options_out[ML_OPTION_MAX]);

struct ml_operands {
    char **items; /* within argv, which is permuted */
    size_t count;
};

/* Parse argv[1..] by the command's table.  Long options are never
 * abbreviated, `--opt value` and `--opt=value`, `-o value` and `-ovalue`,
 * switches bundle (`-np`), options may follow operands, `--` ends them, a lone
 * `-` is an operand.  -h and --help print to stdout.  Returns true when the
 * command is to go on; else *exit_out is what to return (0 after help, 2
 * after an error, which has been printed to stderr with the nearest name). */
bool ml_options_parse(const struct ml_command *command, int argc, char **argv,
                      void *settings, struct ml_operands *operands_out,
                      int *exit_out);

/* Print "minilab COMMAND: what: why: remedy" to stderr (empty parts left out,
 * control characters escaped) and return the exit code that belongs to the
 * status.  `command` may be NULL: "minilab: what: ...". */
int ml_command_fail(const struct ml_command *command,
                    const struct ml_error *err);

/* The same for a use of operands that the command refuses: "what: why: remedy",
 * exit code 2. */
int ml_command_usage_error(const struct ml_command *command, const char *what,
                           const char *why, const char *remedy);

/* All commands in the order of `minilab help`. */
const struct ml_command *const *ml_commands(size_t *count_out);
const struct ml_command *ml_command_find(const char *name);
/* Say on stderr that there is no such command; returns ML_EXIT_USAGE. */
int ml_command_unknown(const char *name);

#endif
