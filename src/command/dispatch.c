/* dispatch.c: see dispatch.h. */
#include "command/dispatch.h"

#include <stdio.h>
#include <string.h>

#include "command/cli/command.h"
#include "command/cli/help.h"
#include "command/cli/version.h"
#include "command/registry.h"
#include "os/simd_level.h"
#include "pipeline/ipc/channel.h"
#include "pipeline/processes/worker.h"

static int program_option(const char *option)
{
    size_t count;
    const struct ml_command *const *commands = ml_commands(&count);
    if (strcmp(option, "-h") == 0)
        ml_help_program_short(commands, count, stdout);
    else if (strcmp(option, "--help") == 0)
        ml_help_program_full(commands, count, stdout);
    else if (strcmp(option, "--version") == 0)
        ml_version_print(stdout);
    else
        return ml_command_usage_error(
            NULL, "an option before the command", option,
            "write minilab COMMAND [OPTIONS] PATH...");
    return ML_EXIT_OK;
}

int ml_program(int argc, char **argv)
{
    struct ml_error err;
    enum ml_simd level;
    if (argc < 2) {
        size_t count;
        const struct ml_command *const *commands = ml_commands(&count);
        ml_help_program_short(commands, count, stderr);
        return ML_EXIT_USAGE;
    }
    if (ml_simd_init(&level, &err) != ML_OK)
        return ml_command_fail(NULL, &err);
    if (strcmp(argv[1], ML_WORKER_ARGUMENT) == 0)
        return ml_worker_main();
    if (argv[1][0] == '-')
        return program_option(argv[1]);
    const struct ml_command *command = ml_command_find(argv[1]);
    if (!command)
        return ml_command_unknown(argv[1]);
    return command->run(command, argc - 1, argv + 1);
}
