/* test_help.c: help texts: of the program's commands and of a huge one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "command/cli/command.h"
#include "command/cli/help.h"
#include "command/registry.h"
#include "support/capture.h"

#define HUGE_COUNT 90
#define TEXT_MAX 60000

typedef void help_printer(const struct ml_command *command, FILE *out);

/* The text that `print` writes, valid until the next call. */
static const char *help_text(help_printer *print,
                             const struct ml_command *command)
{
    static char text[TEXT_MAX];
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    print(command, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static size_t line_count(const char *text)
{
    size_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

/* No line is too wide or ends in a blank. */
static void check_lines(const char *who, const char *text)
{
    for (const char *line = text; *line;) {
        const size_t length = strcspn(line, "\n");
        if (length > ML_HELP_COLUMNS || (length && line[length - 1] == ' '))
            fail_msg("%s: '%.*s'", who, (int)length, line);
        line += length + (line[length] == '\n');
    }
}

static enum ml_status huge_apply(void *settings, const char *value,
                                 struct ml_error *err)
{
    (void)settings;
    (void)value;
    (void)err;
    return ML_OK;
}

struct huge {
    struct ml_option options[HUGE_COUNT + 1];
    char names[HUGE_COUNT][16];
    struct ml_command command;
};

static void huge_fill(struct huge *huge)
{
    for (size_t i = 0; i < HUGE_COUNT; i++) {
        (void)snprintf(huge->names[i], sizeof huge->names[i], "option-%02zu",
                       i);
        huge->options[i] = (struct ml_option){
            .name = huge->names[i],
            .letter = i >= 80 ? (char)('p' + i - 80) : '\0',
            .argument = i % 3 ? "N" : NULL,
            .group = i % 2 ? "Odd ones" : "Even ones",
            .help =
                i % 5 ? "what it does\nand a second line"
                      : "what it does, in more words than fit, and they cannot "
                        "stand in one line, however wide the terminal is",
            .apply = huge_apply};
    }
    huge->options[HUGE_COUNT] = (struct ml_option)ML_OPTIONS_END;
    huge->command = (struct ml_command){.name = "huge",
                                        .summary = "many options",
                                        .operands = "PATH...",
                                        .examples = "minilab huge a\n"
                                                    "minilab huge b\n",
                                        .options = huge->options};
}

static void short_help_fits_forty_lines_examples_first(void **state)
{
    (void)state;
    struct huge huge;
    huge_fill(&huge);
    const char *text = help_text(ml_help_short, &huge.command);
    assert_in_range(line_count(text), 30, ML_HELP_SHORT_LINES);
    check_lines("huge -h", text);
    assert_true(strstr(text, "minilab huge b") < strstr(text, "Usage:"));
    assert_true(strstr(text, "Usage:") < strstr(text, "--option-"));
    for (size_t i = 80; i < HUGE_COUNT; i++) /* those with a letter */
        assert_non_null(strstr(text, huge.names[i]));
    assert_null(strstr(text, "second line"));
    assert_non_null(strstr(text, "'minilab huge --help' lists all options"));
}

static void full_help_has_every_option_in_its_group(void **state)
{
    (void)state;
    struct huge huge;
    huge_fill(&huge);
    const char *text = help_text(ml_help_full, &huge.command);
    check_lines("huge --help", text);
    const char *even = strstr(text, "\nEven ones:\n");
    const char *odd = strstr(text, "\nOdd ones:\n");
    assert_true(even && odd && even < odd);
    assert_null(strstr(odd + 1, "\nEven ones:\n"));
    for (size_t i = 0; i < HUGE_COUNT; i++) {
        const char *place = strstr(text, huge.names[i]);
        assert_non_null(place);
        assert_true(i % 2 ? place > odd : place > even && place < odd);
        assert_null(strstr(place + 1, huge.names[i]));
    }
    assert_non_null(strstr(text, "  -p, --option-80 N"));
    assert_non_null(strstr(text, "and a second line"));
    assert_non_null(strstr(text, "wide the terminal is"));
}

static void help_of_every_command_fits(void **state)
{
    (void)state;
    size_t count;
    const struct ml_command *const *commands = ml_commands(&count);
    for (size_t i = 0; i < count; i++) {
        const char *text = help_text(ml_help_short, commands[i]);
        assert_in_range(line_count(text), 5, ML_HELP_SHORT_LINES);
        text = help_text(ml_help_full, commands[i]);
        check_lines(commands[i]->name, text);
    }
}

static void tables_are_well_formed(void **state)
{
    (void)state;
    size_t count;
    const struct ml_command *const *commands = ml_commands(&count);
    for (size_t i = 0; i < count; i++) {
        const struct ml_command *c = commands[i];
        assert_ptr_equal(ml_command_find(c->name), c);
        assert_true(c->run && *c->examples && *c->summary);
        const struct ml_option *options[ML_OPTION_MAX];
        const size_t option_count = ml_command_options(c, options);
        for (size_t k = 0; k < option_count; k++) {
            const struct ml_option *o = options[k];
            const bool stored = o->type != ML_OPTION_HOOK;
            if (stored != !o->apply || !o->group || !o->help ||
                o->letter == 'h' || strlen(o->name) > 40 ||
                o->help[strlen(o->help) - 1] == '.')
                fail_msg("%s --%s", c->name, o->name);
            for (size_t m = 0; m < k; m++) {
                if (strcmp(o->name, options[m]->name) == 0 ||
                    (o->letter && o->letter == options[m]->letter))
                    fail_msg("%s --%s twice", c->name, o->name);
            }
        }
    }
}

static bool has_option(const struct ml_command *command, const char *word)
{
    const bool is_long = word[1] == '-';
    const size_t length = strcspn(word + 2, "=");
    const struct ml_option *options[ML_OPTION_MAX];
    const size_t count = ml_command_options(command, options);
    for (size_t i = 0; i < count; i++) {
        const struct ml_option *option = options[i];
        if (is_long ? strlen(option->name) == length &&
                          strncmp(option->name, word + 2, length) == 0
                    : option->letter == word[1])
            return true;
    }
    return false;
}

/* The words of an example after "minilab NAME", up to a pipe. */
static void check_example(const struct ml_command *command, char *line)
{
    char *start = strstr(line, "minilab "), *save = NULL;
    if (!start)
        fail_msg("%s: '%s'", command->name, line);
    (void)strtok_r(start, " ", &save);
    assert_string_equal(strtok_r(NULL, " ", &save), command->name);
    for (char *word;
         (word = strtok_r(NULL, " ", &save)) && !strchr("|>&", word[0]);) {
        if (word[0] == '-' && word[1] && !has_option(command, word))
            fail_msg("%s: no option %s", command->name, word);
    }
}

static void examples_use_options_that_exist(void **state)
{
    (void)state;
    size_t count;
    const struct ml_command *const *commands = ml_commands(&count);
    for (size_t i = 0; i < count; i++) {
        char text[4000], *save = NULL;
        (void)snprintf(text, sizeof text, "%s", commands[i]->examples);
        for (char *line = strtok_r(text, "\n", &save); line;
             line = strtok_r(NULL, "\n", &save))
            check_example(commands[i], line);
    }
}

static void asks(const char *line, int code, const char *words)
{
    static char text[TEXT_MAX];
    const int got = capture_program(ML_TEST_PROGRAM, line, text, sizeof text);
    if (got != code || !strstr(text, words))
        fail_msg("%s: %d: %s", line, got, text);
}

static void the_program_answers_as_the_contract_says(void **state)
{
    (void)state;
    asks("$M 2>/dev/null", 2, "");
    asks("$M 2>&1 >/dev/null", 2, "Examples:");
    asks("$M -h 2>/dev/null", 0, "Examples:");
    asks("$M --help 2>/dev/null", 0, "Exit codes:");
    asks("$M help 2>/dev/null", 0, "Exit codes:");
    asks("$M help filters 2>/dev/null", 0, "Usage: minilab filters");
    asks("$M help filtres", 2, "did you mean 'minilab filters'?");
    asks("$M filtres", 2, "did you mean 'minilab filters'?");
    asks("$M qqqqqqqqq", 2, "'minilab help' lists");
    asks("$M -x", 2, "before the command");
    asks("$M help a b", 2, "too many operands");
    asks("$M version x", 2, "too many operands");
    asks("$M version 2>/dev/null", 0, "minilab " ML_VERSION "\ncompiler");
    asks("$M --version 2>/dev/null", 0, "libjpeg-turbo");
}

static void output_that_does_not_arrive_is_an_error(void **state)
{
    (void)state;
    asks("$M help >/dev/full", 1,
         "minilab: cannot write standard output: No space left");
    asks("$M help >&-", 1, "cannot write standard output");
    asks("$M help 1>&- 2>&-", 1, "");
    asks("$M filters 0<&-", 0, "invert");
}

/* A pipe whose only reader is closed before anything is written. */
static void a_closed_pipe_is_no_news(void **state)
{
    (void)state;
    int ends[2];
    char line[100];
    static char text[TEXT_MAX];
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[0]);
    (void)snprintf(line, sizeof line, "$M help >&%d", ends[1]);
    assert_int_equal(capture_program(ML_TEST_PROGRAM, line, text, sizeof text),
                     1);
    assert_string_equal(text, "");
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_help_fits_forty_lines_examples_first),
        cmocka_unit_test(full_help_has_every_option_in_its_group),
        cmocka_unit_test(help_of_every_command_fits),
        cmocka_unit_test(tables_are_well_formed),
        cmocka_unit_test(examples_use_options_that_exist),
        cmocka_unit_test(the_program_answers_as_the_contract_says),
        cmocka_unit_test(output_that_does_not_arrive_is_an_error),
        cmocka_unit_test(a_closed_pipe_is_no_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
