/* help.c: see help.h.  Wraps the texts of the tables, so that a table contains
 * no layout. */
#include "command/cli/help.h"

#include <assert.h>
#include <string.h>

#include "base/strbuf.h"

#define HELP_COLUMN 26       /* where the text of an option begins */
#define HELP_TEXT_MAX 2048   /* bytes of one option's entry */
#define HELP_EXAMPLES_MAX 10 /* lines of examples in the short help */

static const char *const help_options_of_all[] = {
    "  -h", "short help: examples and the options used most", "      --help",
    "this text"};

static size_t help_line_count(const char *text)
{
    size_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

/* Append `words`, broken before ML_HELP_COLUMNS and at their own newlines; each
 * further line begins in HELP_COLUMN.  The text so far ends in `column`. */
static void help_wrap(struct ml_strbuf *text, size_t column, const char *words)
{
    while (*words) {
        const size_t length = strcspn(words, " \n");
        if (column > HELP_COLUMN && column + length >= ML_HELP_COLUMNS) {
            ml_strbuf_add(text, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        }
        ml_strbuf_add_bytes(text, words, length);
        column += length;
        words += length;
        if (*words == '\n') {
            ml_strbuf_add(text, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (*words == ' ') {
            ml_strbuf_add(text, " ");
            column++;
        }
        words += *words != '\0';
    }
    ml_strbuf_add(text, "\n");
}

/* Print without blanks at line ends, which wrapping leaves. */
static void help_print(const char *entry, FILE *out)
{
    while (*entry) {
        const size_t length = strcspn(entry, "\n");
        size_t shown = length;
        while (shown > 0 && entry[shown - 1] == ' ')
            shown--;
        (void)fprintf(out, "%.*s\n", (int)shown, entry);
        entry += length + (entry[length] == '\n');
    }
}

static void help_entry(struct ml_strbuf *text, const char *label,
                       const char *words)
{
    const size_t length = strlen(label);
    ml_strbuf_add(text, "%s", label);
    if (length + 2 > HELP_COLUMN)
        ml_strbuf_add(text, "\n%*s", HELP_COLUMN, "");
    else
        ml_strbuf_add(text, "%*s", (int)(HELP_COLUMN - length), "");
    help_wrap(text, HELP_COLUMN, words);
}

/* Format one option; brief: only the first line of its help. */
static void help_option(const struct ml_option *option, bool brief, char *entry)
{
    char label[80], words[HELP_TEXT_MAX / 2];
    struct ml_strbuf text;
    ml_strbuf_open(&text, label, sizeof label);
    if (option->letter)
        ml_strbuf_add(&text, "  -%c, --%s", option->letter, option->name);
    else
        ml_strbuf_add(&text, "      --%s", option->name);
    if (option->argument)
        ml_strbuf_add(&text, " %s", option->argument);
    const size_t length =
        brief ? strcspn(option->help, "\n") : strlen(option->help);
    (void)snprintf(words, sizeof words, "%.*s", (int)length, option->help);
    ml_strbuf_open(&text, entry, HELP_TEXT_MAX);
    help_entry(&text, label, words);
    assert(!text.truncated);
}

/* At most `line_max` lines of examples, indented; returns how many. */
static size_t help_examples(const char *examples, size_t line_max, FILE *out)
{
    size_t lines = 0;
    while (*examples && lines < line_max) {
        const size_t length = strcspn(examples, "\n");
        (void)fprintf(out, "  %.*s\n", (int)length, examples);
        examples += length + (examples[length] == '\n');
        lines++;
    }
    return lines;
}

static void help_usage(const struct ml_command *command, FILE *out)
{
    (void)fprintf(out, "Usage: minilab %s%s%s%s\n", command->name,
                  command->options ? " [OPTIONS]" : "",
                  !*command->operands ? ""
                  : command->options  ? " [--] "
                                      : " ",
                  command->operands);
}

/* Mark the options that fit in `lines` lines, those with a letter first. */
static void help_choose(const struct ml_option *const *options, size_t count,
                        size_t lines, bool *chosen)
{
    char entry[HELP_TEXT_MAX];
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < count; i++) {
            const bool lettered = options[i]->letter != 0;
            help_option(options[i], true, entry);
            const size_t needed = help_line_count(entry);
            if (lettered != (round == 0) || needed > lines)
                continue;
            chosen[i] = true;
            lines -= needed;
        }
    }
}

void ml_help_short(const struct ml_command *command, FILE *out)
{
    bool chosen[ML_OPTION_MAX] = {false};
    const struct ml_option *options[ML_OPTION_MAX];
    const size_t count = ml_command_options(command, options);
    char entry[HELP_TEXT_MAX];
    (void)fprintf(out, "minilab %s: %s\n\nExamples:\n", command->name,
                  command->summary);
    size_t lines = 3 + help_examples(command->examples, HELP_EXAMPLES_MAX, out);
    (void)fprintf(out, "\n");
    help_usage(command, out);
    lines += 2 + 2 + 2; /* usage; heading of the options; the last line */
    help_choose(options, count, ML_HELP_SHORT_LINES - lines, chosen);
    if (count > 0)
        (void)fprintf(out, "\nOptions:\n");
    for (size_t i = 0; i < count; i++) {
        if (chosen[i]) {
            help_option(options[i], true, entry);
            help_print(entry, out);
        }
    }
    (void)fprintf(out, "\n'minilab %s --help' lists all options.\n",
                  command->name);
}

/* Is option `i` the first of its group? */
static bool help_opens_group(const struct ml_option *const *options, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(options[k]->group, options[i]->group) == 0)
            return false;
    }
    return true;
}

static void help_group(const struct ml_option *const *options, size_t count,
                       const char *group, FILE *out)
{
    char entry[HELP_TEXT_MAX];
    (void)fprintf(out, "\n%s:\n", group);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(options[i]->group, group) == 0) {
            help_option(options[i], false, entry);
            help_print(entry, out);
        }
    }
}

static void help_pairs(const char *const *pairs, size_t count, FILE *out)
{
    char entry[HELP_TEXT_MAX];
    for (size_t i = 0; i + 1 < count; i += 2) {
        struct ml_strbuf text;
        ml_strbuf_open(&text, entry, sizeof entry);
        help_entry(&text, pairs[i], pairs[i + 1]);
        help_print(entry, out);
    }
}

void ml_help_full(const struct ml_command *command, FILE *out)
{
    const struct ml_option *options[ML_OPTION_MAX];
    const size_t count = ml_command_options(command, options);
    help_usage(command, out);
    (void)fprintf(out, "%s\n\nExamples:\n", command->summary);
    (void)help_examples(command->examples, SIZE_MAX, out);
    for (size_t i = 0; i < count; i++) {
        if (help_opens_group(options, i))
            help_group(options, count, options[i]->group, out);
    }
    (void)fprintf(out, "\nHelp:\n");
    help_pairs(help_options_of_all,
               sizeof help_options_of_all / sizeof *help_options_of_all, out);
    (void)fprintf(out, "\n"
                       "Options may follow operands; '--' ends them.  "
                       "'--name value' and\n"
                       "'--name=value' are the same.\n");
}

/* ---- The program ------------------------------------------------------ */

static void help_commands(const struct ml_command *const *commands,
                          size_t count, FILE *out)
{
    (void)fprintf(out, "\nCommands:\n");
    for (size_t i = 0; i < count; i++)
        (void)fprintf(out, "  %-10s %s\n", commands[i]->name,
                      commands[i]->summary);
}

void ml_help_program_short(const struct ml_command *const *commands,
                           size_t count, FILE *out)
{
    (void)fprintf(out, "minilab: runs folders of pictures through filters, in "
                       "any concurrency model\n\nExamples:\n");
    for (size_t i = 0; i < count; i++)
        (void)help_examples(commands[i]->examples, 1, out);
    (void)fprintf(out, "\nUsage: minilab COMMAND [OPTIONS] [--] PATH...\n");
    help_commands(commands, count, out);
    (void)fprintf(out, "\n'minilab COMMAND -h' gives examples, "
                       "'minilab COMMAND --help' lists all options.\n");
}

void ml_help_program_full(const struct ml_command *const *commands,
                          size_t count, FILE *out)
{
    static const char *const codes[] = {
        "  0",   "every input done or deliberately skipped",
        "  1",   "finished, but some inputs failed or were refused",
        "  2",   "usage, recipe or plan error; nothing was written",
        "  3",   "nothing to do: no matching input",
        "  6",   "outputs differ",
        "  70",  "internal error",
        "  75",  "stopped early; the outputs are consistent",
        "  130", "interrupted by Ctrl-C, after clean-up"};
    static const char *const options[] = {
        "  -h",      "short help",      "      --help",
        "this text", "      --version", "version, compiler and libraries"};
    ml_help_program_short(commands, count, out);
    (void)fprintf(out, "\nOptions:\n");
    help_pairs(options, sizeof options / sizeof *options, out);
    (void)fprintf(out, "\nExit codes:\n");
    help_pairs(codes, sizeof codes / sizeof *codes, out);
}
