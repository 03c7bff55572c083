/* verify.c: `minilab verify`: compares two trees, two files, or a tree and a
 * manifest; and writes a manifest. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/strbuf.h"
#include "command/cli/command.h"
#include "command/cli/option_parser.h"
#include "command/verify/diff.h"
#include "command/verify/report.h"
#include "files/digest/manifest.h"
#include "files/digest/tree.h"

#define VERIFY_PATH_MAX (2 * PATH_MAX)
#define VERIFY_ARENA_BYTES ((size_t)4 << 30) /* address space, not memory */

struct verify_settings {
    struct ml_tolerance tolerance;
    const char *manifest; /* NULL: compare two trees or files */
    bool write_manifest;
    bool json;
};

struct verify {
    const struct verify_settings *settings;
    struct ml_arena arena; /* open only when pixels are compared */
    struct ml_verify_report report;
};

/* ---- options ---- */

static enum ml_status verify_number(const char *value, double most,
                                    double *number_out, struct ml_error *err)
{
    if (!ml_parse_number(value, number_out) || *number_out < 0 ||
        *number_out > most)
        return ml_fail(err, ML_ERR_USAGE, "bad value",
                       most > 255 ? "give decibels, for instance 40"
                                  : "give levels from 0 to 255",
                       "'%s'", value);
    return ML_OK;
}

static enum ml_status verify_set_psnr(void *settings, const char *value,
                                      struct ml_error *err)
{
    struct ml_tolerance *t = &((struct verify_settings *)settings)->tolerance;
    t->pixels = t->limits_psnr = true;
    return verify_number(value, 1000, &t->psnr_db, err);
}

static enum ml_status verify_set_error(void *settings, const char *value,
                                       struct ml_error *err)
{
    struct ml_tolerance *t = &((struct verify_settings *)settings)->tolerance;
    t->pixels = t->limits_error = true;
    return verify_number(value, 255, &t->max_error, err);
}

static const struct ml_option verify_options[] = {
    {"psnr", 0, "DB", "Tolerance",
     "accept decoded samples with at least this PSNR",
     .apply = verify_set_psnr},
    {"max-error", 0, "N", "Tolerance",
     "accept decoded samples at most N levels (of 0 to 255) apart;\n"
     "0: the same pixels in any file format",
     .apply = verify_set_error},
    {"manifest", 0, "FILE", "Manifests",
     "compare the folder with SHA-256 digests, as sha256sum writes them",
     ML_SET_TEXT(verify_settings, manifest)},
    {"write-manifest", 0, NULL, "Manifests", "print the digests of the folder",
     ML_SET_FLAG(verify_settings, write_manifest)},
    {"json", 0, NULL, "Output", "the result as one JSON document",
     ML_SET_FLAG(verify_settings, json)},
    ML_OPTIONS_END,
};

/* ---- comparing ---- */

/* root/below; false: longer than VERIFY_PATH_MAX. */
static bool verify_join(char path[VERIFY_PATH_MAX], const char *root,
                        const char *below)
{
    const int length = snprintf(path, VERIFY_PATH_MAX, "%s/%s", root, below);
    return length >= 0 && length < VERIFY_PATH_MAX;
}

static void verify_note(struct verify *verify, const char *path,
                        enum ml_diff_result result, const char *why)
{
    struct ml_finding finding = {.result = result};
    (void)snprintf(finding.why, sizeof finding.why, "%s", why);
    ml_verify_add(&verify->report, path, &finding);
}

static void verify_files(struct verify *verify, const char *name,
                         const char *left, const char *right)
{
    const struct ml_tolerance *tolerance = &verify->settings->tolerance;
    const struct ml_finding finding =
        tolerance->pixels
            ? ml_diff_pixels(left, right, tolerance, &verify->arena)
            : ml_diff_bytes(left, right);
    ml_verify_add(&verify->report, name, &finding);
}

/* The same path on both sides. */
static void verify_pair(struct verify *verify, const struct ml_tree trees[2],
                        const struct ml_tree_entry *a,
                        const struct ml_tree_entry *b)
{
    char left[VERIFY_PATH_MAX], right[VERIFY_PATH_MAX];
    if (a->error || b->error)
        verify_note(verify, a->path, ML_UNREADABLE,
                    strerror(a->error ? a->error : b->error));
    else if (a->type != b->type)
        verify_note(verify, a->path, ML_DIFFERENT, "not the same type of file");
    else if (!S_ISREG(a->type))
        verify_note(verify, a->path, ML_SAME, "");
    else if (!verify_join(left, trees[0].root, a->path) ||
             !verify_join(right, trees[1].root, b->path))
        verify_note(verify, a->path, ML_UNREADABLE, strerror(ENAMETOOLONG));
    else
        verify_files(verify, a->path, left, right);
}

/* A path on one side only. */
static void verify_single(struct verify *verify,
                          const struct ml_tree_entry *entry,
                          enum ml_diff_result result)
{
    if (entry->error)
        verify_note(verify, entry->path, ML_UNREADABLE, strerror(entry->error));
    else
        verify_note(verify, entry->path, result,
                    result == ML_MISSING ? "only in the first"
                                         : "only in the second");
}

static enum ml_status verify_trees(struct verify *verify, char **roots,
                                   struct ml_error *err)
{
    struct ml_tree trees[2];
    enum ml_status status = ml_tree_open(&trees[0], roots[0], err);
    if (status)
        return status;
    status = ml_tree_open(&trees[1], roots[1], err);
    if (status) {
        ml_tree_close(&trees[0]);
        return status;
    }
    for (size_t i = 0, k = 0; i < trees[0].count || k < trees[1].count;) {
        const struct ml_tree_entry *a = &trees[0].entries[i];
        const struct ml_tree_entry *b = &trees[1].entries[k];
        const int order = i == trees[0].count   ? 1
                          : k == trees[1].count ? -1
                                                : strcmp(a->path, b->path);
        if (order == 0)
            verify_pair(verify, trees, a, b);
        else
            verify_single(verify, order < 0 ? a : b,
                          order < 0 ? ML_MISSING : ML_EXTRA);
        i += order <= 0;
        k += order >= 0;
    }
    ml_tree_close(&trees[1]);
    ml_tree_close(&trees[0]);
    return ML_OK;
}

static void verify_digest(struct verify *verify, const struct ml_tree *tree,
                          const struct ml_tree_entry *entry,
                          const struct ml_manifest_entry *listed)
{
    char path[VERIFY_PATH_MAX];
    uint8_t digest[ML_DIGEST_BYTES];
    struct ml_error err;
    if (entry->error)
        verify_note(verify, entry->path, ML_UNREADABLE, strerror(entry->error));
    else if (!S_ISREG(entry->type))
        verify_note(verify, entry->path, ML_DIFFERENT, "not a regular file");
    else if (!verify_join(path, tree->root, entry->path))
        verify_note(verify, entry->path, ML_UNREADABLE, strerror(ENAMETOOLONG));
    else if (ml_digest_file(path, digest, &err) != ML_OK)
        verify_note(verify, entry->path, ML_UNREADABLE, err.why);
    else if (memcmp(digest, listed->digest, sizeof digest) != 0)
        verify_note(verify, entry->path, ML_DIFFERENT, "the SHA-256 differs");
    else
        verify_note(verify, entry->path, ML_SAME, "");
}

static enum ml_status verify_manifest(struct verify *verify, const char *root,
                                      struct ml_error *err)
{
    struct ml_manifest manifest;
    struct ml_tree tree;
    enum ml_status status =
        ml_manifest_open(&manifest, verify->settings->manifest, err);
    if (status)
        return status;
    status = ml_tree_open(&tree, root, err);
    if (status) {
        ml_manifest_close(&manifest);
        return status;
    }
    for (size_t i = 0, k = 0; i < manifest.count || k < tree.count;) {
        const struct ml_manifest_entry *listed = &manifest.entries[i];
        const struct ml_tree_entry *entry = &tree.entries[k];
        const int order = i == manifest.count ? 1
                          : k == tree.count   ? -1
                                            : strcmp(listed->path, entry->path);
        if (order == 0)
            verify_digest(verify, &tree, entry, listed);
        else if (order < 0)
            verify_note(verify, listed->path, ML_MISSING,
                        "only in the manifest");
        else
            verify_note(
                verify, entry->path, entry->error ? ML_UNREADABLE : ML_EXTRA,
                entry->error ? strerror(entry->error) : "not in the manifest");
        i += order <= 0;
        k += order >= 0;
    }
    ml_tree_close(&tree);
    ml_manifest_close(&manifest);
    return ML_OK;
}

/* Print the digests of all regular files; other files are reported. */
static enum ml_status verify_write(struct verify *verify, const char *root,
                                   struct ml_error *err)
{
    struct ml_tree tree;
    const enum ml_status status = ml_tree_open(&tree, root, err);
    if (status)
        return status;
    for (size_t i = 0; i < tree.count; i++) {
        const struct ml_tree_entry *entry = &tree.entries[i];
        char path[VERIFY_PATH_MAX];
        uint8_t digest[ML_DIGEST_BYTES];
        if (entry->error)
            verify_note(verify, entry->path, ML_UNREADABLE,
                        strerror(entry->error));
        else if (!S_ISREG(entry->type))
            verify_note(verify, entry->path, ML_UNREADABLE,
                        "not a regular file");
        else if (!verify_join(path, root, entry->path))
            verify_note(verify, entry->path, ML_UNREADABLE,
                        strerror(ENAMETOOLONG));
        else if (ml_digest_file(path, digest, err) != ML_OK)
            verify_note(verify, entry->path, ML_UNREADABLE, err->why);
        else
            ml_manifest_print(stdout, digest, entry->path);
    }
    ml_tree_close(&tree);
    return ML_OK;
}

/* ---- the command ---- */

static enum ml_status verify_check(const struct verify_settings *settings,
                                   const struct ml_operands *operands,
                                   struct ml_error *err)
{
    const bool one = settings->manifest || settings->write_manifest;
    if (operands->count != (one ? 1 : 2))
        return ml_fail(err, ML_ERR_USAGE,
                       one ? "one folder is needed"
                           : "two folders or two files are needed",
                       one ? "minilab verify --manifest FILE DIR"
                           : "minilab verify A B",
                       "%zu given", operands->count);
    if (one && settings->tolerance.pixels)
        return ml_fail(err, ML_ERR_USAGE, "a manifest has no pixels",
                       "leave out --psnr and --max-error",
                       "it has digests only");
    if (settings->write_manifest && (settings->manifest || settings->json))
        return ml_fail(err, ML_ERR_USAGE, "options exclude each other",
                       "leave out --manifest and --json", "--write-manifest");
    return ML_OK;
}

/* Two folders, or two files; one of each is an error. */
static enum ml_status verify_operands(struct verify *verify, char **paths,
                                      struct ml_error *err)
{
    bool folders[2];
    for (int i = 0; i < 2; i++) {
        struct stat status;
        if (stat(paths[i], &status) != 0) {
            const int error = errno;
            (void)ml_fail_os(err, error, "cannot be compared", NULL);
            (void)snprintf(err->why, sizeof err->why, "%.100s: %s", paths[i],
                           strerror(error));
            return err->status;
        }
        folders[i] = S_ISDIR(status.st_mode);
    }
    if (folders[0] != folders[1])
        return ml_fail(err, ML_ERR_USAGE,
                       "a folder and a file cannot be compared",
                       "give two folders or two files", "%s", "");
    if (folders[0])
        return verify_trees(verify, paths, err);
    verify_files(verify, paths[0], paths[0], paths[1]);
    return ML_OK;
}

static enum ml_status verify_all(struct verify *verify,
                                 const struct ml_operands *operands,
                                 struct ml_error *err)
{
    const struct verify_settings *settings = verify->settings;
    if (settings->write_manifest)
        return verify_write(verify, operands->items[0], err);
    if (settings->manifest)
        return verify_manifest(verify, operands->items[0], err);
    if (!settings->tolerance.pixels)
        return verify_operands(verify, operands->items, err);
    enum ml_status status =
        ml_arena_open(&verify->arena, VERIFY_ARENA_BYTES, err);
    if (status)
        return status;
    status = verify_operands(verify, operands->items, err);
    ml_arena_close(&verify->arena);
    return status;
}

static int verify_run(const struct ml_command *command, int argc, char **argv)
{
    struct verify_settings settings = {0};
    struct verify verify = {.settings = &settings};
    struct ml_operands operands;
    struct ml_error err;
    int code;
    if (!ml_options_parse(command, argc, argv, &settings, &operands, &code))
        return code;
    enum ml_status status = verify_check(&settings, &operands, &err);
    if (status == ML_OK)
        status = verify_all(&verify, &operands, &err);
    if (status) {
        ml_verify_close(&verify.report);
        return ml_command_fail(command, &err);
    }
    code = ml_verify_exit(&verify.report);
    if (settings.write_manifest) {
        if (code != ML_EXIT_OK) /* the list is on stdout */
            ml_verify_text(&verify.report, stderr);
    } else if (!settings.json) {
        ml_verify_text(&verify.report, stdout);
    } else if (ml_verify_json(&verify.report, stdout, &err) != ML_OK) {
        code = ml_command_fail(command, &err);
    }
    ml_verify_close(&verify.report);
    return code;
}

const struct ml_command ml_command_verify = {
    .name = "verify",
    .summary = "compare two folders, or a folder and a manifest",
    .operands = "A B",
    .examples = "minilab verify out-serial out-processes\n"
                "minilab verify --psnr 40 old.jpg new.jpg\n"
                "minilab verify --write-manifest out > out.sha256\n"
                "minilab verify --manifest out.sha256 out\n",
    .options = verify_options,
    .run = verify_run,
};
