/* test_structure_rules.c: each rule of test_structure.c finds what breaks it,
 * in a planted tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "support/files/tree.h"
#include "support/structure/structure.h"

struct planted {
    struct test_tree tree;
    struct structure structure;
    struct structure_findings findings;
};

static int open_planted(void **state)
{
    static struct planted planted;
    memset(&planted, 0, sizeof planted);
    test_tree_open(&planted.tree);
    test_tree_folder(&planted.tree, "filters");
    test_tree_folder(&planted.tree, "src");
    *state = &planted;
    return 0;
}

static int close_planted(void **state)
{
    struct planted *planted = *state;
    structure_close(&planted->structure);
    test_tree_close(&planted->tree);
    return 0;
}

static void plant(struct planted *planted, const char *path, const char *text)
{
    test_tree_text(&planted->tree, path, text);
}

/* Read what was planted; `symbols` as nm prints them, or NULL. */
static struct structure *read_planted(struct planted *planted,
                                      enum structure_unit unit, char *symbols)
{
    structure_close(&planted->structure);
    memset(&planted->findings, 0, sizeof planted->findings);
    structure_open(&planted->structure, planted->tree.root, unit);
    if (symbols) {
        FILE *stream = fmemopen(symbols, strlen(symbols), "r");
        assert_non_null(stream);
        structure_add_calls(&planted->structure, stream);
        (void)fclose(stream);
    }
    return &planted->structure;
}

static void a_circle_of_includes_is_found(void **state)
{
    struct planted *planted = *state;
    plant(planted, "src/base/a.h", "#include \"base/b.h\"\n");
    plant(planted, "src/base/b.c", "  #  include \"base/c.h\"\n");
    plant(planted, "src/base/b.h", "#include <stdio.h>\n");
    plant(planted, "src/base/c.h",
          "/* #include \"base/a.h\"\n#include \"base/b.h\" */\n");
    read_planted(planted, STRUCTURE_STEM, NULL);
    assert_int_equal(planted->structure.include_count, 2);
    structure_check_circles(&planted->structure, &planted->findings);
    assert_int_equal(planted->findings.count, 0);

    plant(planted, "src/base/c.h", "#include \"base/a.h\"\n");
    read_planted(planted, STRUCTURE_STEM, NULL);
    structure_check_circles(&planted->structure, &planted->findings);
    assert_int_equal(planted->findings.count, 1);
    assert_string_equal(planted->findings.first,
                        "circle of 3 files: src/base/a -> "
                        "src/base/b (includes base/b.h) -> "
                        "src/base/c (includes base/c.h) -> "
                        "src/base/a (includes base/a.h)");

    read_planted(planted, STRUCTURE_FILE, NULL);
    structure_check_circles(&planted->structure, &planted->findings);
    assert_int_equal(planted->findings.count, 0); /* b.h includes nothing */
}

static void a_circle_of_calls_is_found(void **state)
{
    struct planted *planted = *state;
    char one_way[] = "/x/CMakeFiles/m.dir/src/a/up.c.o:\n"
                     "ml_up T 0 1\nml_down U \nprintf U \n"
                     "/x/CMakeFiles/m.dir/src/a/down.c.o:\n"
                     "ml_down i 0 1\nml_table U \n"
                     "/x/CMakeFiles/m.dir/src/a/table.c.o:\n"
                     "ml_table R 0 1\n"
                     "/x/CMakeFiles/m.dir/src/a/away.c.o:\n"
                     "ml_away T 0 1\nml_up U \n";
    char circle[] = "src/a/up.c.o:\nml_up T 0 1\nml_down U \n"
                    "src/a/down.c.o:\nml_down T 0 1\nml_table U \n"
                    "src/a/table.c.o:\nml_table D 0 1\nml_up U \n";
    plant(planted, "src/a/up.c", "");
    plant(planted, "src/a/down.c", "");
    plant(planted, "src/a/table.c", "");
    read_planted(planted, STRUCTURE_FILE, one_way);
    assert_int_equal(planted->structure.object_count, 3);
    assert_int_equal(planted->structure.call_count, 2);
    structure_check_circles(&planted->structure, &planted->findings);
    assert_int_equal(planted->findings.count, 0);

    read_planted(planted, STRUCTURE_FILE, circle);
    structure_check_circles(&planted->structure, &planted->findings);
    assert_int_equal(planted->findings.count, 1);
    assert_string_equal(planted->findings.first,
                        "circle of 3 files: src/a/down.c -> "
                        "src/a/table.c (calls ml_table) -> "
                        "src/a/up.c (calls ml_up) -> "
                        "src/a/down.c (calls ml_down)");
}

static void a_header_and_its_source_may_count_as_one(void **state)
{
    struct planted *planted = *state;
    char calls[] = "src/a/whole.c.o:\nml_part U \n"
                   "src/a/part.c.o:\nml_part T 0 1\n";
    plant(planted, "src/a/whole.h", "struct ml_whole { int x; };\n");
    plant(planted, "src/a/whole.c", "#include \"a/whole.h\"\n");
    plant(planted, "src/a/part.c", "#include \"a/whole.h\"\n");
    read_planted(planted, STRUCTURE_FILE, calls);
    structure_check_circles(&planted->structure, &planted->findings);
    assert_int_equal(planted->findings.count, 0);

    read_planted(planted, STRUCTURE_STEM, calls);
    structure_check_circles(&planted->structure, &planted->findings);
    assert_int_equal(planted->findings.count, 1);
}

static const struct structure_folder planted_folders[] = {
    {"src/low/", {NULL}},
    {"src/mid/", {"src/low/"}},
    {"src/mid/deep/", {"src/mid/"}},
    {"src/mid/registry.", {"src/mid/deep/"}},
    {"src/beside/", {"src/low/"}},
    {"src/top/", {"src/mid/registry."}},
};

static void check_planted_arrows(struct planted *planted, char *symbols)
{
    read_planted(planted, STRUCTURE_STEM, symbols);
    structure_check_arrows(&planted->structure, planted_folders,
                           sizeof planted_folders / sizeof *planted_folders,
                           &planted->findings);
}

static void an_upward_include_is_found(void **state)
{
    struct planted *planted = *state;
    plant(planted, "src/low/a.h", "");
    plant(planted, "src/mid/m.h", "#include \"low/a.h\"\n");
    plant(planted, "src/mid/deep/d.h", "#include \"mid/m.h\"\n");
    plant(planted, "src/mid/registry.c", "#include \"mid/deep/d.h\"\n");
    plant(planted, "src/top/t.c", "#include \"low/a.h\"\n");
    plant(planted, "src/beside/b.h", "#include \"low/a.h\"\n");
    check_planted_arrows(planted, NULL);
    assert_int_equal(planted->findings.count, 0);

    plant(planted, "src/mid/n.h", "#include \"mid/deep/d.h\"\n");
    check_planted_arrows(planted, NULL);
    assert_int_equal(planted->findings.count, 1);
    assert_string_equal(
        planted->findings.first,
        "upward: src/mid/n.h -> src/mid/deep/d.h (includes mid/deep/d.h)");

    plant(planted, "src/mid/n.h", "");
    plant(planted, "src/top/t.c", "#include \"beside/b.h\"\n");
    check_planted_arrows(planted, NULL);
    assert_int_equal(planted->findings.count, 1);
}

static void an_upward_call_is_found(void **state)
{
    struct planted *planted = *state;
    char calls[] = "src/mid/m.c.o:\nml_register U \nml_low U \n"
                   "src/mid/registry.c.o:\nml_register T 0 1\nml_low U \n"
                   "src/low/a.c.o:\nml_low T 0 1\n";
    plant(planted, "src/low/a.c", "");
    plant(planted, "src/mid/m.c", "");
    plant(planted, "src/mid/registry.c", "");
    check_planted_arrows(planted, calls);
    assert_int_equal(planted->findings.count, 1);
    assert_string_equal(
        planted->findings.first,
        "upward: src/mid/m.c -> src/mid/registry.c (calls ml_register)");
}

static void a_folder_without_a_row_is_found(void **state)
{
    struct planted *planted = *state;
    plant(planted, "src/low/attic/a.h", "");
    check_planted_arrows(planted, NULL);
    assert_int_equal(planted->findings.count, 1);
    assert_string_equal(planted->findings.first,
                        "src/low/attic/a.h: its folder is not in the table");
}

static void a_table_that_stands_on_itself_is_found(void **state)
{
    struct planted *planted = *state;
    static const struct structure_folder table[] = {
        {"src/a/", {"src/b/"}},
        {"src/b/", {"src/c/"}},
    };
    read_planted(planted, STRUCTURE_STEM, NULL);
    structure_check_arrows(&planted->structure, table, 2, &planted->findings);
    assert_int_equal(planted->findings.count, 2);
    assert_string_equal(planted->findings.first,
                        "table: src/a/ is on src/b/, which comes later");
}

static void a_tag_with_two_meanings_is_found(void **state)
{
    struct planted *planted = *state;
    plant(planted, "src/a/a.h",
          "struct ml_one;\n/* struct ml_one { */\n"
          "struct ml_two\n{ struct ml_one *one; };\n"
          "static struct ml_two two = {\"union ml_two {\"};\n");
    plant(planted, "filters/b.c",
          "enum ml_one { ML_ONE };\nstruct ml_two *b(struct ml_two);\n");
    structure_check_tags(read_planted(planted, STRUCTURE_STEM, NULL),
                         &planted->findings);
    assert_int_equal(planted->findings.count, 0);

    plant(planted, "filters/c.c",
          "\nunion __attribute__((aligned(8))) ml_one{ int i; };\n");
    structure_check_tags(read_planted(planted, STRUCTURE_STEM, NULL),
                         &planted->findings);
    assert_int_equal(planted->findings.count, 1);
    assert_string_equal(planted->findings.first,
                        "tag ml_one: filters/b.c:1 and filters/c.c:2");
}

static void what_is_too_large_is_found(void **state)
{
    struct planted *planted = *state;
    const struct structure_limits small = {
        .folder_files = 2, .file_lines = 6, .function_lines = 3};
    struct structure_findings findings = {0};
    plant(planted, "src/a/f.c", "int f(void)\n{\n    f();\n    f();\n}\n");
    plant(planted, "tests/t.c", "1\n2\n3\n4\n5\n6\n");
    structure_check_sizes(planted->tree.root, &small, &findings);
    assert_int_equal(findings.count, 0);

    plant(planted, "src/a/g.c", "int f(void)\n{\n\n\n\n}\n");
    structure_check_sizes(planted->tree.root, &small, &findings);
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.first, "src/a/g.c:2: a function of 4 lines");

    memset(&findings, 0, sizeof findings);
    plant(planted, "src/a/g.c", "");
    plant(planted, "tests/t.c", "1\n2\n3\n4\n5\n6\n7\n");
    structure_check_sizes(planted->tree.root, &small, &findings);
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.first, "tests/t.c: 7 lines");

    memset(&findings, 0, sizeof findings);
    plant(planted, "tests/t.c", "");
    plant(planted, "src/a/h.c", "");
    structure_check_sizes(planted->tree.root, &small, &findings);
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.first, "src/a: 3 files");
}

static void a_folder_that_says_nothing_is_found(void **state)
{
    struct planted *planted = *state;
    struct structure_findings findings = {0};
    plant(planted, "src/README.md", "# src\n");
    plant(planted, "filters/README.md", "# filters\n");
    plant(planted, "src/a/a.h", "/* a.h: what\n * this folder\n * is for\n */");
    plant(planted, "src/a/deep/README.md", "# deep\n");
    plant(planted, "src/a/deep/deeper/x.c", "");
    structure_check_purposes(planted->tree.root, &findings);
    assert_int_equal(findings.count, 0);

    plant(planted, "src/a/a.h", "/* a.h */\n\n\n");
    structure_check_purposes(planted->tree.root, &findings);
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.first,
                        "src/a: no README.md says what it is for");
}

static void comments_strings_and_characters_are_stripped(void **state)
{
    (void)state;
    static const char text[] =
        "a /* b\n'c' \"d\" */ e \"f \\\" /* g\" h '\\''\n"
        "i '\"' j // k \" l\nm \"n";
    static const char want[] = "a     \n"
                               "           e             h     \n"
                               "i     j         \nm   ";
    char *code = structure_strip(text);
    assert_string_equal(code, want);
    free(code);
}

#define PLANTED(test)                                                          \
    cmocka_unit_test_setup_teardown(test, open_planted, close_planted)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLANTED(a_circle_of_includes_is_found),
        PLANTED(a_circle_of_calls_is_found),
        PLANTED(a_header_and_its_source_may_count_as_one),
        PLANTED(an_upward_include_is_found),
        PLANTED(an_upward_call_is_found),
        PLANTED(a_folder_without_a_row_is_found),
        PLANTED(a_table_that_stands_on_itself_is_found),
        PLANTED(a_tag_with_two_meanings_is_found),
        PLANTED(what_is_too_large_is_found),
        PLANTED(a_folder_that_says_nothing_is_found),
        cmocka_unit_test(comments_strings_and_characters_are_stripped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
