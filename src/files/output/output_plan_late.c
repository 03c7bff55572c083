/* output_plan_late.c: names that are known only after the work. */
#include <assert.h>
#include <string.h>

#include "files/output/output_plan_internal.h"

static enum ml_status claim_refuse(const struct ml_targets *targets,
                                   const struct ml_conflict *conflict,
                                   struct ml_error *err)
{
    static const char *const whats[] = {
        [ML_CONFLICT_COLLISION] = "the output name is taken",
        [ML_CONFLICT_CASE] = "the output name is taken",
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
    char other[ML_INPUT_PATH_MAX] = "", why[128] = "it is on the disk";
    struct ml_strbuf text;
    ml_strbuf_open(&text, why, sizeof why);
    if (conflict->first == SIZE_MAX) {
        ml_strbuf_add(&text, "it is on the disk");
    } else {
        const struct ml_inputs *inputs = targets->options.inputs;
        (void)ml_input_path(inputs, ml_inputs_at(inputs, conflict->first),
                            other);
        ml_strbuf_add(&text, "by ");
        ml_strbuf_add_escaped(&text, other);
    }
    (void)ml_fail(err, ML_ERR_EXISTS, whats[conflict->kind], remedy, "%s", why);
    err->step = ML_STEP_WRITE;
    return err->status;
}

/* Enter the name among those claimed; what a second one gets depends on
 * --on-collision. */
static enum ml_status claim_name(struct ml_targets *targets, size_t index,
                                 char path[ML_NAME_PATH_MAX],
                                 enum ml_target_action *action_out,
                                 struct ml_error *err)
{
    const struct ml_target_match match = ml_target_find(targets, path);
    *action_out = ML_TARGET_WRITE;
    if (match.same == ML_NOBODY) {
        ml_target_enter(targets, &match, index);
        return ML_OK;
    }
    const struct ml_conflict conflict = {
        .kind = ML_CONFLICT_COLLISION, .first = match.same, .second = index};
    switch (targets->options.on_collision) {
    case ML_COLLISION_ERROR:
        return claim_refuse(targets, &conflict, err);
    case ML_COLLISION_SKIP:
        *action_out = ML_TARGET_SKIP_COLLISION;
        return ML_OK;
    case ML_COLLISION_SUFFIX:
        return ml_target_add_suffix(targets, index, match.same, path, err);
    }
    return claim_refuse(targets, &conflict, err);
}

enum ml_status ml_targets_claim(struct ml_targets *targets, size_t index,
                                const struct ml_late *late,
                                char path_out[ML_NAME_PATH_MAX],
                                enum ml_target_action *action_out,
                                struct ml_error *err)
{
    assert(targets->late && index < targets->options.inputs->count);
    targets->late[index] = *late;
    *action_out = ML_TARGET_NONE;
    enum ml_status status = ml_target_expand(targets, index, 0, path_out, err);
    if (status == ML_OK)
        status = claim_name(targets, index, path_out, action_out, err);
    struct ml_conflict conflict;
    if (status == ML_OK && *action_out == ML_TARGET_WRITE &&
        ml_target_disk(targets, index, path_out, action_out, &conflict))
        status = claim_refuse(targets, &conflict, err);
    if (status != ML_OK) {
        *action_out = ML_TARGET_NONE;
        err->step = ML_STEP_WRITE;
    }
    ml_target_decide(targets, index, *action_out);
    return status;
}
