/* test_output_plan.c: which input is written where, and all conflicts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/files/output_plan.h"

static void tree_is_mirrored(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, ML_NAME_DEFAULT);
    test_tree_text(&f.tree, "p/2024/a.jpg", "ONE");
    test_tree_text(&f.tree, "p/b.png", "ONE");
    test_tree_text(&f.tree, "p/bad.jpg", "text");
    add_folder(&f, "p");
    add(&f, "q/c.JPEG");
    plan(&f, "out/new");
    assert_int_equal(0, f.outputs.conflicts.count);
    expect_name(&f, 0, "b.jpg");
    expect_action(&f, 1, ML_OUTPUT_NONE);
    expect_name(&f, 2, "2024/a.jpg");
    expect_name(&f, 3, "c.JPEG");
    expect_action(&f, 3, ML_OUTPUT_WRITE);
    assert_false(test_tree_exists(&f.tree, "out"));
    fixture_close(&f);
}

static void two_inputs_with_one_output_are_a_conflict(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, ML_NAME_DEFAULT);
    add(&f, "p/a\n.jpg");
    add(&f, "p/b.jpg");
    add(&f, "q/a\n.jpg");
    plan(&f, "out");
    expect_conflict(&f, ML_CONFLICT_COLLISION, 0, 2);
    expect_words(&f, "q/a\\n.jpg: plan: its output is that of another input");
    expect_words(&f, "out/a\\n.jpg and that of ");
    expect_words(&f, "--on-collision");
    f.options.on_collision = ML_COLLISION_SKIP;
    plan(&f, "out");
    assert_int_equal(0, f.outputs.conflicts.count);
    expect_action(&f, 0, ML_OUTPUT_WRITE);
    expect_action(&f, 2, ML_OUTPUT_SKIP_COLLISION);
    assert_int_equal(1, f.outputs.skip_collision_count);
    fixture_close(&f);
}

static void same_file_given_twice_is_said(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, ML_NAME_DEFAULT);
    add(&f, "p/a.jpg");
    add(&f, "p/a.jpg");
    plan(&f, "out");
    expect_words(&f, "the same file is given twice");
    fixture_close(&f);
}

static void suffixes_take_no_other_name(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, ML_NAME_DEFAULT);
    f.options.on_collision = ML_COLLISION_SUFFIX;
    add(&f, "1/a.jpg");
    add(&f, "2/a.jpg");
    add(&f, "3/a.jpg");
    add(&f, "4/a-2.jpg"); /* a natural name wins, even a later one */
    add(&f, "5/a-2.jpg");
    add(&f, "6/a.jpg");
    add(&f, "7/b");
    add(&f, "8/b");
    plan(&f, "out");
    assert_int_equal(0, f.outputs.conflicts.count);
    assert_int_equal(0, f.outputs.skip_collision_count);
    static const char *const want[] = {"a.jpg",   "a-3.jpg",   "a-4.jpg",
                                       "a-2.jpg", "a-2-2.jpg", "a-5.jpg",
                                       "b.jpg",   "b-2.jpg"};
    for (size_t i = 0; i < 8; i++) {
        expect_name(&f, i, want[i]);
        expect_action(&f, i, ML_OUTPUT_WRITE);
    }
    fixture_close(&f);
}

static void case_counts_unless_the_target_folds_it(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, ML_NAME_DEFAULT);
    add(&f, "1/a.jpg");
    add(&f, "2/A.JPG");
    plan(&f, "out");
    assert_false(f.root.folds_case);
    assert_int_equal(0, f.outputs.conflicts.count);
    assert_int_equal(1, f.outputs.warnings.count);
    assert_int_equal(ML_CONFLICT_CASE, f.outputs.warnings.kept[0].kind);
    ml_output_plan_close(&f.outputs);
    f.root.folds_case = true;
    assert_int_equal(ML_OK,
                     ml_output_plan_open(&f.outputs, &f.options, &f.err));
    expect_conflict(&f, ML_CONFLICT_COLLISION, 0, 1);
    fixture_close(&f);
}

static void output_that_is_its_input_is_a_conflict(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, ML_NAME_DEFAULT);
    f.options.existing = ML_EXISTING_OVERWRITE;
    add(&f, "p/a.jpg");
    plan(&f, "p");
    expect_conflict(&f, ML_CONFLICT_INPUT, 0, 0);
    expect_words(&f, "is the input itself");
    fixture_close(&f);
}

static void
output_that_is_another_input_through_links_is_a_conflict(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, ML_NAME_DEFAULT);
    f.options.existing = ML_EXISTING_OVERWRITE;
    add(&f, "p/a.jpg");
    add(&f, "p/b.jpg");
    test_tree_link(&f.tree, "out/a.jpg", "../p/b.jpg");
    plan(&f, "out");
    expect_conflict(&f, ML_CONFLICT_INPUT, 1, 0);
    assert_int_equal(0, unlink(test_tree_path(&f.tree, "out/a.jpg")));
    assert_int_equal(0, link(test_tree_path(&f.tree, "p/a.jpg"),
                             test_tree_path(&f.tree, "out/b.jpg")));
    plan(&f, "out");
    expect_conflict(&f, ML_CONFLICT_INPUT, 0, 1);
    expect_words(&f, "p/b.jpg: plan: its output is an input: ");
    fixture_close(&f);
}

static void set_time(struct fixture *f, const char *relative, time_t seconds)
{
    const struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
    assert_int_equal(
        0, utimensat(-1, test_tree_path(&f->tree, relative), times, 0));
}

static void existing_outputs_follow_the_policy(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, ML_NAME_DEFAULT);
    test_tree_text(&f.tree, "p/old.jpg", "ONE");
    test_tree_text(&f.tree, "p/new.jpg", "ONE");
    test_tree_text(&f.tree, "out/old.jpg", "x");
    test_tree_text(&f.tree, "out/new.jpg", "x");
    set_time(&f, "p/old.jpg", 1000);
    set_time(&f, "out/old.jpg", 1000);
    set_time(&f, "p/new.jpg", 2000);
    set_time(&f, "out/new.jpg", 1999);
    add_folder(&f, "p"); /* new, old */
    plan(&f, "out");
    assert_int_equal(2, f.outputs.conflicts.count);
    assert_int_equal(ML_CONFLICT_EXISTS, f.outputs.conflicts.kept[0].kind);
    expect_words(&f, "--existing skip");
    f.options.existing = ML_EXISTING_SKIP;
    plan(&f, "out");
    assert_int_equal(0, f.outputs.conflicts.count);
    assert_int_equal(2, f.outputs.skip_exists_count);
    expect_action(&f, 0, ML_OUTPUT_SKIP_EXISTS);
    f.options.existing = ML_EXISTING_OVERWRITE;
    plan(&f, "out");
    assert_int_equal(0, f.outputs.conflicts.count);
    expect_action(&f, 0, ML_OUTPUT_WRITE);
    expect_action(&f, 1, ML_OUTPUT_WRITE);
    f.options.existing = ML_EXISTING_NEWER;
    plan(&f, "out");
    expect_action(&f, 0, ML_OUTPUT_WRITE);
    expect_action(&f, 1, ML_OUTPUT_SKIP_EXISTS);
    fixture_close(&f);
}

static void link_to_nowhere_exists_too(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, ML_NAME_DEFAULT);
    add(&f, "p/a.jpg");
    test_tree_link(&f.tree, "out/a.jpg", "nowhere");
    plan(&f, "out");
    expect_conflict(&f, ML_CONFLICT_EXISTS, SIZE_MAX, 0);
    fixture_close(&f);
}

static void folders_and_files_in_each_others_place_are_conflicts(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, ML_NAME_DEFAULT);
    f.options.existing = ML_EXISTING_OVERWRITE;
    test_tree_text(&f.tree, "p/x.jpg/in/b.jpg", "ONE");
    add(&f, "q/x.png"); /* becomes x.jpg */
    add_folder(&f, "p");
    plan(&f, "out");
    expect_conflict(&f, ML_CONFLICT_FOLDER, 0, 1);
    test_tree_text(&f.tree, "disk/x.jpg", "x");
    ml_inputs_close(&f.inputs);
    add_folder(&f, "p");
    plan(&f, "disk"); /* a file where a folder is needed */
    expect_conflict(&f, ML_CONFLICT_DISK, SIZE_MAX, 0);
    ml_inputs_close(&f.inputs);
    add(&f, "q/x.png");
    plan(&f, "p"); /* a folder where the output is to be */
    expect_conflict(&f, ML_CONFLICT_DISK, SIZE_MAX, 0);
    fixture_close(&f);
}

static void bad_name_of_one_input_is_a_conflict(void **state)
{
    (void)state;
    struct fixture f;
    char longest[300] = "p/";
    fixture_open(&f, "{stem}-{n}.{ext}");
    memset(longest + 2, 'x', 251);
    memcpy(longest + 253, ".jpg", 5);
    add(&f, longest);
    add(&f, "p/a.jpg");
    plan(&f, "out");
    expect_conflict(&f, ML_CONFLICT_NAME, SIZE_MAX, 0);
    expect_words(&f, "255 bytes");
    expect_action(&f, 0, ML_OUTPUT_NONE);
    expect_name(&f, 1, "a-2.jpg");
    fixture_close(&f);
}

static void all_conflicts_are_counted_and_ten_kept(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "same.{ext}");
    for (int i = 0; i < 30; i++) {
        char relative[32];
        (void)snprintf(relative, sizeof relative, "p/%d.jpg", i);
        add(&f, relative);
    }
    plan(&f, "out");
    assert_int_equal(29, f.outputs.conflicts.count);
    assert_int_equal(10, f.outputs.conflicts.kept[9].second);
    fixture_close(&f);
}

/* ---- deferred names ---- */

static enum ml_status claim(struct fixture *f, size_t index, uint32_t width,
                            const char *want, enum ml_output_action action)
{
    const struct ml_deferred_name deferred = {
        .width = width, .height = 1, .hash = 2};
    char path[ML_NAME_PATH_MAX];
    enum ml_output_action got;
    const enum ml_status status = ml_output_plan_claim(
        &f->outputs, index, &deferred, path, &got, &f->err);
    assert_int_equal(status == ML_OK ? action : ML_OUTPUT_NONE, got);
    if (status == ML_OK)
        assert_string_equal(want, path);
    else
        assert_int_equal(ML_STEP_WRITE, f->err.step);
    return status;
}

static void late_fixture_open(struct fixture *f)
{
    fixture_open(f, "{w}.{ext}");
    for (int i = 0; i < 5; i++) {
        char relative[32];
        (void)snprintf(relative, sizeof relative, "p/%d.jpg", i);
        add(f, relative);
    }
    test_tree_text(&f->tree, "out/9.jpg", "x");
    test_tree_folder(&f->tree, "out/8.jpg");
    test_tree_link(&f->tree, "out/7.jpg", "../p/3.jpg");
}

static void late_names_are_claimed_in_order(void **state)
{
    (void)state;
    struct fixture f;
    late_fixture_open(&f);
    plan(&f, "out");
    assert_int_equal(0, f.outputs.conflicts.count);
    assert_int_equal(ML_OK, claim(&f, 0, 1, "1.jpg", ML_OUTPUT_WRITE));
    assert_int_equal(ML_ERR_EXISTS, claim(&f, 1, 1, "", ML_OUTPUT_NONE));
    assert_non_null(strstr(f.err.why, "p/0.jpg"));
    assert_int_equal(ML_ERR_EXISTS, claim(&f, 2, 9, "", ML_OUTPUT_NONE));
    assert_int_equal(ML_ERR_EXISTS, claim(&f, 3, 8, "", ML_OUTPUT_NONE));
    assert_int_equal(ML_ERR_EXISTS, claim(&f, 4, 7, "", ML_OUTPUT_NONE));
    assert_string_equal("the output is an input", f.err.what);
    fixture_close(&f);
}

static void late_names_follow_the_policies(void **state)
{
    (void)state;
    struct fixture f;
    late_fixture_open(&f);
    f.options.on_collision = ML_COLLISION_SUFFIX;
    f.options.existing = ML_EXISTING_SKIP;
    plan(&f, "out");
    assert_int_equal(ML_OK, claim(&f, 0, 1, "1.jpg", ML_OUTPUT_WRITE));
    assert_int_equal(ML_OK, claim(&f, 1, 1, "1-2.jpg", ML_OUTPUT_WRITE));
    assert_int_equal(ML_OK, claim(&f, 3, 1, "1-3.jpg", ML_OUTPUT_WRITE));
    expect_name(&f, 1, "1-2.jpg");
    expect_name(&f, 0, "1.jpg");
    assert_int_equal(ML_OK, claim(&f, 4, 9, "9.jpg", ML_OUTPUT_SKIP_EXISTS));
    assert_int_equal(1, f.outputs.skip_exists_count);
    f.options.on_collision = ML_COLLISION_SKIP;
    plan(&f, "out");
    assert_int_equal(ML_OK, claim(&f, 0, 1, "1.jpg", ML_OUTPUT_WRITE));
    assert_int_equal(ML_OK, claim(&f, 1, 1, "1.jpg", ML_OUTPUT_SKIP_COLLISION));
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree_is_mirrored),
        cmocka_unit_test(two_inputs_with_one_output_are_a_conflict),
        cmocka_unit_test(same_file_given_twice_is_said),
        cmocka_unit_test(suffixes_take_no_other_name),
        cmocka_unit_test(case_counts_unless_the_target_folds_it),
        cmocka_unit_test(output_that_is_its_input_is_a_conflict),
        cmocka_unit_test(
            output_that_is_another_input_through_links_is_a_conflict),
        cmocka_unit_test(existing_outputs_follow_the_policy),
        cmocka_unit_test(link_to_nowhere_exists_too),
        cmocka_unit_test(folders_and_files_in_each_others_place_are_conflicts),
        cmocka_unit_test(bad_name_of_one_input_is_a_conflict),
        cmocka_unit_test(all_conflicts_are_counted_and_ten_kept),
        cmocka_unit_test(late_names_are_claimed_in_order),
        cmocka_unit_test(late_names_follow_the_policies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
