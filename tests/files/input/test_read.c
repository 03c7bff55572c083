/* test_read.c: reading whole files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "files/input/read.h"
#include "support/files/tree.h"
#include "support/rights.h"

#define LIMIT UINT64_C(100)

static void file_is_read_in_two_steps(void **state)
{
    (void)state;
    struct test_tree tree;
    struct ml_file file;
    struct ml_error err;
    char data[16] = "................";
    test_tree_open(&tree);
    test_tree_text(&tree, "-a b\n\xff", "hello");
    assert_int_equal(
        ML_OK,
        ml_file_open(&file, test_tree_path(&tree, "-a b\n\xff"), 5, &err));
    assert_int_equal(5, file.size);
    assert_true(S_ISREG(file.stat.st_mode));
    assert_int_equal(ML_OK, ml_file_read(&file, data, &err));
    assert_memory_equal("hello.", data, 6);
    ml_file_close(&file);
    assert_int_equal(-1, file.fd);
    test_tree_text(&tree, "empty", "");
    assert_int_equal(
        ML_OK, ml_file_open(&file, test_tree_path(&tree, "empty"), 0, &err));
    assert_int_equal(ML_OK, ml_file_read(&file, data, &err));
    ml_file_close(&file);
    test_tree_close(&tree);
}

static void large_file_names_the_limit(void **state)
{
    (void)state;
    struct test_tree tree;
    struct ml_file file;
    struct ml_error err;
    test_tree_open(&tree);
    test_tree_text(&tree, "a", "hello");
    assert_int_equal(ML_ERR_LIMIT,
                     ml_file_open(&file, test_tree_path(&tree, "a"), 4, &err));
    assert_non_null(strstr(err.remedy, "--limit-file"));
    assert_int_equal(ML_STEP_READ, err.step);
    assert_int_equal(-1, file.fd);
    test_tree_close(&tree);
}

static void expect_refused(struct test_tree *tree, const char *relative,
                           const char *said)
{
    struct ml_file file;
    struct ml_error err;
    assert_int_equal(
        ML_ERR_FORMAT,
        ml_file_open(&file, test_tree_path(tree, relative), LIMIT, &err));
    assert_non_null(strstr(err.why, said));
    assert_int_equal(-1, file.fd);
}

static void only_regular_files_are_read(void **state)
{
    (void)state;
    struct test_tree tree;
    test_tree_open(&tree);
    test_tree_folder(&tree, "folder.jpg");
    assert_int_equal(0, mkfifo(test_tree_path(&tree, "fifo"), 0666));
    test_tree_link(&tree, "null", "/dev/null");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s",
                   test_tree_path(&tree, "socket"));
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(0, bind(fd, (struct sockaddr *)&address, sizeof address));
    expect_refused(&tree, "folder.jpg", "folder");
    expect_refused(&tree, "fifo", "FIFO");
    expect_refused(&tree, "null", "device");
    expect_refused(&tree, "socket", "socket");
    assert_int_equal(0, close(fd));
    test_tree_close(&tree);
}

static void a_missing_file_is_an_error(void **state)
{
    (void)state;
    struct test_tree tree;
    struct ml_file file;
    struct ml_error err;
    test_tree_open(&tree);
    assert_int_equal(
        ML_ERR_OS,
        ml_file_open(&file, test_tree_path(&tree, "gone"), LIMIT, &err));
    assert_int_equal(ENOENT, err.os_errno);
    test_tree_close(&tree);
}

static void a_forbidden_file_is_an_error(void **state)
{
    (void)state;
    struct test_tree tree;
    struct ml_file file;
    struct ml_error err;
    test_tree_open(&tree);
    test_tree_text(&tree, "shut", "x");
    assert_int_equal(0, chmod(test_tree_path(&tree, "shut"), 0));
    test_rights_drop();
    assert_int_equal(
        ML_ERR_OS,
        ml_file_open(&file, test_tree_path(&tree, "shut"), LIMIT, &err));
    test_rights_restore();
    assert_int_equal(EACCES, err.os_errno);
    test_tree_close(&tree);
}

static void expect_changed(struct test_tree *tree, struct ml_file *file)
{
    struct ml_error err;
    char data[16];
    assert_int_equal(ML_ERR_OS, ml_file_read(file, data, &err));
    assert_string_equal("changed while it was read", err.what);
    ml_file_close(file);
    test_tree_text(tree, "a", "hello");
}

static void changed_file_is_refused(void **state)
{
    (void)state;
    struct test_tree tree;
    struct ml_file file;
    struct ml_error err;
    test_tree_open(&tree);
    test_tree_text(&tree, "a", "hello");
    const char *path = test_tree_path(&tree, "a");
    assert_int_equal(ML_OK, ml_file_open(&file, path, LIMIT, &err));
    assert_int_equal(0, truncate(path, 3)); /* shorter */
    expect_changed(&tree, &file);
    path = test_tree_path(&tree, "a");
    assert_int_equal(ML_OK, ml_file_open(&file, path, LIMIT, &err));
    test_tree_text(&tree, "a", "hello, world"); /* longer */
    expect_changed(&tree, &file);
    path = test_tree_path(&tree, "a");
    assert_int_equal(ML_OK, ml_file_open(&file, path, LIMIT, &err));
    const struct timespec times[2] = {{5, 5}, {5, 5}}; /* as long, but newer */
    assert_int_equal(0, utimensat(AT_FDCWD, path, times, 0));
    expect_changed(&tree, &file);
    test_tree_close(&tree);
}

static void vanished_file_is_still_read(void **state)
{
    (void)state;
    struct test_tree tree;
    struct ml_file file;
    struct ml_error err;
    char data[8];
    test_tree_open(&tree);
    test_tree_text(&tree, "a", "hello");
    const char *path = test_tree_path(&tree, "a");
    assert_int_equal(ML_OK, ml_file_open(&file, path, LIMIT, &err));
    assert_int_equal(0, unlink(path));
    assert_int_equal(ML_OK, ml_file_read(&file, data, &err));
    assert_memory_equal("hello", data, 5);
    ml_file_close(&file);
    test_tree_close(&tree);
}

struct feeder {
    int fd;
    size_t size;
};

static void *feed(void *context)
{
    const struct feeder *feeder = context;
    for (size_t i = 0; i < feeder->size; i++) {
        const char byte = (char)('a' + i % 26);
        if (write(feeder->fd, &byte, 1) != 1)
            break;
    }
    (void)close(feeder->fd);
    return NULL;
}

/* Read a pipe that is fed one byte at a time. */
static enum ml_status read_fed(size_t fed, char *data, size_t capacity,
                               size_t *size_out, struct ml_error *err)
{
    int ends[2];
    pthread_t thread;
    assert_int_equal(0, pipe2(ends, O_CLOEXEC));
    assert_int_equal(0, fcntl(ends[0], F_SETFL, O_NONBLOCK));
    struct feeder feeder = {ends[1], fed};
    assert_int_equal(0, pthread_create(&thread, NULL, feed, &feeder));
    const enum ml_status status =
        ml_read_stream(ends[0], data, capacity, size_out, err);
    assert_int_equal(0, pthread_join(thread, NULL));
    assert_int_equal(0, close(ends[0]));
    return status;
}

static void stream_is_read_to_its_end(void **state)
{
    (void)state;
    char data[1000];
    size_t size = 0;
    struct ml_error err;
    assert_int_equal(ML_OK, read_fed(999, data, 1000, &size, &err));
    assert_int_equal(999, size);
    assert_int_equal('a' + 998 % 26, data[998]);
    assert_int_equal(ML_OK, read_fed(1000, data, 1000, &size, &err));
    assert_int_equal(1000, size);
    assert_int_equal(ML_OK, read_fed(0, data, 1000, &size, &err));
    assert_int_equal(0, size);
    assert_int_equal(ML_ERR_LIMIT, read_fed(1001, data, 1000, &size, &err));
    assert_non_null(strstr(err.remedy, "--limit-file"));
    assert_int_equal(ML_ERR_OS, ml_read_stream(-1, data, 10, &size, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_is_read_in_two_steps),
        cmocka_unit_test(large_file_names_the_limit),
        cmocka_unit_test(only_regular_files_are_read),
        cmocka_unit_test(a_missing_file_is_an_error),
        cmocka_unit_test(a_forbidden_file_is_an_error),
        cmocka_unit_test(changed_file_is_refused),
        cmocka_unit_test(vanished_file_is_still_read),
        cmocka_unit_test(stream_is_read_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
