/* test_lint.c: tests/lint finds words in comments and strings, and not in code;
 * every exception has a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "support/files/tree.h"

struct lint {
    struct test_tree tree;
    char output[8192];
    int exit_code;
};

static int open_lint(void **state)
{
    static struct lint lint;
    test_tree_open(&lint.tree);
    test_tree_text(&lint.tree, "allow.txt", "# none\n");
    *state = &lint;
    return 0;
}

static int close_lint(void **state)
{
    struct lint *lint = *state;
    test_tree_close(&lint->tree);
    return 0;
}

/* What it prints of the planted tree, whose paths then begin with "src/". */
static void run_lint(struct lint *lint)
{
    char command[1024];
    (void)snprintf(command, sizeof command,
                   "cd '%s' && '%s/tests/lint' -a allow.txt src 2>&1",
                   lint->tree.root, ML_TEST_SOURCE_DIR);
    FILE *stream = popen(command, "r");
    assert_non_null(stream);
    const size_t size = fread(lint->output, 1, sizeof lint->output - 1, stream);
    lint->output[size] = '\0';
    const int status = pclose(stream);
    assert_true(WIFEXITED(status));
    lint->exit_code = WEXITSTATUS(status);
}

static void lint_text(struct lint *lint, const char *path, const char *text)
{
    test_tree_text(&lint->tree, path, text);
    run_lint(lint);
}

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    return lines;
}

/* Exactly these findings, each "path:line: word", in this order. */
static void expect(const struct lint *lint, const char *const *findings,
                   size_t count)
{
    const char *at = lint->output;
    if (lines_of(at) != count + 1)
        fail_msg("%zu findings expected:\n%s", count, lint->output);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(at, findings[i], strlen(findings[i])) != 0)
            fail_msg("not at first: %s\n%s", findings[i], at);
        at = strchr(at, '\n') + 1;
    }
    char last[32];
    (void)snprintf(last, sizeof last, "%zu found\n", count);
    assert_string_equal(at, last);
    assert_int_equal(lint->exit_code, count ? 1 : 0);
}

#define EXPECT(lint, ...)                                                      \
    do {                                                                       \
        const char *const findings[] = {__VA_ARGS__};                          \
        expect(lint, findings, sizeof findings / sizeof *findings);            \
    } while (0)

static void words_in_comments_are_found(void **state)
{
    struct lint *lint = *state;
    lint_text(lint, "src/a.c",
              "/* The planted bell. */\n"
              "int x; // Nobody knows, planted\n"
              "/* planted\n"
              " * likewise, and it goes on */ int y; /* told: planted */\n");
    EXPECT(lint, "src/a.c:1: bell (waker): /* The planted bell. */\n",
           "src/a.c:2: nobody (", "src/a.c:4: likewise (", "src/a.c:4: told (");
}

static void words_in_strings_are_found(void **state)
{
    struct lint *lint = *state;
    lint_text(lint, "src/a.c",
              "const char *a = \"a \\\"planted\\\" outbox\\n\";\n"
              "const char *b = \"\\\\\", *c = \"planted: let go\";\n"
              "const char q = '\"', *d = \"planted bell\"; char e = '\\'';\n"
              "const char *f = \"planted \\\n"
              "whoever\";\n");
    EXPECT(lint, "src/a.c:1: outbox (", "src/a.c:2: let go (",
           "src/a.c:3: bell (", "src/a.c:5: whoever (");
}

static void words_in_code_are_not(void **state)
{
    struct lint *lint = *state;
    lint_text(
        lint, "src/bell.c",
        "#include \"outbox.h\"\n"
        "#include \"the/bell is told.h\"\n"
        "int told = 1, nobody, outbox, bell; /* ml_waker_wake() */\n"
        "/* a bellow, a foretold end, outboxed */\n"
        "char c = '\"'; int likewise; char d = '\"';\n"
        "const char *key = \"outbox\", *json = \"{\\\"outbox\\\": 1}\";\n");
    expect(lint, NULL, 0);
    assert_string_equal(lint->output, "0 found\n");
}

static void words_broken_over_lines_are_found_once(void **state)
{
    struct lint *lint = *state;
    lint_text(lint, "src/a.c",
              "/* planted words, so\n"
              " * many of them, lie\n"
              " *   with others */\n"
              "const char *a = \"as \"\n"
              "                \"many of them, planted\";\n"
              "/* so */ int x; /* many */\n");
    EXPECT(lint, "src/a.c:2: so many (", "src/a.c:3: lie with (",
           "src/a.c:5: as many of (");
}

static void markdown_is_read_whole(void **state)
{
    struct lint *lint = *state;
    lint_text(lint, "src/README.md", "# Planted\n\nThe bell,\tnobody's.\n");
    EXPECT(lint, "src/README.md:3: nobody (", "src/README.md:3: bell (");
    lint_text(lint, "src/notes.txt", "Not read: the bell.\n");
    assert_int_equal(lines_of(lint->output), 3);
}

static void layout_is_checked(void **state)
{
    struct lint *lint = *state;
    lint_text(
        lint, "src/a_inner.h",
        "int a; \n"
        "\tint b;\n"
        "/* TODO: planted */\n"
        "/* 4567890123456789012345678901234567890123456789012345678901234567 "
        "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f...80 */\n"
        "/* 4567890123456789012345678901234567890123456789012345678901234567 "
        "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f....81 */\n"
        "#include \"base/b_inside.h\"\n"
        "#include \"base/b_internal.h\"\n");
    EXPECT(lint, "src/a_inner.h:1: internal headers end with",
           "src/a_inner.h:1: trailing blanks", "src/a_inner.h:2: tab",
           "src/a_inner.h:3: unfinished", "src/a_inner.h:5: over 80 columns",
           "src/a_inner.h:6: internal headers end with");
}

static void exceptions_hold_where_they_say(void **state)
{
    struct lint *lint = *state;
    test_tree_text(&lint->tree, "allow.txt",
                   "# planted\n"
                   "src/*.c | \\a rings | the terminal's own one\n");
    lint_text(lint, "src/deep/a.c",
              "/* \\a rings the planted bell */\n/* a planted bell */\n");
    EXPECT(lint, "src/deep/a.c:2: bell (");
    lint_text(lint, "src/deep/b.h", "/* \\a rings the planted bell */\n");
    assert_int_equal(lines_of(lint->output), 4);
}

static void an_exception_needs_a_reason(void **state)
{
    struct lint *lint = *state;
    test_tree_text(&lint->tree, "allow.txt", "src/*.c | bell | \n");
    lint_text(lint, "src/a.c", "/* a planted bell */\n");
    assert_int_equal(lint->exit_code, 2);
    assert_non_null(strstr(lint->output, "allow.txt:1: not of the form"));
}

static void a_path_that_is_not_there_is_an_error(void **state)
{
    struct lint *lint = *state;
    run_lint(lint);
    assert_int_equal(lint->exit_code, 2);
    assert_string_equal(lint->output, "lint: src: no such file or folder\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_lint, close_lint)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(words_in_comments_are_found),
        TEST(words_in_strings_are_found),
        TEST(words_in_code_are_not),
        TEST(words_broken_over_lines_are_found_once),
        TEST(markdown_is_read_whole),
        TEST(layout_is_checked),
        TEST(exceptions_hold_where_they_say),
        TEST(an_exception_needs_a_reason),
        TEST(a_path_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
