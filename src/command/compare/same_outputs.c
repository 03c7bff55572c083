/* same_outputs.c: see same_outputs.h. */
#include "command/compare/same_outputs.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "files/digest/tree.h"

/* Ownership of the paths moves from the tree to the manifest. */
static enum ml_status same_outputs_fill(struct ml_manifest *outputs,
                                        struct ml_tree *tree,
                                        struct ml_error *err)
{
    char path[2 * PATH_MAX];
    outputs->entries = calloc(tree->count + 1, sizeof *outputs->entries);
    if (!outputs->entries)
        return ml_fail_os(err, ENOMEM, "cannot allocate memory for the digests",
                          NULL);
    for (size_t i = 0; i < tree->count; i++) {
        struct ml_tree_entry *entry = &tree->entries[i];
        if (entry->error)
            return ml_fail_os(err, entry->error, "cannot read an output", NULL);
        const int length =
            snprintf(path, sizeof path, "%s/%s", tree->root, entry->path);
        if (length < 0 || (size_t)length >= sizeof path)
            return ml_fail_os(err, ENAMETOOLONG, "cannot read an output", NULL);
        struct ml_manifest_entry *output = &outputs->entries[outputs->count];
        if (ml_digest_file(path, output->digest, err) != ML_OK)
            return err->status;
        output->path = entry->path;
        entry->path = NULL;
        outputs->count++;
    }
    return ML_OK;
}

enum ml_status ml_outputs_open(struct ml_manifest *outputs, const char *folder,
                               struct ml_error *err)
{
    struct ml_tree tree;
    memset(outputs, 0, sizeof *outputs);
    enum ml_status status = ml_tree_open(&tree, folder, err);
    if (status != ML_OK)
        return status;
    status = same_outputs_fill(outputs, &tree, err);
    ml_tree_close(&tree);
    if (status != ML_OK)
        ml_manifest_close(outputs);
    return status;
}

static void same_outputs_differ(struct ml_differences *differences, size_t run,
                                const char *path, const char *how)
{
    const size_t at = differences->count++;
    if (at >= ML_DIFFERENCES_KEPT)
        return;
    (void)snprintf(differences->kept[at].path,
                   sizeof differences->kept[at].path, "%s", path);
    differences->kept[at].how = how;
    differences->kept[at].run = run;
}

void ml_outputs_compare(const struct ml_manifest *reference,
                        const struct ml_manifest *outputs, size_t run,
                        struct ml_differences *differences)
{
    for (size_t i = 0, k = 0; i < reference->count || k < outputs->count;) {
        const struct ml_manifest_entry *a = &reference->entries[i];
        const struct ml_manifest_entry *b = &outputs->entries[k];
        const int order = i == reference->count ? 1
                          : k == outputs->count ? -1
                                                : strcmp(a->path, b->path);
        if (order < 0)
            same_outputs_differ(differences, run, a->path, "is missing");
        else if (order > 0)
            same_outputs_differ(differences, run, b->path, "is an extra file");
        else if (memcmp(a->digest, b->digest, sizeof a->digest) != 0)
            same_outputs_differ(differences, run, a->path,
                                "has different bytes");
        i += order <= 0;
        k += order >= 0;
    }
}
