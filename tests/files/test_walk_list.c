/* test_walk_list.c: lists of paths, from a file and from standard input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "files/walk.h"
#include "support/pictures.h"
#include "support/tree.h"

struct fixture {
    struct test_tree tree;
    struct ml_inputs inputs;
    struct ml_walk_options options;
    struct ml_walk_tally tally;
    struct ml_error err;
};

static void fixture_open(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    test_tree_open(&f->tree);
    ml_inputs_open(&f->inputs);
    f->options.classifier = test_classifier();
}

static void fixture_close(struct fixture *f)
{
    ml_inputs_close(&f->inputs);
    test_tree_close(&f->tree);
}

static void expect_at(const struct fixture *f, size_t index,
                      const char *relative)
{
    char path[ML_INPUT_PATH_MAX];
    (void)ml_input_relative(&f->inputs, ml_inputs_at(&f->inputs, index), path);
    assert_string_equal(relative, path);
}

/* All inputs, by their relative paths, end with NULL. */
static void expect(const struct fixture *f, const char *const *relatives)
{
    size_t count = 0;
    for (; relatives[count]; count++) {
        assert_true(count < f->inputs.count);
        expect_at(f, count, relatives[count]);
    }
    assert_int_equal(count, f->inputs.count);
}

#define EXPECT(f, ...) expect(f, (const char *const[]){__VA_ARGS__, NULL})

/* Make a list of these bytes and walk it. */
static enum ml_status walk_list(struct fixture *f, const char *data,
                                size_t size, bool nul)
{
    test_tree_file(&f->tree, "list", data, size);
    return ml_walk_list(&f->inputs, &f->options,
                        test_tree_path(&f->tree, "list"), nul, &f->tally,
                        &f->err);
}

static void lists_are_read_by_line_or_by_nul(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    test_tree_text(&f.tree, "a.jpg", "ONE");
    test_tree_text(&f.tree, "new\nline.jpg", "ONE");
    test_tree_text(&f.tree, "d/b.jpg", "ONE");
    char list[1024];
    const char *root = f.tree.root;
    int n = snprintf(list, sizeof list, "%s/a.jpg\n\n%s/d\n-\n%s/gone", root,
                     root, root);
    assert_int_equal(ML_OK, walk_list(&f, list, (size_t)n, false));
    EXPECT(&f, "a.jpg", "b.jpg", "-", "gone");
    assert_false(ml_inputs_at(&f.inputs, 2)->standard_input);
    ml_inputs_close(&f.inputs);
    n = snprintf(list, sizeof list, "%s/new\nline.jpg%c%s/a.jpg%c", root, 0,
                 root, 0);
    assert_int_equal(ML_OK, walk_list(&f, list, (size_t)n, true));
    EXPECT(&f, "new\nline.jpg", "a.jpg");
    assert_int_equal(ML_ERR_USAGE, walk_list(&f, list, (size_t)n, false));
    assert_non_null(strstr(f.err.remedy, "-0"));
    assert_int_equal(ML_ERR_USAGE,
                     ml_walk_list(&f.inputs, &f.options, "/nowhere/list", false,
                                  &f.tally, &f.err));
    fixture_close(&f);
}

static void list_may_come_from_standard_input(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    test_tree_text(&f.tree, "a.jpg", "ONE");
    const char *path = test_tree_path(&f.tree, "a.jpg");
    int ends[2];
    const int before = dup(STDIN_FILENO);
    assert_int_equal(0, pipe(ends));
    assert_int_equal(strlen(path), write(ends[1], path, strlen(path)));
    assert_int_equal(0, close(ends[1]));
    assert_int_equal(STDIN_FILENO, dup2(ends[0], STDIN_FILENO));
    assert_int_equal(ML_OK, ml_walk_list(&f.inputs, &f.options, "-", false,
                                         &f.tally, &f.err));
    EXPECT(&f, "a.jpg");
    if (before >= 0)
        assert_int_equal(STDIN_FILENO, dup2(before, STDIN_FILENO));
    (void)close(before);
    (void)close(ends[0]);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_read_by_line_or_by_nul),
        cmocka_unit_test(list_may_come_from_standard_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
