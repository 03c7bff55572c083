/* tree.h: a temporary folder for a test, and functions that fill it.  Any
 * failure fails the test.  One thread. */
#ifndef TESTS_SUPPORT_FILES_TREE_H
#define TESTS_SUPPORT_FILES_TREE_H

#include <stdbool.h>
#include <stddef.h>

#define TEST_PATH_MAX 8192
#define TEST_PATHS 8

struct test_tree {
    char root[256]; /* absolute */
    char paths[TEST_PATHS][TEST_PATH_MAX];
    unsigned next;
};

void test_tree_open(struct test_tree *tree);
/* Remove the folder and its contents. */
void test_tree_close(struct test_tree *tree);

/* root/relative; valid for the next TEST_PATHS - 1 calls. */
const char *test_tree_path(struct test_tree *tree, const char *relative);
/* Make a file with these bytes, and the folders above it. */
void test_tree_file(struct test_tree *tree, const char *relative,
                    const void *data, size_t size);
/* The same from a string. */
void test_tree_text(struct test_tree *tree, const char *relative,
                    const char *text);
void test_tree_folder(struct test_tree *tree, const char *relative);
/* A symbolic link at `relative` to `target`. */
void test_tree_link(struct test_tree *tree, const char *relative,
                    const char *target);
bool test_tree_exists(struct test_tree *tree, const char *relative);
/* Fails the test unless the file holds exactly this text. */
void test_tree_expect(struct test_tree *tree, const char *relative,
                      const char *text);
/* The number of entries of a folder, with hidden ones, without `.` and `..`. */
size_t test_tree_count(struct test_tree *tree, const char *relative);

#endif
