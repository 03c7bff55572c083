/* work_dir.c: the folder that each run writes its outputs to; see
 * compare_state.h. */
#include "command/compare/compare_state.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ml_status work_dir_fail(int error, const char *what,
                                    const char *path, struct ml_error *err)
{
    (void)ml_fail_os(err, error, what, NULL);
    (void)snprintf(err->why, sizeof err->why, "%.100s: %s", path,
                   strerrordesc_np(error));
    return err->status;
}

static void work_dir_remove(const char *path)
{
    char *copy = strdup(path);
    char *const tops[] = {copy, NULL};
    FTS *tree = copy ? fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
    for (FTSENT *entry; tree && (entry = fts_read(tree)) != NULL;) {
        if (entry->fts_info == FTS_DP)
            (void)rmdir(entry->fts_path);
        else if (entry->fts_info != FTS_D)
            (void)unlink(entry->fts_path);
    }
    if (tree)
        (void)fts_close(tree);
    free(copy);
}

/* Create the folder of --output and check that no output exists in it. */
static enum ml_status work_dir_open_kept(struct ml_compare *compare,
                                         struct ml_error *err)
{
    const char *keep = compare->options.keep;
    char path[PATH_MAX];
    struct stat status;
    compare->work_dir.made_keep = mkdir(keep, 0777) == 0;
    if (!compare->work_dir.made_keep && errno != EEXIST)
        return work_dir_fail(errno, "cannot create the folder", keep, err);
    for (size_t i = 0; i < compare->config_count; i++) {
        const int length = snprintf(path, sizeof path, "%s/%s", keep,
                                    compare->configs[i].label);
        if (length < 0 || (size_t)length >= sizeof path)
            return work_dir_fail(ENAMETOOLONG, "cannot use the folder", keep,
                                 err);
        if (lstat(path, &status) == 0)
            return ml_fail(err, ML_ERR_USAGE, "an output exists already",
                           "choose an empty folder", "%.120s", path);
    }
    return ML_OK;
}

enum ml_status ml_compare_work_dir_open(struct ml_compare *compare,
                                        struct ml_error *err)
{
    struct ml_compare_work_dir *work_dir = &compare->work_dir;
    const char *keep = compare->options.keep;
    const char *parent = keep ? keep : getenv("TMPDIR");
    if (keep && work_dir_open_kept(compare, err) != ML_OK)
        return err->status;
    if (!parent || !*parent)
        parent = "/tmp";
    const int length =
        snprintf(work_dir->root, sizeof work_dir->root,
                 "%s/%sminilab-compare-XXXXXX", parent, keep ? "." : "");
    if (length < 0 || (size_t)length >= sizeof work_dir->root) {
        work_dir->root[0] = '\0';
        return work_dir_fail(ENAMETOOLONG, "cannot use the folder", parent,
                             err);
    }
    if (!mkdtemp(work_dir->root)) {
        const int error = errno;
        work_dir->root[0] = '\0';
        return work_dir_fail(error, "cannot create a folder for the outputs",
                             parent, err);
    }
    (void)snprintf(work_dir->out, sizeof work_dir->out, "%s/out",
                   work_dir->root);
    return ML_OK;
}

/* Where the outputs of a configuration are kept until all runs are done: in the
 * folder of --output they could be inputs of the next run. */
static void work_dir_kept(const struct ml_compare *compare,
                          const struct ml_compare_config *config,
                          char path[ML_COMPARE_PATH])
{
    (void)snprintf(path, ML_COMPARE_PATH, "%s/kept-%s", compare->work_dir.root,
                   config->label);
}

enum ml_status ml_compare_work_dir_keep(const struct ml_compare *compare,
                                        const struct ml_compare_config *config,
                                        struct ml_error *err)
{
    char path[ML_COMPARE_PATH];
    work_dir_kept(compare, config, path);
    if (rename(compare->work_dir.out, path) != 0)
        return work_dir_fail(errno, "cannot keep the outputs", path, err);
    return ML_OK;
}

enum ml_status ml_compare_work_dir_show(const struct ml_compare *compare,
                                        struct ml_error *err)
{
    for (size_t i = 0; compare->options.keep && i < compare->config_count;
         i++) {
        const struct ml_compare_config *config = &compare->configs[i];
        char from[ML_COMPARE_PATH], to[ML_COMPARE_PATH];
        work_dir_kept(compare, config, from);
        (void)snprintf(to, sizeof to, "%s/%s", compare->options.keep,
                       config->label);
        if (rename(from, to) != 0)
            return work_dir_fail(errno, "cannot keep the outputs", to, err);
    }
    return ML_OK;
}

void ml_compare_work_dir_clear(struct ml_compare *compare)
{
    work_dir_remove(compare->work_dir.out);
}

void ml_compare_work_dir_close(struct ml_compare *compare)
{
    if (compare->work_dir.root[0] != '\0')
        work_dir_remove(compare->work_dir.root);
    compare->work_dir.root[0] = '\0';
    if (compare->work_dir.made_keep)
        (void)rmdir(
            compare->options.keep); /* fails if outputs are kept in it */
}
