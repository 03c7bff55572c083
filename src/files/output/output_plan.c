/* output_plan.c: see output_plan.h.
 *
 * Early templates are planned in four passes over the inputs, in their order:
 * natural names, suffixes for those that came second, folders, the disk.  A
 * natural name always wins over a suffixed one, wherever it stands, so adding
 * a suffix never takes another input's name.
 */
#include "files/output/output_plan.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "files/output/casefold.h"
#include "files/output/output_plan_internal.h"

/* A decision: action in the two upper bits; then whether the rest is the next
 * suffix to try for those that want this input's name (HINT), or its own
 * suffix, 0 for none. */
#define TARGETS_ACTION_SHIFT 30
#define TARGETS_HINT (UINT32_C(1) << 29)
#define TARGETS_SUFFIX (TARGETS_HINT - 1)

_Static_assert(ML_INPUTS_MAX < TARGETS_SUFFIX, "a suffix for every input");

enum ml_target_action ml_targets_action(const struct ml_targets *targets,
                                        size_t index)
{
    assert(index < targets->options.inputs->count);
    return (enum ml_target_action)(targets->decisions[index] >>
                                   TARGETS_ACTION_SHIFT);
}

void ml_target_decide(struct ml_targets *targets, size_t index,
                      enum ml_target_action action)
{
    const uint32_t rest =
        targets->decisions[index] & ((UINT32_C(1) << TARGETS_ACTION_SHIFT) - 1);
    targets->decisions[index] =
        ((uint32_t)action << TARGETS_ACTION_SHIFT) | rest;
    targets->skip_exists_count += action == ML_TARGET_SKIP_EXISTS;
    targets->skip_collision_count += action == ML_TARGET_SKIP_COLLISION;
}

void ml_conflicts_note(struct ml_conflicts *conflicts,
                       const struct ml_conflict *conflict)
{
    if (conflicts->count < ML_CONFLICTS_KEPT)
        conflicts->kept[conflicts->count] = *conflict;
    conflicts->count++;
}

static void targets_note(struct ml_conflicts *conflicts,
                         enum ml_conflict_kind kind, size_t first,
                         size_t second)
{
    const struct ml_conflict conflict = {
        .kind = kind, .first = first, .second = second};
    ml_conflicts_note(conflicts, &conflict);
}

static void targets_note_name(struct ml_targets *targets, size_t index,
                              const struct ml_error *err)
{
    const struct ml_conflict conflict = {.kind = ML_CONFLICT_NAME,
                                         .first = SIZE_MAX,
                                         .second = index,
                                         .error = *err};
    ml_conflicts_note(&targets->conflicts, &conflict);
    ml_target_decide(targets, index, ML_TARGET_NONE);
}

/* ---- names ---- */

enum ml_status ml_target_expand(const struct ml_targets *targets, size_t index,
                                uint32_t suffix,
                                char path_out[ML_NAME_PATH_MAX],
                                struct ml_error *err)
{
    const struct ml_target_options *options = &targets->options;
    const struct ml_input *input = ml_inputs_at(options->inputs, index);
    char relative[ML_INPUT_PATH_MAX];
    (void)ml_input_relative(options->inputs, input, relative);
    struct ml_name_values values = {
        .relative = relative,
        .extensions = options->extensions(options->context, input),
        .n = index + 1};
    if (targets->late) {
        values.width = targets->late[index].width;
        values.height = targets->late[index].height;
        values.hash = targets->late[index].hash;
    }
    const enum ml_status status =
        ml_name_expand(options->name, &values, path_out, NULL, err);
    if (status != ML_OK || suffix == 0)
        return status;
    return ml_name_add_suffix(path_out, suffix, err);
}

static uint32_t targets_suffix(const struct ml_targets *targets, size_t index)
{
    const uint32_t decision = targets->decisions[index];
    return decision & TARGETS_HINT ? 0 : decision & TARGETS_SUFFIX;
}

enum ml_status ml_targets_name(const struct ml_targets *targets, size_t index,
                               char path_out[ML_NAME_PATH_MAX],
                               struct ml_error *err)
{
    return ml_target_expand(targets, index, targets_suffix(targets, index),
                            path_out, err);
}

/* The name of somebody who is in the set: it was expanded before. */
static void targets_member(const struct ml_targets *targets, uint32_t index,
                           char path_out[ML_NAME_PATH_MAX])
{
    struct ml_error err;
    const enum ml_status status =
        ml_targets_name(targets, index, path_out, &err);
    assert(status == ML_OK);
    (void)status;
}

/* One set serves for both questions, same and same but for case: the hash is
 * that of the folded name. */
struct ml_target_match ml_target_find(const struct ml_targets *targets,
                                      const char *path)
{
    char folded[ML_NAME_PATH_MAX], other[ML_NAME_PATH_MAX];
    memcpy(folded, path, strlen(path) + 1);
    ml_fold_case(folded);
    struct ml_target_match match = {.same = ML_NOBODY,
                                    .variant = ML_NOBODY,
                                    .hash =
                                        ml_hash_bytes(folded, strlen(folded)),
                                    .cursor = SIZE_MAX};
    for (;;) {
        const uint32_t number =
            ml_nameset_next(&targets->names, match.hash, &match.cursor);
        if (number == UINT32_MAX)
            return match;
        targets_member(targets, number, other);
        const bool is_same = strcmp(other, path) == 0;
        ml_fold_case(other);
        const bool is_variant = strcmp(other, folded) == 0;
        if (is_same || (is_variant && targets->options.root->folds_case)) {
            match.same = number;
            return match;
        }
        if (is_variant && match.variant == ML_NOBODY)
            match.variant = number;
    }
}

void ml_target_enter(struct ml_targets *targets,
                     const struct ml_target_match *match, size_t index)
{
    ml_nameset_add(&targets->names, match->cursor, match->hash,
                   (uint32_t)index);
    if (match->variant != ML_NOBODY)
        targets_note(&targets->warnings, ML_CONFLICT_CASE, match->variant,
                     index);
}

/* ---- first pass: natural names ---- */

static void targets_claim_natural(struct ml_targets *targets, size_t index)
{
    char path[ML_NAME_PATH_MAX];
    struct ml_error err;
    if (ml_target_expand(targets, index, 0, path, &err) != ML_OK) {
        targets_note_name(targets, index, &err);
        return;
    }
    const struct ml_target_match match = ml_target_find(targets, path);
    if (match.same == ML_NOBODY) {
        ml_target_enter(targets, &match, index);
        return;
    }
    /* For suffixes this says only that the second pass has to look at it. */
    ml_target_decide(targets, index, ML_TARGET_SKIP_COLLISION);
    if (targets->options.on_collision == ML_COLLISION_ERROR)
        targets_note(&targets->conflicts, ML_CONFLICT_COLLISION, match.same,
                     index);
}

/* ---- second pass: suffixes ---- */

/* Give `index`, whose natural name `path` belongs to `owner`, the first free
 * suffix; path becomes the suffixed name. */
enum ml_status ml_target_add_suffix(struct ml_targets *targets, size_t index,
                                    uint32_t owner, char path[ML_NAME_PATH_MAX],
                                    struct ml_error *err)
{
    char natural[ML_NAME_PATH_MAX];
    memcpy(natural, path, strlen(path) + 1);
    uint32_t *hint = &targets->decisions[owner];
    uint32_t suffix = *hint & TARGETS_HINT ? *hint & TARGETS_SUFFIX : 2;
    for (;; suffix++) {
        memcpy(path, natural, strlen(natural) + 1);
        if (ml_name_add_suffix(path, suffix, err) != ML_OK)
            return err->status;
        const struct ml_target_match match = ml_target_find(targets, path);
        if (match.same == ML_NOBODY) {
            targets->decisions[index] =
                ((uint32_t)ML_TARGET_WRITE << TARGETS_ACTION_SHIFT) | suffix;
            ml_target_enter(targets, &match, index);
            break;
        }
    }
    /* Those who follow need not try the same again: n equal names take n
     * trials, not n^2. */
    if ((*hint & TARGETS_SUFFIX) == 0 || (*hint & TARGETS_HINT) != 0)
        *hint = (*hint & ~TARGETS_SUFFIX) | TARGETS_HINT | (suffix + 1);
    return ML_OK;
}

static void targets_resolve(struct ml_targets *targets, size_t index)
{
    char path[ML_NAME_PATH_MAX];
    struct ml_error err;
    enum ml_status status = ml_target_expand(targets, index, 0, path, &err);
    assert(status == ML_OK); /* the first pass did the same */
    const struct ml_target_match match = ml_target_find(targets, path);
    assert(match.same != ML_NOBODY);
    targets->skip_collision_count--; /* no longer */
    status = ml_target_add_suffix(targets, index, match.same, path, &err);
    if (status != ML_OK)
        targets_note_name(targets, index, &err);
}

/* ---- third pass: a file where a folder is needed ---- */

/* Does any folder on the way to `path` bear the name of an output? */
static void targets_check_folders(struct ml_targets *targets, size_t index,
                                  const char *path)
{
    char above[ML_NAME_PATH_MAX];
    memcpy(above, path, strlen(path) + 1);
    for (char *slash = strchr(above, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const struct ml_target_match match = ml_target_find(targets, above);
        *slash = '/';
        if (match.same != ML_NOBODY) {
            targets_note(&targets->conflicts, ML_CONFLICT_FOLDER, match.same,
                         index);
            return;
        }
    }
}

static void targets_check_all_folders(struct ml_targets *targets)
{
    char path[ML_NAME_PATH_MAX], last[ML_NAME_PATH_MAX] = "";
    for (size_t i = 0; i < targets->options.inputs->count; i++) {
        if (ml_targets_action(targets, i) != ML_TARGET_WRITE)
            continue;
        targets_member(targets, (uint32_t)i, path);
        const char *slash = strrchr(path, '/');
        const size_t length = slash ? (size_t)(slash - path) + 1 : 0;
        /* Neighbours mostly share their folder: look once. */
        if (strncmp(last, path, length) == 0 && last[length] == '\0')
            continue;
        targets_check_folders(targets, i, path);
        memcpy(last, path, length);
        last[length] = '\0';
    }
}

/* ---- fourth pass: what is on the disk ---- */

static enum ml_status targets_check_disk(struct ml_targets *targets,
                                         struct ml_error *err)
{
    char path[ML_NAME_PATH_MAX];
    if (targets->options.root->fd < 0)
        return ML_OK; /* nothing can be there */
    if (ml_target_open_identities(targets, err) != ML_OK)
        return err->status;
    for (size_t i = 0; i < targets->options.inputs->count; i++) {
        enum ml_target_action action;
        struct ml_conflict conflict;
        if (ml_targets_action(targets, i) != ML_TARGET_WRITE)
            continue;
        targets_member(targets, (uint32_t)i, path);
        if (ml_target_disk(targets, i, path, &action, &conflict))
            targets_note(&targets->conflicts, conflict.kind, conflict.first, i);
        else
            ml_target_decide(targets, i, action);
    }
    ml_nameset_close(&targets->identities);
    return ML_OK;
}

/* ---- planning ---- */

static void targets_plan_names(struct ml_targets *targets)
{
    const size_t count = targets->options.inputs->count;
    for (size_t i = 0; i < count; i++) {
        if (ml_targets_action(targets, i) == ML_TARGET_WRITE)
            targets_claim_natural(targets, i);
    }
    for (size_t i = 0; i < count; i++) {
        if (targets->options.on_collision == ML_COLLISION_SUFFIX &&
            ml_targets_action(targets, i) == ML_TARGET_SKIP_COLLISION)
            targets_resolve(targets, i);
    }
    targets_check_all_folders(targets);
}

static enum ml_status targets_open_early(struct ml_targets *targets,
                                         struct ml_error *err)
{
    const size_t count = targets->options.inputs->count;
    if (ml_nameset_open(&targets->names, count, err) != ML_OK)
        return err->status;
    targets->peak_bytes =
        count * sizeof *targets->decisions +
        targets->names.slot_count * sizeof *targets->names.slots;
    targets_plan_names(targets);
    ml_nameset_close(&targets->names);
    return targets_check_disk(targets, err);
}

static enum ml_status targets_open_late(struct ml_targets *targets,
                                        struct ml_error *err)
{
    const size_t count = targets->options.inputs->count;
    targets->late = calloc(count + 1, sizeof *targets->late);
    if (!targets->late)
        return ml_fail_os(err, ENOMEM, "cannot hold the sizes of the outputs",
                          "give fewer inputs at once");
    if (ml_nameset_open(&targets->names, count, err) != ML_OK)
        return err->status;
    targets->peak_bytes =
        count * (sizeof *targets->decisions + sizeof *targets->late) +
        2 * targets->names.slot_count * sizeof *targets->names.slots;
    return ml_target_open_identities(targets, err);
}

enum ml_status ml_targets_open(struct ml_targets *targets,
                               const struct ml_target_options *options,
                               struct ml_error *err)
{
    memset(targets, 0, sizeof *targets);
    targets->options = *options;
    const size_t count = options->inputs->count;
    targets->decisions = calloc(count + 1, sizeof *targets->decisions);
    if (!targets->decisions)
        return ml_fail_os(err, ENOMEM, "cannot hold the plan of outputs",
                          "give fewer inputs at once");
    for (size_t i = 0; i < count; i++) {
        if (ml_inputs_at(options->inputs, i)->problem != ML_PROBLEM_NONE)
            ml_target_decide(targets, i, ML_TARGET_NONE);
    }
    const enum ml_status status = options->name->late
                                      ? targets_open_late(targets, err)
                                      : targets_open_early(targets, err);
    if (status != ML_OK)
        ml_targets_close(targets);
    return status;
}

void ml_targets_close(struct ml_targets *targets)
{
    ml_nameset_close(&targets->identities);
    ml_nameset_close(&targets->names);
    free(targets->late);
    free(targets->decisions);
    memset(targets, 0, sizeof *targets);
}
