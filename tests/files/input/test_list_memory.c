/* test_list_memory.c: the cost of a long list, in bytes and in time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "files/output/output_plan.h"

struct fixture {
    struct ml_inputs inputs;
    struct ml_name_template name;
    struct ml_output_root root;
    struct ml_output_options options;
    struct ml_output_plan outputs;
    struct ml_error err;
};

static const char *const *extensions(void *context,
                                     const struct ml_input *input)
{
    static const char *const jpeg[] = {"jpg", "jpeg", NULL};
    (void)context;
    (void)input;
    return jpeg;
}

static void fixture_open(struct fixture *f, const char *name,
                         enum ml_on_collision on_collision)
{
    memset(f, 0, sizeof *f);
    ml_inputs_open(&f->inputs);
    assert_int_equal(ML_OK, ml_name_template_parse(&f->name, name, &f->err));
    assert_int_equal(ML_OK,
                     ml_output_root_open(&f->root, "/nowhere/out", &f->err));
    f->options = (struct ml_output_options){.inputs = &f->inputs,
                                            .name = &f->name,
                                            .root = &f->root,
                                            .extensions = extensions,
                                            .on_collision = on_collision};
}

static void fixture_close(struct fixture *f)
{
    ml_output_plan_close(&f->outputs);
    ml_inputs_close(&f->inputs);
    ml_output_root_close(&f->root);
}

static void plan(struct fixture *f)
{
    assert_int_equal(ML_OK,
                     ml_output_plan_open(&f->outputs, &f->options, &f->err));
}

static void expect_name(struct fixture *f, size_t index, const char *want)
{
    char path[ML_NAME_PATH_MAX];
    assert_int_equal(ML_OK,
                     ml_output_plan_name(&f->outputs, index, path, &f->err));
    assert_string_equal(want, path);
}

#define MANY ((size_t)20000)

/* Entries as a walk would add them, `per_folder` files to a folder; returns the
 * bytes of all their paths. */
static size_t add_synthetic(struct fixture *f, size_t per_folder)
{
    size_t path_bytes = 0;
    for (size_t i = 0; i < MANY; i++) {
        char path[ML_INPUT_PATH_MAX];
        if (i % per_folder == 0) {
            const int n = snprintf(path, sizeof path, "photos/f%zu", i);
            const struct ml_folder folder = {
                .path = path, .path_length = (uint16_t)n, .relative_offset = 7};
            assert_int_equal(
                ML_OK, ml_inputs_add_folder(&f->inputs, &folder, &f->err));
        }
        const int n = snprintf(path, sizeof path, "IMG_%05zu.jpg", i);
        const struct ml_input input = {
            .name = path,
            .name_length = (uint16_t)n,
            .device = 1,
            .inode = i + 1,
            .format = 1,
            .folder = (uint32_t)(f->inputs.folder_count - 1)};
        assert_int_equal(ML_OK, ml_inputs_add(&f->inputs, &input, &f->err));
        path_bytes += ml_input_path(
            &f->inputs, ml_inputs_at(&f->inputs, f->inputs.count - 1), path);
    }
    return path_bytes;
}

static void measure_memory(size_t per_folder, size_t limit_bytes)
{
    struct fixture f;
    fixture_open(&f, ML_NAME_DEFAULT, ML_COLLISION_ERROR);
    const size_t path_bytes = add_synthetic(&f, per_folder);
    plan(&f);
    assert_int_equal(0, f.outputs.conflicts.count);
    const size_t beyond = f.inputs.allocated_bytes > path_bytes
                              ? f.inputs.allocated_bytes - path_bytes
                              : 0;
    print_message("%zu files a folder: list %zu + plan %zu bytes a file "
                  "beyond its path\n",
                  per_folder, beyond / MANY, f.outputs.peak_bytes / MANY);
    assert_in_range(f.outputs.peak_bytes / MANY, 1, 16);
    assert_in_range((beyond + f.outputs.peak_bytes) / MANY, 1, limit_bytes);
    fixture_close(&f);
}

static void memory_is_at_most_200_bytes_a_file(void **state)
{
    (void)state;
    measure_memory(1000, 80);
    measure_memory(1, 120); /* every file in a folder of its own */
}

static void many_equal_names_get_suffixes_in_linear_time(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "same.{ext}", ML_COLLISION_SUFFIX);
    (void)add_synthetic(&f, 1000);
    plan(&f);
    expect_name(&f, 0, "same.jpg");
    expect_name(&f, 1, "same-2.jpg");
    expect_name(&f, MANY - 1, "same-20000.jpg");
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_at_most_200_bytes_a_file),
        cmocka_unit_test(many_equal_names_get_suffixes_in_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
