/* test_walk.c: what a walk finds, in which order, and what it counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "files/input/walk.h"
#include "support/files/walked.h"
#include "support/rights.h"

static void walk(struct walked *f, const char *relative)
{
    const char *path = test_tree_path(&f->tree, relative);
    assert_int_equal(
        ML_OK, ml_walk(&f->inputs, &f->options, path, &f->stats, &f->err));
}

/* Clear the list and the counts for the next walk. */
static void walk_anew(struct walked *f, const char *relative)
{
    ml_inputs_close(&f->inputs);
    memset(&f->stats, 0, sizeof f->stats);
    walk(f, relative);
}

static enum ml_problem problem_at(const struct walked *f, size_t index)
{
    return (enum ml_problem)ml_inputs_at(&f->inputs, index)->problem;
}

static void order_is_natural_and_folder_by_folder(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    static const char *const made[] = {
        "p/img10.jpg", "p/b/x.jpg",  "p/img2.jpg",  "p/a10/1.jpg",
        "p/img02.jpg", "p/zz.jpg",   "p/a2/2.jpg",  "p/a2/d/3.jpg",
        "p/Z.jpg",     "p/a2/1.jpg", "p/img2a.jpg", "p/img1.jpg"};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        test_tree_text(&f.tree, made[i], "ONE");
    walk(&f, "p");
    WALKED_EXPECT(&f, "Z.jpg", "img1.jpg", "img02.jpg", "img2.jpg", "img2a.jpg",
                  "img10.jpg", "zz.jpg", "a2/1.jpg", "a2/2.jpg", "a2/d/3.jpg",
                  "a10/1.jpg", "b/x.jpg");
    walked_close(&f);
}

static void path_is_the_argument_plus_what_is_below(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    test_tree_text(&f.tree, "p/d/a.jpg", "ONE!!");
    walk(&f, "p");
    walk(&f, "p/");
    walk(&f, "p/d/a.jpg");
    WALKED_EXPECT(&f, "d/a.jpg", "d/a.jpg", "a.jpg");
    for (size_t i = 0; i < 3; i++) {
        const struct ml_input *input = ml_inputs_at(&f.inputs, i);
        char path[ML_INPUT_PATH_MAX];
        assert_int_equal(strlen(test_tree_path(&f.tree, "p/d/a.jpg")),
                         ml_input_path(&f.inputs, input, path));
        assert_string_equal(test_tree_path(&f.tree, "p/d/a.jpg"), path);
        struct stat st;
        assert_int_equal(0, stat(path, &st));
        assert_int_equal(st.st_ino, input->inode);
        assert_int_equal(st.st_dev, input->device);
        assert_int_equal(5, input->size);
        assert_int_equal(st.st_mtim.tv_sec * INT64_C(1000000000) +
                             st.st_mtim.tv_nsec,
                         input->mtime_ns);
        assert_int_equal(1, input->format);
    }
    walked_close(&f);
}

static void content_decides_and_names_are_not_lost(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    test_tree_text(&f.tree, "p/empty.jpg", "");
    test_tree_text(&f.tree, "p/notes.txt", "hello");
    test_tree_text(&f.tree, "p/photo", "TWO");
    test_tree_text(&f.tree, "p/text.jpg", "hello");
    test_tree_text(&f.tree, "p/wrong.jpg", "TWO");
    test_tree_folder(&f.tree, "p/x.png");
    walk(&f, "p");
    WALKED_EXPECT(&f, "empty.jpg", "photo", "text.jpg", "wrong.jpg", "x.png");
    static const enum ml_problem problems[] = {
        ML_PROBLEM_CONTENT, ML_PROBLEM_NONE, ML_PROBLEM_CONTENT,
        ML_PROBLEM_NONE, ML_PROBLEM_FOLDER};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(problems[i], problem_at(&f, i));
    assert_int_equal(2, ml_inputs_at(&f.inputs, 3)->format);
    assert_int_equal(1, f.stats.other_files);
    assert_int_equal(ML_ERR_FORMAT,
                     ml_input_check(ml_inputs_at(&f.inputs, 0), &f.err));
    assert_string_equal("the file is empty", f.err.why);
    assert_int_equal(ML_OK, ml_input_check(ml_inputs_at(&f.inputs, 1), &f.err));
    walked_close(&f);
}

static void folder_named_like_a_picture_with_pictures_is_a_folder(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    test_tree_text(&f.tree, "p/album.jpg/in/a.jpg", "ONE");
    walk(&f, "p");
    WALKED_EXPECT(&f, "album.jpg/in/a.jpg");
    walked_close(&f);
}

static void special_files_are_problems_and_never_opened(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    test_tree_text(&f.tree, "p/a.jpg", "ONE");
    assert_int_equal(0, mkfifo(test_tree_path(&f.tree, "p/fifo.jpg"), 0666));
    assert_int_equal(0, mkfifo(test_tree_path(&f.tree, "p/plain"), 0666));
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s",
                   test_tree_path(&f.tree, "p/s.png"));
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(0, bind(fd, (struct sockaddr *)&address, sizeof address));
    test_tree_link(&f.tree, "p/null.jpg", "/dev/null");
    walk(&f, "p");
    WALKED_EXPECT(&f, "a.jpg", "fifo.jpg", "null.jpg", "s.png");
    assert_int_equal(ML_PROBLEM_FIFO, problem_at(&f, 1));
    assert_int_equal(ML_PROBLEM_DEVICE, problem_at(&f, 2));
    assert_int_equal(ML_PROBLEM_SOCKET, problem_at(&f, 3));
    assert_int_equal(1, f.stats.other_files);
    walk(&f, "p/plain"); /* as an argument it is an input */
    assert_int_equal(ML_PROBLEM_FIFO, problem_at(&f, 4));
    assert_int_equal(0, close(fd));
    walked_close(&f);
}

static void unreadable_files_and_folders_are_problems(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    test_tree_text(&f.tree, "p/a.jpg", "ONE");
    test_tree_text(&f.tree, "p/closed/b.jpg", "ONE");
    assert_int_equal(0, chmod(test_tree_path(&f.tree, "p/a.jpg"), 0));
    assert_int_equal(0, chmod(test_tree_path(&f.tree, "p/closed"), 0));
    test_rights_drop();
    walk(&f, "p");
    test_rights_restore();
    WALKED_EXPECT(&f, "a.jpg", "closed");
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ML_PROBLEM_OS, problem_at(&f, i));
        assert_int_equal(EACCES, ml_inputs_at(&f.inputs, i)->os_errno);
    }
    assert_int_equal(0, chmod(test_tree_path(&f.tree, "p/closed"), 0700));
    walked_close(&f);
}

static void folder_too_deep_to_open_is_a_problem(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    char name[201];
    memset(name, 'd', 200);
    name[200] = '\0';
    /* 25 * 201 bytes exceed PATH_MAX; created one level at a time. */
    const int home = dup(0);
    char *before = getcwd(NULL, 0);
    test_tree_text(&f.tree, "p/a.jpg", "ONE");
    assert_int_equal(0, chdir(test_tree_path(&f.tree, "p")));
    for (int i = 0; i < 25; i++) {
        assert_int_equal(0, mkdir(name, 0777));
        assert_int_equal(0, chdir(name));
    }
    assert_int_equal(0, chdir(before));
    walk(&f, "p");
    assert_int_equal(2, f.inputs.count);
    assert_int_equal(ML_PROBLEM_OS, problem_at(&f, 1));
    assert_int_equal(ENAMETOOLONG, ml_inputs_at(&f.inputs, 1)->os_errno);
    /* Removed one level at a time, too. */
    char command[TEST_PATH_MAX];
    (void)snprintf(command, sizeof command, "rm -rf '%s'",
                   test_tree_path(&f.tree, "p"));
    assert_int_equal(0, system(command));
    assert_int_equal(0, close(home));
    free(before);
    walked_close(&f);
}

static void hidden_things_are_left_out_unless_asked_for(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    test_tree_text(&f.tree, "p/.a.jpg", "ONE");
    test_tree_text(&f.tree, "p/.d/b.jpg", "ONE");
    test_tree_text(&f.tree, "p/c.jpg", "ONE");
    test_tree_text(&f.tree, "p/.minilab-0123-7.tmp", "ONE");
    walk(&f, "p");
    WALKED_EXPECT(&f, "c.jpg");
    assert_int_equal(3, f.stats.hidden);
    f.options.hidden = true;
    walk_anew(&f, "p");
    WALKED_EXPECT(&f, ".a.jpg", "c.jpg", ".d/b.jpg");
    assert_int_equal(1, f.stats.outputs);
    f.options.hidden = false;
    walk_anew(&f, "p/.d"); /* an argument is always walked */
    WALKED_EXPECT(&f, "b.jpg");
    walked_close(&f);
}

static void depth_counts_from_the_argument(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    test_tree_text(&f.tree, "p/1.jpg", "ONE");
    test_tree_text(&f.tree, "p/d/2.jpg", "ONE");
    test_tree_text(&f.tree, "p/d/e/3.jpg", "ONE");
    f.options.depth = 1;
    walk(&f, "p");
    WALKED_EXPECT(&f, "1.jpg");
    assert_int_equal(1, f.stats.deeper);
    f.options.depth = 2;
    walk_anew(&f, "p");
    WALKED_EXPECT(&f, "1.jpg", "d/2.jpg");
    walked_close(&f);
}

static void globs_choose_by_path_and_by_name(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    static const char *const made[] = {"p/a.jpg", "p/b.png", "p/raw/c.jpg",
                                       "p/x/raw/d.jpg", "p/x/e.jpg"};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        test_tree_text(&f.tree, made[i], "ONE");
    static const char *const jpg[] = {"*.jpg"}, *const raw[] = {"raw/"},
                             *const below_x[] = {"x/**", "b.*"};
    f.options.include = (struct ml_globs){jpg, 1};
    walk(&f, "p");
    WALKED_EXPECT(&f, "a.jpg", "raw/c.jpg", "x/e.jpg", "x/raw/d.jpg");
    assert_int_equal(1, f.stats.excluded);
    f.options.exclude = (struct ml_globs){raw, 1};
    walk_anew(&f, "p");
    WALKED_EXPECT(&f, "a.jpg", "x/e.jpg");
    f.options.include = (struct ml_globs){below_x, 2};
    walk_anew(&f, "p");
    WALKED_EXPECT(&f, "b.png", "x/e.jpg");
    f.options.exclude = (struct ml_globs){jpg, 1};
    walk_anew(&f, "p/a.jpg"); /* an argument is not filtered */
    WALKED_EXPECT(&f, "a.jpg");
    walked_close(&f);
}

static void links_to_files_are_taken_to_folders_only_with_follow(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    test_tree_text(&f.tree, "far/d/a.jpg", "ONE");
    test_tree_link(&f.tree, "p/file", "../far/d/a.jpg");
    test_tree_link(&f.tree, "p/folder", "../far");
    test_tree_link(&f.tree, "p/gone.jpg", "nowhere");
    test_tree_link(&f.tree, "p/gone", "nowhere");
    test_tree_link(&f.tree, "q", "p");
    walk(&f, "p");
    WALKED_EXPECT(&f, "file", "gone.jpg");
    assert_int_equal(ENOENT, ml_inputs_at(&f.inputs, 1)->os_errno);
    assert_int_equal(1, f.stats.links);
    assert_int_equal(1, f.stats.other_files);
    f.options.follow = true;
    walk_anew(&f, "p");
    WALKED_EXPECT(&f, "file", "gone.jpg", "folder/d/a.jpg");
    f.options.follow = false;
    walk_anew(&f, "q"); /* the argument itself may be a link */
    WALKED_EXPECT(&f, "file", "gone.jpg");
    walked_close(&f);
}

static void loops_are_cut(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    test_tree_text(&f.tree, "p/a/1.jpg", "ONE");
    test_tree_link(&f.tree, "p/a/up", "../..");
    test_tree_link(&f.tree, "p/a/self.jpg", ".");
    test_tree_link(&f.tree, "p/again", "a");
    test_tree_link(&f.tree, "p/round.jpg", "round.jpg");
    f.options.follow = true;
    walk(&f, "p");
    WALKED_EXPECT(&f, "round.jpg", "a/1.jpg");
    assert_int_equal(ELOOP, ml_inputs_at(&f.inputs, 0)->os_errno);
    assert_true(f.stats.loops >= 3);
    walked_close(&f);
}

static void same_argument_twice_is_kept_twice(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    test_tree_text(&f.tree, "p/a.jpg", "ONE");
    walk(&f, "p");
    walk(&f, "p");
    WALKED_EXPECT(&f, "a.jpg", "a.jpg");
    walked_close(&f);
}

static void output_root_below_the_argument_is_left_out(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    test_tree_text(&f.tree, "p/a.jpg", "ONE");
    test_tree_text(&f.tree, "p/web/a.jpg", "ONE");
    struct stat st;
    assert_int_equal(0, stat(test_tree_path(&f.tree, "p/web"), &st));
    f.options.skip_device = st.st_dev;
    f.options.skip_inode = st.st_ino;
    walk(&f, "p");
    WALKED_EXPECT(&f, "a.jpg");
    assert_int_equal(1, f.stats.outputs);
    walk_anew(&f, "p/web"); /* an argument is always walked */
    WALKED_EXPECT(&f, "a.jpg");
    walked_close(&f);
}

static void names_are_bytes(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    char longest[256];
    memset(longest, 'x', 251);
    memcpy(longest + 251, ".jpg", 5);
    const char *const names[] = {" a b .jpg", "-rf.jpg", "line\nbreak.jpg",
                                 longest, "\xff\xfe.jpg"};
    for (size_t i = 0; i < 5; i++) {
        char relative[512];
        (void)snprintf(relative, sizeof relative, "p/%s", names[i]);
        test_tree_text(&f.tree, relative, "ONE");
    }
    walk(&f, "p");
    WALKED_EXPECT(&f, names[0], names[1], names[2], names[3], names[4]);
    walked_close(&f);
}

static void missing_argument_is_an_input_with_a_problem(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    walk(&f, "nowhere.jpg");
    assert_int_equal(ML_OK,
                     ml_walk(&f.inputs, &f.options, "", &f.stats, &f.err));
    assert_int_equal(2, f.inputs.count);
    assert_int_equal(ML_ERR_OS,
                     ml_input_check(ml_inputs_at(&f.inputs, 0), &f.err));
    assert_int_equal(ENOENT, f.err.os_errno);
    assert_int_equal(ML_STEP_READ, f.err.step);
    walked_close(&f);
}

static void too_long_argument_is_a_usage_error(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    static char path[ML_INPUT_PATH_MAX + 1];
    memset(path, 'a', sizeof path - 1);
    assert_int_equal(ML_ERR_USAGE,
                     ml_walk(&f.inputs, &f.options, path, &f.stats, &f.err));
    walked_close(&f);
}

static void standard_input_may_be_named_once(void **state)
{
    (void)state;
    struct walked f;
    walked_open(&f);
    assert_int_equal(ML_OK,
                     ml_walk(&f.inputs, &f.options, "-", &f.stats, &f.err));
    assert_true(ml_inputs_at(&f.inputs, 0)->standard_input);
    walked_expect_at(&f, 0, "stdin");
    assert_int_equal(ML_ERR_USAGE,
                     ml_walk(&f.inputs, &f.options, "-", &f.stats, &f.err));
    walked_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_natural_and_folder_by_folder),
        cmocka_unit_test(path_is_the_argument_plus_what_is_below),
        cmocka_unit_test(content_decides_and_names_are_not_lost),
        cmocka_unit_test(folder_named_like_a_picture_with_pictures_is_a_folder),
        cmocka_unit_test(special_files_are_problems_and_never_opened),
        cmocka_unit_test(unreadable_files_and_folders_are_problems),
        cmocka_unit_test(folder_too_deep_to_open_is_a_problem),
        cmocka_unit_test(hidden_things_are_left_out_unless_asked_for),
        cmocka_unit_test(depth_counts_from_the_argument),
        cmocka_unit_test(globs_choose_by_path_and_by_name),
        cmocka_unit_test(links_to_files_are_taken_to_folders_only_with_follow),
        cmocka_unit_test(loops_are_cut),
        cmocka_unit_test(same_argument_twice_is_kept_twice),
        cmocka_unit_test(output_root_below_the_argument_is_left_out),
        cmocka_unit_test(names_are_bytes),
        cmocka_unit_test(missing_argument_is_an_input_with_a_problem),
        cmocka_unit_test(too_long_argument_is_a_usage_error),
        cmocka_unit_test(standard_input_may_be_named_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
