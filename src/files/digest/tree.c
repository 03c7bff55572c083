/* tree.c: see tree.h. */
#include "files/digest/tree.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int tree_compare(const void *a, const void *b)
{
    const struct ml_tree_entry *x = a, *y = b;
    return strcmp(x->path, y->path);
}

static bool tree_add(struct ml_tree *tree, const char *path, mode_t type,
                     int error)
{
    if (tree->count == tree->capacity) {
        const size_t capacity = tree->capacity ? tree->capacity * 2 : 64;
        struct ml_tree_entry *entries =
            reallocarray(tree->entries, capacity, sizeof *entries);
        if (!entries)
            return false;
        tree->entries = entries;
        tree->capacity = capacity;
    }
    struct ml_tree_entry *entry = &tree->entries[tree->count];
    *entry = (struct ml_tree_entry){strdup(path), type, error};
    if (!entry->path)
        return false;
    tree->count++;
    return true;
}

/* The path below the root; "." for the root itself. */
static const char *tree_below(const FTSENT *found, size_t root_length)
{
    const char *below = found->fts_path + root_length;
    while (*below == '/')
        below++;
    return *below ? below : ".";
}

static bool tree_add_found(struct ml_tree *tree, const FTSENT *found,
                           size_t root_length)
{
    const char *below = tree_below(found, root_length);
    switch (found->fts_info) {
    case FTS_D:
    case FTS_DP:
    case FTS_DOT:
        return true;
    case FTS_DC:
        return tree_add(tree, below, 0, ELOOP);
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        return tree_add(tree, below, 0, found->fts_errno);
    default: /* files; other kinds; FTS_SLNONE: a dangling link */
        return tree_add(tree, below, found->fts_statp->st_mode & S_IFMT, 0);
    }
}

enum ml_status ml_tree_open(struct ml_tree *tree, const char *root,
                            struct ml_error *err)
{
    char *name = strdup(root);
    char *const names[] = {name, NULL};
    FTS *walk = name ? fts_open(names, FTS_LOGICAL | FTS_NOCHDIR, NULL) : NULL;
    *tree = (struct ml_tree){.root = root};
    int error = errno;
    if (!walk)
        goto undo;
    FTSENT *found;
    for (error = 0; (errno = 0, found = fts_read(walk)) != NULL;) {
        if (!tree_add_found(tree, found, strlen(root))) {
            error = ENOMEM;
            break;
        }
    }
    if (!found)
        error = errno;
    (void)fts_close(walk);
undo:
    free(name);
    if (error) {
        ml_tree_close(tree);
        return ml_fail_os(err, error, "cannot read the folder", NULL);
    }
    if (tree->count > 0)
        qsort(tree->entries, tree->count, sizeof *tree->entries, tree_compare);
    return ML_OK;
}

void ml_tree_close(struct ml_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        free(tree->entries[i].path);
    free(tree->entries);
    *tree = (struct ml_tree){0};
}
