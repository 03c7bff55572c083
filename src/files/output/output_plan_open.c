/* output_plan_open.c: making the plan.
 *
 * Unless the template is deferred, names are planned in four passes over the
 * inputs, in their order: natural names, suffixes for later inputs with a name
 * that is taken, folders, the disk.  A natural name always wins over a suffixed
 * one, whatever their order, so adding a suffix never takes another input's
 * name.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "files/output/output_plan_internal.h"

/* ---- first pass: natural names ---- */

static void plan_natural_name(struct ml_output_plan *outputs, size_t index)
{
    char path[ML_NAME_PATH_MAX];
    struct ml_error err;
    if (ml_output_expand(outputs, index, 0, path, &err) != ML_OK) {
        ml_output_note_name(outputs, index, &err);
        return;
    }
    const struct ml_output_match match = ml_output_find(outputs, path);
    if (match.same == ML_NO_INPUT) {
        ml_output_insert(outputs, &match, index);
        return;
    }
    /* With --on-collision suffix this only marks it for the second pass. */
    ml_output_set_action(outputs, index, ML_OUTPUT_SKIP_COLLISION);
    if (outputs->options.on_collision == ML_COLLISION_ERROR)
        ml_output_note(&outputs->conflicts, ML_CONFLICT_COLLISION, match.same,
                       index);
}

/* ---- second pass: suffixes ---- */

static void plan_suffix(struct ml_output_plan *outputs, size_t index)
{
    char path[ML_NAME_PATH_MAX];
    struct ml_error err;
    enum ml_status status = ml_output_expand(outputs, index, 0, path, &err);
    assert(status == ML_OK); /* the first pass did the same */
    const struct ml_output_match match = ml_output_find(outputs, path);
    assert(match.same != ML_NO_INPUT);
    outputs->skip_collision_count--; /* it gets a suffix instead */
    status = ml_output_add_suffix(outputs, index, match.same, path, &err);
    if (status != ML_OK)
        ml_output_note_name(outputs, index, &err);
}

/* ---- third pass: a file where a folder is needed ---- */

/* Is a folder above `path` the name of an output? */
static void plan_check_folders(struct ml_output_plan *outputs, size_t index,
                               const char *path)
{
    char above[ML_NAME_PATH_MAX];
    memcpy(above, path, strlen(path) + 1);
    for (char *slash = strchr(above, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const struct ml_output_match match = ml_output_find(outputs, above);
        *slash = '/';
        if (match.same != ML_NO_INPUT) {
            ml_output_note(&outputs->conflicts, ML_CONFLICT_FOLDER, match.same,
                           index);
            return;
        }
    }
}

static void plan_check_all_folders(struct ml_output_plan *outputs)
{
    char path[ML_NAME_PATH_MAX], last[ML_NAME_PATH_MAX] = "";
    for (size_t i = 0; i < outputs->options.inputs->count; i++) {
        if (ml_output_plan_action(outputs, i) != ML_OUTPUT_WRITE)
            continue;
        ml_output_member_name(outputs, (uint32_t)i, path);
        const char *slash = strrchr(path, '/');
        const size_t length = slash ? (size_t)(slash - path) + 1 : 0;
        /* Successive outputs mostly share their folder: check it once. */
        if (strncmp(last, path, length) == 0 && last[length] == '\0')
            continue;
        plan_check_folders(outputs, i, path);
        memcpy(last, path, length);
        last[length] = '\0';
    }
}

/* ---- fourth pass: the disk ---- */

static enum ml_status plan_check_disk(struct ml_output_plan *outputs,
                                      struct ml_error *err)
{
    char path[ML_NAME_PATH_MAX];
    if (outputs->options.root->fd < 0)
        return ML_OK; /* no root yet, so no output exists */
    if (ml_output_open_identities(outputs, err) != ML_OK)
        return err->status;
    for (size_t i = 0; i < outputs->options.inputs->count; i++) {
        enum ml_output_action action;
        struct ml_conflict conflict;
        if (ml_output_plan_action(outputs, i) != ML_OUTPUT_WRITE)
            continue;
        ml_output_member_name(outputs, (uint32_t)i, path);
        if (ml_output_disk(outputs, i, path, &action, &conflict))
            ml_output_note(&outputs->conflicts, conflict.kind, conflict.first,
                           i);
        else
            ml_output_set_action(outputs, i, action);
    }
    ml_name_table_close(&outputs->identities);
    return ML_OK;
}

/* ---- planning ---- */

static void plan_names(struct ml_output_plan *outputs)
{
    const size_t count = outputs->options.inputs->count;
    for (size_t i = 0; i < count; i++) {
        if (ml_output_plan_action(outputs, i) == ML_OUTPUT_WRITE)
            plan_natural_name(outputs, i);
    }
    for (size_t i = 0; i < count; i++) {
        if (outputs->options.on_collision == ML_COLLISION_SUFFIX &&
            ml_output_plan_action(outputs, i) == ML_OUTPUT_SKIP_COLLISION)
            plan_suffix(outputs, i);
    }
    plan_check_all_folders(outputs);
}

static enum ml_status plan_open_early(struct ml_output_plan *outputs,
                                      struct ml_error *err)
{
    const size_t count = outputs->options.inputs->count;
    if (ml_name_table_open(&outputs->names, count, err) != ML_OK)
        return err->status;
    outputs->peak_bytes =
        count * sizeof *outputs->decisions +
        outputs->names.slot_count * sizeof *outputs->names.slots;
    plan_names(outputs);
    ml_name_table_close(&outputs->names);
    return plan_check_disk(outputs, err);
}

static enum ml_status plan_open_deferred(struct ml_output_plan *outputs,
                                         struct ml_error *err)
{
    const size_t count = outputs->options.inputs->count;
    outputs->deferred = calloc(count + 1, sizeof *outputs->deferred);
    if (!outputs->deferred)
        return ml_fail_os(err, ENOMEM, "cannot hold the sizes of the outputs",
                          "give fewer inputs at once");
    if (ml_name_table_open(&outputs->names, count, err) != ML_OK)
        return err->status;
    outputs->peak_bytes =
        count * (sizeof *outputs->decisions + sizeof *outputs->deferred) +
        2 * outputs->names.slot_count * sizeof *outputs->names.slots;
    return ml_output_open_identities(outputs, err);
}

enum ml_status ml_output_plan_open(struct ml_output_plan *outputs,
                                   const struct ml_output_options *options,
                                   struct ml_error *err)
{
    memset(outputs, 0, sizeof *outputs);
    outputs->options = *options;
    const size_t count = options->inputs->count;
    outputs->decisions = calloc(count + 1, sizeof *outputs->decisions);
    if (!outputs->decisions)
        return ml_fail_os(err, ENOMEM, "cannot hold the plan of outputs",
                          "give fewer inputs at once");
    for (size_t i = 0; i < count; i++) {
        if (ml_inputs_at(options->inputs, i)->problem != ML_PROBLEM_NONE)
            ml_output_set_action(outputs, i, ML_OUTPUT_NONE);
    }
    const enum ml_status status = options->name->deferred
                                      ? plan_open_deferred(outputs, err)
                                      : plan_open_early(outputs, err);
    if (status != ML_OK)
        ml_output_plan_close(outputs);
    return status;
}
