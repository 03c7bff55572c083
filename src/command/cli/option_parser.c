/* option_parser.c: see option_parser.h. */
#include "command/cli/option_parser.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "command/cli/help.h"
#include "command/cli/option_store.h"

#define OPTIONS_SHOWN_MAX 40 /* bytes of an argument in a message */

struct options_run {
    const struct ml_command *command;
    const struct ml_option *options[ML_OPTION_MAX];
    size_t option_count;
    void *settings;
    char **argv;
    int argc;
    int at;   /* the argument being read */
    int exit; /* exit code, if the command does not continue */
};

/* Refuse the option that the user wrote as `shown`. */
static bool options_refuse(struct options_run *run, const char *shown,
                           const char *what, const char *remedy)
{
    char text[sizeof((struct ml_error *)0)->what];
    (void)snprintf(text, sizeof text, "%.*s: %.50s", OPTIONS_SHOWN_MAX, shown,
                   what);
    run->exit = ml_command_usage_error(run->command, text, "", remedy);
    return false;
}

static bool options_apply(struct options_run *run,
                          const struct ml_option *option, const char *shown,
                          const char *value)
{
    struct ml_error err = {0};
    if (ml_option_store(option, run->settings, value, &err) == ML_OK) {
        if (run->command->on_option)
            run->command->on_option(run->settings, option, value);
        return true;
    }
    char what[sizeof err.what];
    struct ml_strbuf text;
    ml_strbuf_open(&text, what, sizeof what);
    ml_strbuf_add(&text, "%s%s%s", shown, *err.what ? ": " : "", err.what);
    memcpy(err.what, what, sizeof what);
    run->exit = ml_command_fail(run->command, &err);
    return false;
}

/* ---- names ---- */

/* An option of the inherited table that this command does not take. */
static bool parser_is_excluded(const struct ml_command *command,
                               const char *name)
{
    const struct ml_option *option = command->inherited_options;
    for (; option && option->name; option++) {
        if (strcmp(option->name, name) == 0)
            return option->one_run;
    }
    return false;
}

static const struct ml_option *options_find_name(const struct options_run *run,
                                                 const char *name)
{
    for (size_t i = 0; i < run->option_count; i++) {
        if (strcmp(run->options[i]->name, name) == 0)
            return run->options[i];
    }
    return NULL;
}

static const struct ml_option *
options_find_letter(const struct options_run *run, char letter)
{
    for (size_t i = 0; i < run->option_count; i++) {
        if (run->options[i]->letter == letter)
            return run->options[i];
    }
    return NULL;
}

/* The suggestion for a misspelt name: an option that begins with it, else the
 * nearest one; or NULL. */
static const char *options_nearest(const struct options_run *run,
                                   const char *name)
{
    const char *names[ML_OPTION_MAX + 1] = {"help"};
    const size_t count = run->option_count + 1;
    const size_t length = strlen(name);
    for (size_t i = 1; i < count; i++)
        names[i] = run->options[i - 1]->name;
    for (size_t i = 0; i < count; i++) {
        if (length >= 2 && strncmp(names[i], name, length) == 0)
            return names[i];
    }
    return ml_closest_match(name, names, count);
}

static bool options_unknown(struct options_run *run, const char *shown,
                            const char *name)
{
    char remedy[96];
    const char *nearest = options_nearest(run, name);
    if (parser_is_excluded(run->command, name))
        return options_refuse(run, shown, "this command does not take it",
                              "leave it out");
    if (nearest)
        (void)snprintf(remedy, sizeof remedy, "did you mean --%s?", nearest);
    else
        (void)snprintf(remedy, sizeof remedy,
                       "'minilab %s --help' lists all options",
                       run->command->name);
    return options_refuse(run, shown, "unknown option", remedy);
}

/* ---- arguments ---- */

/* The next argument as a value; NULL, and the option refused, if there is none.
 */
static const char *options_next(struct options_run *run,
                                const struct ml_option *option,
                                const char *shown)
{
    char remedy[96];
    if (run->at + 1 < run->argc)
        return run->argv[++run->at];
    (void)snprintf(remedy, sizeof remedy, "write %s %s", shown,
                   option->argument);
    (void)options_refuse(run, shown, "its value is missing", remedy);
    return NULL;
}

/* `--name`, `--name value` or `--name=value`. */
static bool options_long(struct options_run *run, const char *argument)
{
    char name[OPTIONS_SHOWN_MAX + 1], shown[OPTIONS_SHOWN_MAX + 3];
    const char *equals = strchr(argument, '=');
    const size_t length =
        equals ? (size_t)(equals - argument) : strlen(argument);
    (void)snprintf(name, sizeof name, "%.*s", (int)(length - 2), argument + 2);
    (void)snprintf(shown, sizeof shown, "--%s", name);
    const struct ml_option *option = options_find_name(run, name);
    if (length - 2 > OPTIONS_SHOWN_MAX)
        return options_unknown(run, shown, name);
    if (!option && strcmp(name, "help") == 0 && !equals) {
        ml_help_full(run->command, stdout);
        run->exit = ML_EXIT_OK;
        return false;
    }
    if (!option)
        return options_unknown(run, shown, name);
    if (!option->argument && equals)
        return options_refuse(run, shown, "it takes no value",
                              "leave out what follows the '='");
    const char *value = NULL;
    if (option->argument) {
        value = equals ? equals + 1 : options_next(run, option, shown);
        if (!value)
            return false;
    }
    return options_apply(run, option, shown, value);
}

/* `-n`, `-np`, `-o value`, `-ovalue`, `-npovalue`. */
static bool options_short(struct options_run *run, const char *argument)
{
    for (const char *letter = argument + 1; *letter; letter++) {
        const struct ml_option *option = options_find_letter(run, *letter);
        const char shown[] = {'-', *letter, '\0'};
        if (!option && *letter == 'h') {
            ml_help_short(run->command, stdout);
            run->exit = ML_EXIT_OK;
            return false;
        }
        if (!option) /* `-json` is more likely --json than five switches */
            return options_unknown(
                run, letter == argument + 1 ? argument : shown, argument + 1);
        if (!option->argument) {
            if (!options_apply(run, option, shown, NULL))
                return false;
            continue;
        }
        const char *value =
            letter[1] ? letter + 1 : options_next(run, option, shown);
        return value && options_apply(run, option, shown, value);
    }
    return true;
}

bool ml_options_parse(const struct ml_command *command, int argc, char **argv,
                      void *settings, struct ml_operands *operands_out,
                      int *exit_out)
{
    struct options_run run = {
        .command = command, .settings = settings, .argv = argv, .argc = argc};
    run.option_count = ml_command_options(command, run.options);
    size_t operand_count = 0;
    bool ended = false;
    for (run.at = 1; run.at < argc; run.at++) {
        char *argument = argv[run.at];
        bool good = true;
        if (ended || argument[0] != '-' || argument[1] == '\0')
            argv[1 + operand_count++] = argument;
        else if (strcmp(argument, "--") == 0)
            ended = true;
        else if (argument[1] == '-')
            good = options_long(&run, argument);
        else
            good = options_short(&run, argument);
        if (!good) {
            *exit_out = run.exit;
            return false;
        }
    }
    *operands_out =
        (struct ml_operands){.items = argv + 1, .count = operand_count};
    return true;
}
