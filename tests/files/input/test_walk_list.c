/* test_walk_list.c: lists of paths, from a file and from standard input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "files/input/walk.h"
#include "support/files/walked.h"

/* Write a list of these bytes and walk it. */
static enum ml_status walk_list(struct walked *f, const char *data, size_t size,
                                bool nul)
{
    test_tree_file(&f->tree, "list", data, size);
    return ml_walk_list(&f->inputs, &f->options,
                        test_tree_path(&f->tree, "list"), nul, &f->stats,
                        &f->err);
}

static void lists_are_read_by_line_or_by_nul(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    test_tree_text(&f.tree, "a.jpg", "ONE");
    test_tree_text(&f.tree, "new\nline.jpg", "ONE");
    test_tree_text(&f.tree, "d/b.jpg", "ONE");
    char list[1024];
    const char *root = f.tree.root;
    int n = snprintf(list, sizeof list, "%s/a.jpg\n\n%s/d\n-\n%s/gone", root,
                     root, root);
    assert_int_equal(ML_OK, walk_list(&f, list, (size_t)n, false));
    WALKED_EXPECT(&f, "a.jpg", "b.jpg", "-", "gone");
    assert_false(ml_inputs_at(&f.inputs, 2)->standard_input);
    ml_inputs_close(&f.inputs);
    n = snprintf(list, sizeof list, "%s/new\nline.jpg%c%s/a.jpg%c", root, 0,
                 root, 0);
    assert_int_equal(ML_OK, walk_list(&f, list, (size_t)n, true));
    WALKED_EXPECT(&f, "new\nline.jpg", "a.jpg");
    assert_int_equal(ML_ERR_USAGE, walk_list(&f, list, (size_t)n, false));
    assert_non_null(strstr(f.err.remedy, "-0"));
    assert_int_equal(ML_ERR_USAGE,
                     ml_walk_list(&f.inputs, &f.options, "/nowhere/list", false,
                                  &f.stats, &f.err));
    walked_close(&f);
}

static void list_may_come_from_standard_input(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    test_tree_text(&f.tree, "a.jpg", "ONE");
    const char *path = test_tree_path(&f.tree, "a.jpg");
    int ends[2];
    const int before = dup(STDIN_FILENO);
    assert_int_equal(0, pipe(ends));
    assert_int_equal(strlen(path), write(ends[1], path, strlen(path)));
    assert_int_equal(0, close(ends[1]));
    assert_int_equal(STDIN_FILENO, dup2(ends[0], STDIN_FILENO));
    assert_int_equal(ML_OK, ml_walk_list(&f.inputs, &f.options, "-", false,
                                         &f.stats, &f.err));
    WALKED_EXPECT(&f, "a.jpg");
    if (before >= 0)
        assert_int_equal(STDIN_FILENO, dup2(before, STDIN_FILENO));
    (void)close(before);
    (void)close(ends[0]);
    walked_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_read_by_line_or_by_nul),
        cmocka_unit_test(list_may_come_from_standard_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
