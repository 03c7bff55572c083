/* output_plan.h: a folder of pictures, and the plan of their outputs. */
#ifndef ML_TESTS_SUPPORT_FILES_OUTPUT_PLAN_H
#define ML_TESTS_SUPPORT_FILES_OUTPUT_PLAN_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "files/input/walk.h"
#include "files/output/output_plan.h"
#include "support/files/tree.h"
#include "support/pictures.h"

struct fixture {
    struct test_tree tree;
    struct ml_inputs inputs;
    struct ml_walk_options walk;
    struct ml_walk_stats stats;
    struct ml_name_template name;
    struct ml_output_root root;
    struct ml_output_options options;
    struct ml_output_plan outputs;
    struct ml_error err;
};

static const char *const jpeg[] = {"jpg", "jpeg", NULL};

static inline const char *const *extensions(void *context,
                                            const struct ml_input *input)
{
    (void)context;
    (void)input;
    return jpeg;
}

static inline void fixture_open(struct fixture *f, const char *name)
{
    memset(f, 0, sizeof *f);
    test_tree_open(&f->tree);
    ml_inputs_open(&f->inputs);
    f->walk.classifier = test_classifier();
    assert_int_equal(ML_OK, ml_name_template_parse(&f->name, name, &f->err));
    f->root.fd = -1;
    f->options = (struct ml_output_options){.inputs = &f->inputs,
                                            .name = &f->name,
                                            .root = &f->root,
                                            .extensions = extensions};
}

static inline void fixture_close(struct fixture *f)
{
    ml_output_plan_close(&f->outputs);
    ml_inputs_close(&f->inputs);
    ml_output_root_close(&f->root);
    test_tree_close(&f->tree);
}

/* Make a picture and name it as an argument. */
static inline void add(struct fixture *f, const char *relative)
{
    test_tree_text(&f->tree, relative, "ONE");
    assert_int_equal(ML_OK, ml_walk(&f->inputs, &f->walk,
                                    test_tree_path(&f->tree, relative),
                                    &f->stats, &f->err));
}

static inline void add_folder(struct fixture *f, const char *relative)
{
    assert_int_equal(ML_OK, ml_walk(&f->inputs, &f->walk,
                                    test_tree_path(&f->tree, relative),
                                    &f->stats, &f->err));
}

static inline void plan(struct fixture *f, const char *root)
{
    ml_output_plan_close(&f->outputs);
    ml_output_root_close(&f->root);
    assert_int_equal(
        ML_OK,
        ml_output_root_open(&f->root, test_tree_path(&f->tree, root), &f->err));
    assert_int_equal(ML_OK,
                     ml_output_plan_open(&f->outputs, &f->options, &f->err));
}

static inline void expect_name(struct fixture *f, size_t index,
                               const char *want)
{
    char path[ML_NAME_PATH_MAX];
    assert_int_equal(ML_OK,
                     ml_output_plan_name(&f->outputs, index, path, &f->err));
    assert_string_equal(want, path);
}

static inline void expect_action(const struct fixture *f, size_t index,
                                 enum ml_output_action action)
{
    assert_int_equal(action, ml_output_plan_action(&f->outputs, index));
}

static inline void expect_conflict(const struct fixture *f,
                                   enum ml_conflict_kind kind, size_t first,
                                   size_t second)
{
    assert_int_equal(1, f->outputs.conflicts.count);
    assert_int_equal(kind, f->outputs.conflicts.kept[0].kind);
    assert_int_equal(first, f->outputs.conflicts.kept[0].first);
    assert_int_equal(second, f->outputs.conflicts.kept[0].second);
}

/* The first conflict in words contains this. */
static inline void expect_words(const struct fixture *f, const char *words)
{
    char data[8192];
    struct ml_strbuf text;
    ml_strbuf_open(&text, data, sizeof data);
    ml_conflict_text(&f->outputs, &f->outputs.conflicts.kept[0], &text);
    if (!strstr(data, words) || strchr(data, '\n'))
        fail_msg("'%s' not in '%s'", words, data);
}

#endif
