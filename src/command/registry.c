/* registry.c: see registry.h. */
#include "command/registry.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "command/cli/help.h"
#include "command/cli/option_parser.h"

/* One row for each command, in the order of `minilab help`. */
#define COMMAND_LIST(X)                                                        \
    X(run)                                                                     \
    X(compare)                                                                 \
    X(filters)                                                                 \
    X(modes)                                                                   \
    X(info)                                                                    \
    X(gen)                                                                     \
    X(verify)                                                                  \
    X(timeline)                                                                \
    X(doctor)                                                                  \
    X(help)                                                                    \
    X(version)

#define COMMAND_DECLARE(name) extern const struct ml_command ml_command_##name;
#define COMMAND_ADDRESS(name) &ml_command_##name,

COMMAND_LIST(COMMAND_DECLARE)

static const struct ml_command *const command_list[] = {
    COMMAND_LIST(COMMAND_ADDRESS)};

#define COMMAND_COUNT (sizeof command_list / sizeof *command_list)

const struct ml_command *const *ml_commands(size_t *count_out)
{
    *count_out = COMMAND_COUNT;
    return command_list;
}

const struct ml_command *ml_command_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(command_list[i]->name, name) == 0)
            return command_list[i];
    }
    return NULL;
}

/* The name of the command nearest to `name`, or NULL. */
static const char *command_nearest(const char *name)
{
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = command_list[i]->name;
    return ml_closest_match(name, names, COMMAND_COUNT);
}

int ml_command_unknown(const char *name)
{
    char why[64], remedy[64];
    const char *nearest = command_nearest(name);
    (void)snprintf(why, sizeof why, "'%.40s'", name);
    if (nearest)
        (void)snprintf(remedy, sizeof remedy, "did you mean 'minilab %s'?",
                       nearest);
    else
        (void)snprintf(remedy, sizeof remedy,
                       "'minilab help' lists all commands");
    return ml_command_usage_error(NULL, "unknown command", why, remedy);
}

/* ---- `minilab help` ---- */

static int help_run(const struct ml_command *command, int argc, char **argv)
{
    struct ml_operands operands;
    int code;
    if (!ml_options_parse(command, argc, argv, NULL, &operands, &code))
        return code;
    if (operands.count == 0) {
        ml_help_program_full(command_list, COMMAND_COUNT, stdout);
        return ML_EXIT_OK;
    }
    if (operands.count > 1)
        return ml_command_usage_error(command, "too many operands", "",
                                      "name one command");
    const struct ml_command *about = ml_command_find(operands.items[0]);
    if (!about)
        return ml_command_unknown(operands.items[0]);
    ml_help_full(about, stdout);
    return ML_EXIT_OK;
}

const struct ml_command ml_command_help = {
    .name = "help",
    .summary = "describe a command and its options",
    .operands = "[COMMAND]",
    .examples = "minilab help filters\n",
    .run = help_run,
};
