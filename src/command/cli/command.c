/* command.c: see command.h: the options of a command, and its errors. */
#include "command/cli/command.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"

/* ---- options ---- */

/* The row of a table, which may be NULL, with this name; or NULL. */
static const struct ml_option *command_row(const struct ml_option *table,
                                           const char *name)
{
    for (; table && table->name; table++) {
        if (strcmp(table->name, name) == 0)
            return table;
    }
    return NULL;
}

size_t ml_command_options(const struct ml_command *command,
                          const struct ml_option *options_out[ML_OPTION_MAX])
{
    size_t count = 0;
    for (const struct ml_option *own = command->options; own && own->name;
         own++) {
        assert(count < ML_OPTION_MAX);
        options_out[count++] = own;
    }
    for (const struct ml_option *other = command->inherited_options;
         other && other->name; other++) {
        if (other->one_run || command_row(command->options, other->name))
            continue;
        assert(count < ML_OPTION_MAX);
        options_out[count++] = other;
    }
    return count;
}

/* ---- errors ---- */

static int command_exit_code(enum ml_status status)
{
    switch (status) {
    case ML_OK:
        return ML_EXIT_OK;
    case ML_ERR_USAGE:
        return ML_EXIT_USAGE;
    case ML_ERR_CANCELLED:
        return ML_EXIT_INTERRUPTED;
    case ML_ERR_INTERNAL:
    case ML_STATUS_COUNT:
        return ML_EXIT_INTERNAL;
    case ML_ERR_OS:
    case ML_ERR_FORMAT:
    case ML_ERR_TRUNCATED:
    case ML_ERR_CORRUPT:
    case ML_ERR_WARNING:
    case ML_ERR_UNSUPPORTED:
    case ML_ERR_LIMIT:
    case ML_ERR_EXISTS:
    case ML_ERR_MEMORY:
    case ML_ERR_CRASH:
        break;
    }
    return ML_EXIT_SOME_FAILED;
}

int ml_command_fail(const struct ml_command *command,
                    const struct ml_error *err)
{
    const char *const parts[] = {err->what, err->why, err->remedy};
    char text[2048];
    struct ml_strbuf line;
    ml_strbuf_open(&line, text, sizeof text);
    ml_strbuf_add(&line, command ? "minilab %s" : "minilab",
                  command ? command->name : "");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (*parts[i]) {
            ml_strbuf_add(&line, ": ");
            ml_strbuf_add_escaped(&line, parts[i]);
        }
    }
    (void)fprintf(stderr, "%s\n", text); /* one write: stderr is unbuffered */
    return command_exit_code(err->status);
}

int ml_command_usage_error(const struct ml_command *command, const char *what,
                           const char *why, const char *remedy)
{
    struct ml_error err;
    (void)ml_fail(&err, ML_ERR_USAGE, what, remedy, "%s", why);
    return ml_command_fail(command, &err);
}
