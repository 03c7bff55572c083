/* test_old_kernels.c: writing where openat2, RENAME_NOREPLACE or hard links are
 * missing, as on old kernels, in some containers and on network file systems.
 *
 * A child process blocks those system calls with a seccomp filter and then
 * writes as usual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/output/atomic_write.h"
#include "support/files/tree.h"
#include "support/skip.h"

#define EXIT_NO_FILTER 77
#define FAIL_WITH(error) (SECCOMP_RET_ERRNO | (error))

/* If the call is `number`, return `error`; else go on.  renameat2 only counts
 * with flags: without flags, some C libraries use it for rename. */
#define FORBID(number, error)                                                  \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                       \
        BPF_STMT(BPF_RET | BPF_K, FAIL_WITH(error))

static bool forbid(bool links_too)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        FORBID(SYS_openat2, ENOSYS),
        FORBID(links_too ? SYS_linkat : -1U, EPERM),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 offsetof(struct seccomp_data, args[4])),
        FORBID(RENAME_NOREPLACE, EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof code / sizeof *code,
                                       .filter = code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* In the child: 0, or the number of the check that failed. */
static int write_without(const char *path, bool links_too)
{
    struct ml_output_root root;
    struct ml_temps temps;
    struct ml_writer writer;
    struct ml_error err;
    struct ml_write_options options = {.replace = false};
    if (!forbid(links_too))
        return EXIT_NO_FILTER;
    if (ml_output_root_open(&root, path, &err) != ML_OK || root.beneath ||
        ml_temps_open(&temps, &err) != ML_OK)
        return 1;
    ml_writer_open(&writer, &root, &temps);
    if (ml_write_file(&writer, "d/e/a.jpg", "one", 3, &options, &err) != ML_OK)
        return 2;
    if (ml_write_file(&writer, "d/e/a.jpg", "two", 3, &options, &err) !=
        ML_ERR_EXISTS)
        return 3;
    if (ml_write_file(&writer, "link/a.jpg", "x", 1, &options, &err) !=
        ML_ERR_OS)
        return 4;
    options.replace = true;
    if (ml_write_file(&writer, "b.jpg", "old", 3, &options, &err) != ML_OK ||
        ml_write_file(&writer, "b.jpg", "new", 3, &options, &err) != ML_OK)
        return 5;
    ml_writer_close(&writer);
    ml_temps_close(&temps);
    ml_output_root_close(&root);
    return 0;
}

static void check_without(bool links_too)
{
    struct test_tree tree;
    test_tree_open(&tree);
    test_tree_folder(&tree, "out");
    test_tree_folder(&tree, "far");
    test_tree_link(&tree, "out/link", "../far");
    const char *path = test_tree_path(&tree, "out");
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(write_without(path, links_too));
    int status = 0;
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == EXIT_NO_FILTER) {
        test_tree_close(&tree);
        ml_test_skip("this system takes no seccomp filter");
    }
    assert_int_equal(0, WEXITSTATUS(status));
    test_tree_expect(&tree, "out/d/e/a.jpg", "one");
    test_tree_expect(&tree, "out/b.jpg", "new");
    assert_int_equal(1, test_tree_count(&tree, "out/d/e"));
    assert_int_equal(3, test_tree_count(&tree, "out"));
    assert_int_equal(0, test_tree_count(&tree, "far"));
    test_tree_close(&tree);
}

static void files_are_written_without_openat2_and_noreplace(void **state)
{
    (void)state;
    check_without(false);
}

static void files_are_written_without_hard_links_too(void **state)
{
    (void)state;
    check_without(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_written_without_openat2_and_noreplace),
        cmocka_unit_test(files_are_written_without_hard_links_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
