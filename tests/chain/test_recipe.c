/* test_recipe.c: chains as the text of a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "chain/chain.h"

static size_t recipe_count(const char *text)
{
    struct ml_chain chain = {0};
    struct ml_error err = {0};
    if (ml_recipe_parse(&chain, "t.recipe", text, strlen(text), &err) != ML_OK)
        fail_msg("%s: %s: %s", err.what, err.why, err.remedy);
    return chain.count;
}

static void recipe_bad(const char *text, size_t length, const char *what,
                       const char *why)
{
    struct ml_chain chain = {0};
    struct ml_error err = {0};
    assert_int_equal(ml_chain_parse(&chain, "invert", &err), ML_OK);
    assert_int_equal(ml_recipe_parse(&chain, "t.recipe", text, length, &err),
                     ML_ERR_USAGE);
    if (!strstr(err.what, what) || !strstr(err.why, why) || !*err.remedy)
        fail_msg("got '%s' '%s' '%s'", err.what, err.why, err.remedy);
    assert_int_equal(chain.count, 1); /* as it was */
}

#define BAD(text, what, why) recipe_bad(text, sizeof(text) - 1, what, why)

static void lines_comments_and_blanks_are_read(void **state)
{
    (void)state;
    assert_int_equal(recipe_count("minilab-recipe 1\ninvert\ninvert\n"), 2);
    assert_int_equal(recipe_count("minilab-recipe 1\n"), 0);
    assert_int_equal(recipe_count("minilab-recipe 1"), 0);
    assert_int_equal(recipe_count("minilab-recipe 1 # mine\n\n# no\n"
                                  "  # no\n  invert   # yes\n\t\ninvert"),
                     2);
    assert_int_equal(recipe_count("minilab-recipe 1\r\ninvert\r\n"), 1);
}

static void errors_carry_the_line(void **state)
{
    (void)state;
    BAD("minilab-recipe 1\ninvert\n\ninvret\n", "t.recipe:4: unknown filter",
        "invret");
    BAD("minilab-recipe 1\ninvert\ninvert:5\n",
        "t.recipe:3: filter invert: too many values", "none");
    BAD("minilab-recipe 1\ninvert invert\n", "t.recipe:2: bad character",
        "' '");
}

static void a_file_without_the_head_is_refused(void **state)
{
    (void)state;
    BAD("", "t.recipe:1: not a recipe", "''");
    BAD("invert\n", "t.recipe:1: not a recipe", "'invert'");
    BAD("\nminilab-recipe 1\n", "t.recipe:1: not a recipe", "''");
    BAD("minilab-recipe 2\n", "t.recipe:1: unknown recipe version", "'2'");
    BAD("minilab-recipe 1\ninv\0ert\n", "t.recipe:2: not a text", "zero");
}

static void long_lines_are_refused(void **state)
{
    (void)state;
    char text[4000] = "minilab-recipe 1\n";
    const size_t head = strlen(text);
    memset(text + head, 'a', sizeof text - head);
    recipe_bad(text, sizeof text, "t.recipe:2: line too long", "1200");
}

static void long_names_keep_their_end(void **state)
{
    (void)state;
    struct ml_chain chain = {0};
    struct ml_error err = {0};
    char name[300];
    memset(name, 'd', sizeof name);
    memcpy(name + 280, "/evil\n.recipe", 14);
    assert_int_equal(ml_recipe_parse(&chain, name, "x", 1, &err), ML_ERR_USAGE);
    assert_non_null(strstr(err.what, "/evil\\n.recipe:1: not a recipe"));
}

static void what_is_printed_reads_back(void **state)
{
    (void)state;
    struct ml_chain chain = {0}, again = {0};
    struct ml_error err = {0};
    char room[400];
    struct ml_strbuf text;
    assert_int_equal(ml_chain_parse(&chain, "invert", &err), ML_OK);
    assert_int_equal(ml_chain_parse(&chain, "invert", &err), ML_OK);
    ml_strbuf_open(&text, room, sizeof room);
    ml_recipe_print(&chain, &text);
    assert_string_equal(room, "minilab-recipe 1\ninvert\ninvert\n");
    assert_int_equal(ml_recipe_parse(&again, "t", room, text.used, &err),
                     ML_OK);
    assert_int_equal(again.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_comments_and_blanks_are_read),
        cmocka_unit_test(errors_carry_the_line),
        cmocka_unit_test(a_file_without_the_head_is_refused),
        cmocka_unit_test(long_lines_are_refused),
        cmocka_unit_test(long_names_keep_their_end),
        cmocka_unit_test(what_is_printed_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
