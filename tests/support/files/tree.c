/* tree.c: see tree.h. */
#include "support/files/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void test_tree_open(struct test_tree *tree)
{
    const char *folder = getenv("TMPDIR");
    (void)snprintf(tree->root, sizeof tree->root, "%s/minilab-test-XXXXXX",
                   folder ? folder : "/tmp");
    assert_non_null(mkdtemp(tree->root));
    tree->next = 0;
}

static int tree_remove(const char *path, const struct stat *facts, int kind,
                       struct FTW *at)
{
    (void)facts;
    (void)kind;
    (void)at;
    return remove(path);
}

void test_tree_close(struct test_tree *tree)
{
    assert_int_equal(0,
                     nftw(tree->root, tree_remove, 16, FTW_DEPTH | FTW_PHYS));
}

const char *test_tree_path(struct test_tree *tree, const char *relative)
{
    char *path = tree->paths[tree->next++ % TEST_PATHS];
    const size_t above = strlen(tree->root), below = strlen(relative);
    assert_true(above + 1 + below < TEST_PATH_MAX);
    memcpy(path, tree->root, above);
    path[above] = '/';
    memcpy(path + above + 1, relative, below + 1);
    return path;
}

/* Make the folders above the last slash. */
static void tree_make_above(struct test_tree *tree, const char *relative)
{
    char above[TEST_PATH_MAX];
    (void)snprintf(above, sizeof above, "%s", relative);
    for (char *at = strchr(above, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(test_tree_path(tree, above), 0777);
        *at = '/';
    }
}

void test_tree_file(struct test_tree *tree, const char *relative,
                    const void *data, size_t size)
{
    tree_make_above(tree, relative);
    const int fd = open(test_tree_path(tree, relative),
                        O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    assert_true(fd >= 0);
    assert_int_equal(size, write(fd, data, size));
    assert_int_equal(0, close(fd));
}

void test_tree_text(struct test_tree *tree, const char *relative,
                    const char *text)
{
    test_tree_file(tree, relative, text, strlen(text));
}

void test_tree_folder(struct test_tree *tree, const char *relative)
{
    tree_make_above(tree, relative);
    assert_int_equal(0, mkdir(test_tree_path(tree, relative), 0777));
}

void test_tree_link(struct test_tree *tree, const char *relative,
                    const char *target)
{
    tree_make_above(tree, relative);
    assert_int_equal(0, symlink(target, test_tree_path(tree, relative)));
}

bool test_tree_exists(struct test_tree *tree, const char *relative)
{
    struct stat facts;
    return lstat(test_tree_path(tree, relative), &facts) == 0;
}

void test_tree_expect(struct test_tree *tree, const char *relative,
                      const char *text)
{
    char data[4096];
    const int fd = open(test_tree_path(tree, relative), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    const ssize_t size = read(fd, data, sizeof data);
    assert_int_equal(strlen(text), size);
    assert_memory_equal(text, data, strlen(text));
    assert_int_equal(0, close(fd));
}

size_t test_tree_count(struct test_tree *tree, const char *relative)
{
    DIR *folder = opendir(test_tree_path(tree, relative));
    assert_non_null(folder);
    size_t count = 0;
    for (const struct dirent *e; (e = readdir(folder)) != NULL;)
        count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    assert_int_equal(0, closedir(folder));
    return count;
}
