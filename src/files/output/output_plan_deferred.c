/* output_plan_deferred.c: reserve a deferred name once its output is
 * encoded. */
#include <assert.h>
#include <string.h>

#include "files/output/output_plan_internal.h"

static enum ml_status claim_refuse(const struct ml_output_plan *outputs,
                                   const struct ml_conflict *conflict,
                                   struct ml_error *err)
{
    static const char *const whats[] = {
        [ML_CONFLICT_COLLISION] = "the output name is taken",
        [ML_CONFLICT_CASE] = "the output name is taken",
        [ML_CONFLICT_FORM] = "the output name is taken",
        [ML_CONFLICT_INPUT] = "the output is an input",
        [ML_CONFLICT_EXISTS] = "the output exists already",
        [ML_CONFLICT_FOLDER] = "the output name is taken",
        [ML_CONFLICT_DISK] = "the output is a folder, or below a file",
        [ML_CONFLICT_NAME] = "bad output name"};
    const char *remedy =
        conflict->kind == ML_CONFLICT_EXISTS
            ? "choose --existing skip, overwrite or newer"
        : conflict->kind == ML_CONFLICT_COLLISION
            ? "choose another --name, or --on-collision suffix or skip"
            : "choose another -o or --name";
    char other[ML_INPUT_PATH_MAX] = "", why[128] = "it is on disk";
    struct ml_strbuf text;
    ml_strbuf_open(&text, why, sizeof why);
    if (conflict->first == SIZE_MAX) {
        ml_strbuf_add(&text, "it is on disk");
    } else {
        const struct ml_inputs *inputs = outputs->options.inputs;
        (void)ml_input_path(inputs, ml_inputs_at(inputs, conflict->first),
                            other);
        ml_strbuf_add(&text, "by ");
        ml_strbuf_add_escaped(&text, other);
    }
    (void)ml_fail(err, ML_ERR_EXISTS, whats[conflict->kind], remedy, "%s", why);
    err->step = ML_STEP_WRITE;
    return err->status;
}

/* Reserve the name; if it is taken, apply --on-collision. */
static enum ml_status claim_name(struct ml_output_plan *outputs, size_t index,
                                 char path[ML_NAME_PATH_MAX],
                                 enum ml_output_action *action_out,
                                 struct ml_error *err)
{
    const struct ml_output_match match = ml_output_find(outputs, path);
    *action_out = ML_OUTPUT_WRITE;
    if (match.same == ML_NO_INPUT) {
        ml_output_insert(outputs, &match, index);
        return ML_OK;
    }
    const struct ml_conflict conflict = {
        .kind = ML_CONFLICT_COLLISION, .first = match.same, .second = index};
    switch (outputs->options.on_collision) {
    case ML_COLLISION_ERROR:
        return claim_refuse(outputs, &conflict, err);
    case ML_COLLISION_SKIP:
        *action_out = ML_OUTPUT_SKIP_COLLISION;
        return ML_OK;
    case ML_COLLISION_SUFFIX:
        return ml_output_add_suffix(outputs, index, match.same, path, err);
    }
    return claim_refuse(outputs, &conflict, err);
}

enum ml_status ml_output_plan_claim(struct ml_output_plan *outputs,
                                    size_t index,
                                    const struct ml_deferred_name *deferred,
                                    char path_out[ML_NAME_PATH_MAX],
                                    enum ml_output_action *action_out,
                                    struct ml_error *err)
{
    assert(outputs->deferred && index < outputs->options.inputs->count);
    outputs->deferred[index] = *deferred;
    *action_out = ML_OUTPUT_NONE;
    enum ml_status status = ml_output_expand(outputs, index, 0, path_out, err);
    if (status == ML_OK)
        status = claim_name(outputs, index, path_out, action_out, err);
    struct ml_conflict conflict;
    if (status == ML_OK && *action_out == ML_OUTPUT_WRITE &&
        ml_output_disk(outputs, index, path_out, action_out, &conflict))
        status = claim_refuse(outputs, &conflict, err);
    if (status != ML_OK) {
        *action_out = ML_OUTPUT_NONE;
        err->step = ML_STEP_WRITE;
    }
    ml_output_set_action(outputs, index, *action_out);
    return status;
}
