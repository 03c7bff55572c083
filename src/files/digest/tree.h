/* tree.h: the files of a folder by their path below it.
 *
 * Links are followed, as a program that reads the tree would; loops are skipped
 * and reported.  Hidden files belong to the tree.  A folder appears only
 * through the files in it: empty ones do not count.  Other entries (FIFO,
 * socket, device, dangling link) are listed with their type and never opened.
 */
#ifndef ML_FILES_DIGEST_TREE_H
#define ML_FILES_DIGEST_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

struct ml_tree_entry {
    char *path;  /* below the root; owned by the tree */
    mode_t type; /* S_IFREG...; 0 for a folder or name that cannot be read */
    int error;   /* errno of that */
};

struct ml_tree {
    const char *root;              /* the caller's */
    struct ml_tree_entry *entries; /* in byte order of the paths */
    size_t count;
    size_t capacity;
};

/* ML_ERR_OS when the root cannot be opened, ML_ERR_MEMORY.  Nothing is left to
 * close on failure. */
ML_MUST_CHECK enum ml_status
ml_tree_open(struct ml_tree *tree, const char *root, struct ml_error *err);
void ml_tree_close(struct ml_tree *tree);

#endif
