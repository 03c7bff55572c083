/* test_option_parser.c: argv, read by a table made for the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "command/cli/option_parser.h"
#include "support/capture.h"

struct demo {
    bool dry, keep;
    char seen[200]; /* "output=x;jobs=3;" in the order given */
};

static enum ml_status demo_dry(void *settings, const char *value,
                               struct ml_error *err)
{
    (void)err;
    assert_null(value);
    ((struct demo *)settings)->dry = true;
    return ML_OK;
}

static enum ml_status demo_keep(void *settings, const char *value,
                                struct ml_error *err)
{
    (void)err;
    assert_null(value);
    ((struct demo *)settings)->keep = true;
    return ML_OK;
}

static enum ml_status demo_output(void *settings, const char *value,
                                  struct ml_error *err)
{
    struct demo *demo = settings;
    (void)err;
    strcat(strcat(strcat(demo->seen, "output="), value), ";");
    return ML_OK;
}

static enum ml_status demo_jobs(void *settings, const char *value,
                                struct ml_error *err)
{
    struct demo *demo = settings;
    if (value[0] < '0' || value[0] > '9')
        return ml_fail(err, ML_ERR_USAGE, "bad number", "give 1 to 64", "'%s'",
                       value);
    strcat(strcat(strcat(demo->seen, "jobs="), value), ";");
    return ML_OK;
}

static const struct ml_option demo_options[] = {
    {"dry-run", 'n', NULL, "Working", "write nothing", .apply = demo_dry,
     .one_run = true},
    {"keep", 'p', NULL, "Working", "keep the times", .apply = demo_keep},
    {"output", 'o', "DIR", "Files", "where to", .apply = demo_output},
    {"jobs", 'j', "N", "Working", "how many", .apply = demo_jobs},
    ML_OPTIONS_END,
};

static const struct ml_command demo_command = {
    .name = "demo",
    .summary = "a command",
    .operands = "PATH...",
    .examples = "minilab demo x\n",
    .options = demo_options,
};

struct outcome {
    bool going;
    int code;
    struct demo demo;
    char operands[200]; /* "a|b|" */
    char errors[1000];
    char results[4000];
};

/* Parse `words`, separated by single blanks. */
static struct outcome parse_as(const struct ml_command *command,
                               const char *words)
{
    struct outcome got = {.code = -1};
    struct capture out, errors;
    struct ml_operands operands = {0};
    char line[500], *argv[40] = {line};
    int argc = 1;
    char *save = NULL;
    (void)snprintf(line, sizeof line, "%s %s", command->name, words);
    (void)strtok_r(line, " ", &save);
    for (char *word; (word = strtok_r(NULL, " ", &save));)
        argv[argc++] = word;
    capture_begin(&out, stdout);
    capture_begin(&errors, stderr);
    got.going =
        ml_options_parse(command, argc, argv, &got.demo, &operands, &got.code);
    capture_end(&errors, got.errors, sizeof got.errors);
    capture_end(&out, got.results, sizeof got.results);
    for (size_t i = 0; i < operands.count; i++)
        strcat(strcat(got.operands, operands.items[i]), "|");
    return got;
}

static struct outcome parse(const char *words)
{
    return parse_as(&demo_command, words);
}

static void goes(const char *words, const char *seen, const char *operands)
{
    const struct outcome got = parse(words);
    if (!got.going)
        fail_msg("%s: %s", words, got.errors);
    assert_string_equal(got.demo.seen, seen);
    assert_string_equal(got.operands, operands);
    assert_string_equal(got.errors, "");
    assert_string_equal(got.results, "");
}

static void stops(const char *words, const char *message)
{
    const struct outcome got = parse(words);
    assert_false(got.going);
    assert_int_equal(got.code, ML_EXIT_USAGE);
    assert_string_equal(got.errors, message);
    assert_string_equal(got.results, "");
}

static void values_stand_behind_or_with_their_option(void **state)
{
    (void)state;
    goes("--output x --jobs=3", "output=x;jobs=3;", "");
    goes("-o x -j3", "output=x;jobs=3;", "");
    goes("--output= --jobs=3", "output=;jobs=3;", "");
    goes("-o -n --jobs 3", "output=-n;jobs=3;", "");
    goes("--output -- x", "output=--;", "x|");
    goes("-o=x", "output==x;", "");
}

static void switches_bundle(void **state)
{
    (void)state;
    const struct outcome got = parse("-npo x");
    assert_true(got.going && got.demo.dry && got.demo.keep);
    assert_string_equal(got.demo.seen, "output=x;");
    goes("-npox", "output=x;", "");
    assert_false(parse("-p").demo.dry);
}

static void options_may_follow_operands(void **state)
{
    (void)state;
    goes("a -o x b -j 2 c", "output=x;jobs=2;", "a|b|c|");
    goes("a - -n", "", "a|-|");
    goes("", "", "");
}

static void two_dashes_end_the_options(void **state)
{
    (void)state;
    goes("a -- -o -- --jobs", "", "a|-o|--|--jobs|");
}

static void unknown_options_are_answered_with_the_nearest(void **state)
{
    (void)state;
    stops("--ouput x", "minilab demo: --ouput: unknown option: did you mean "
                       "--output?\n");
    stops("--zzzzzzzz", "minilab demo: --zzzzzzzz: unknown option: 'minilab "
                        "demo --help' lists all options\n");
    stops("-z", "minilab demo: -z: unknown option: 'minilab demo --help' "
                "lists all options\n");
    stops("-jobs=4", "minilab demo: -j: bad number: 'obs=4': give 1 to 64\n");
    stops("-keep", "minilab demo: -keep: unknown option: did you mean "
                   "--keep?\n");
}

static void names_are_never_abbreviated(void **state)
{
    (void)state;
    stops("--out x",
          "minilab demo: --out: unknown option: did you mean --output?\n");
    stops("--dry", "minilab demo: --dry: unknown option: did you mean "
                   "--dry-run?\n");
    stops("--hel", "minilab demo: --hel: unknown option: did you mean "
                   "--help?\n");
}

static void missing_and_unwanted_values_are_refused(void **state)
{
    (void)state;
    stops("--output", "minilab demo: --output: its value is missing: write "
                      "--output DIR\n");
    stops("-nj", "minilab demo: -j: its value is missing: write -j N\n");
    stops("--keep=1", "minilab demo: --keep: it takes no value: leave out "
                      "what follows the '='\n");
    stops("--jobs many",
          "minilab demo: --jobs: bad number: 'many': give 1 to 64\n");
}

static void odd_bytes_stay_one_harmless_line(void **state)
{
    (void)state;
    stops("--a\nb\033\377", "minilab demo: --a\\nb\\x1b\\xff: unknown option: "
                            "'minilab demo --help' lists all options\n");
    char words[300] = "--";
    memset(words + 2, 'k', 250);
    const struct outcome got = parse(words);
    assert_int_equal(got.code, ML_EXIT_USAGE);
    assert_non_null(strstr(got.errors, "kkkk: unknown option: "));
}

static void help_goes_to_stdout_with_code_0(void **state)
{
    (void)state;
    static const char *const ways[] = {"-h", "--help", "x -nh", "x --help -z"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        const struct outcome got = parse(ways[i]);
        assert_false(got.going);
        assert_int_equal(got.code, ML_EXIT_OK);
        assert_string_equal(got.errors, "");
        assert_non_null(strstr(got.results, "-o, --output DIR"));
    }
    goes("-- -h", "", "-h|");
    stops("--help=1", "minilab demo: --help: unknown option: did you mean "
                      "--help?\n");
}

/* ---- a command that takes the options of another ---- */

static enum ml_status guest_jobs(void *settings, const char *value,
                                 struct ml_error *err)
{
    (void)err;
    strcat(strcat(((struct demo *)settings)->seen, "own:"), value);
    return ML_OK;
}

static void guest_note(void *settings, const struct ml_option *option,
                       const char *value)
{
    char *seen = ((struct demo *)settings)->seen;
    strcat(strcat(seen, "<"), option->name);
    strcat(strcat(seen, value ? value : ""), ">");
}

static void options_of_another_command_are_taken_too(void **state)
{
    (void)state;
    static const struct ml_option own[] = {
        {"jobs", 'j', "N,N", "Own", "several", .apply = guest_jobs},
        ML_OPTIONS_END};
    static const struct ml_command guest = {
        .name = "guest",
        .summary = "a guest",
        .operands = "PATH...",
        .examples = "minilab guest x\n",
        .options = own,
        .inherited_options = demo_options,
        .on_option = guest_note,
    };
    const struct ml_option *all[ML_OPTION_MAX];
    assert_int_equal(ml_command_options(&guest, all), 3);
    assert_ptr_equal(all[0], own);
    struct outcome got = parse_as(&guest, "-p -j 1,2 x --output=y");
    assert_true(got.going && got.demo.keep);
    assert_string_equal(got.demo.seen, "<keep>own:1,2<jobs1,2>output=y;"
                                       "<outputy>");
    assert_string_equal(got.operands, "x|");
    got = parse_as(&guest, "--dry-run");
    assert_false(got.going);
    assert_string_equal(got.errors,
                        "minilab guest: --dry-run: this command does not "
                        "take it: leave it out\n");
    assert_false(parse_as(&guest, "-n").going);
    got = parse_as(&guest, "--help");
    assert_non_null(strstr(got.results, "--jobs N,N"));
    assert_non_null(strstr(got.results, "--output DIR"));
    assert_null(strstr(got.results, "--dry-run"));
    assert_null(strstr(got.results, "--jobs N\n"));
}

static void statuses_have_their_exit_codes(void **state)
{
    (void)state;
    static const struct {
        enum ml_status status;
        int code;
    } cases[] = {{ML_ERR_USAGE, 2},       {ML_ERR_INTERNAL, 70},
                 {ML_ERR_CANCELLED, 130}, {ML_ERR_OS, 1},
                 {ML_ERR_FORMAT, 1},      {ML_ERR_MEMORY, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ml_error err;
        struct capture capture;
        char text[200];
        (void)ml_fail(&err, cases[i].status, "what", NULL, "why");
        capture_begin(&capture, stderr);
        const int code = ml_command_fail(NULL, &err);
        capture_end(&capture, text, sizeof text);
        assert_int_equal(code, cases[i].code);
        assert_string_equal(text, "minilab: what: why\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stand_behind_or_with_their_option),
        cmocka_unit_test(switches_bundle),
        cmocka_unit_test(options_may_follow_operands),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(unknown_options_are_answered_with_the_nearest),
        cmocka_unit_test(names_are_never_abbreviated),
        cmocka_unit_test(missing_and_unwanted_values_are_refused),
        cmocka_unit_test(odd_bytes_stay_one_harmless_line),
        cmocka_unit_test(help_goes_to_stdout_with_code_0),
        cmocka_unit_test(options_of_another_command_are_taken_too),
        cmocka_unit_test(statuses_have_their_exit_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
