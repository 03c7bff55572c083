/* output_plan.c: see output_plan.h.  The names of outputs, the set of names,
 * and what is decided for each input.
 */
#include "files/output/output_plan.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "files/output/casefold.h"
#include "files/output/output_plan_internal.h"

/* A decision: the action in the two upper bits.  With HINT, the rest is the
 * next suffix to try for other inputs with this input's name; else it is the
 * input's own suffix, 0 for none. */
#define PLAN_ACTION_SHIFT 30
#define PLAN_HINT (UINT32_C(1) << 29)
#define PLAN_SUFFIX (PLAN_HINT - 1)

_Static_assert(ML_INPUTS_MAX < PLAN_SUFFIX, "a suffix for every input");

enum ml_output_action
ml_output_plan_action(const struct ml_output_plan *outputs, size_t index)
{
    assert(index < outputs->options.inputs->count);
    return (enum ml_output_action)(outputs->decisions[index] >>
                                   PLAN_ACTION_SHIFT);
}

void ml_output_set_action(struct ml_output_plan *outputs, size_t index,
                          enum ml_output_action action)
{
    const uint32_t rest =
        outputs->decisions[index] & ((UINT32_C(1) << PLAN_ACTION_SHIFT) - 1);
    outputs->decisions[index] = ((uint32_t)action << PLAN_ACTION_SHIFT) | rest;
    outputs->skip_exists_count += action == ML_OUTPUT_SKIP_EXISTS;
    outputs->skip_collision_count += action == ML_OUTPUT_SKIP_COLLISION;
}

static void output_plan_note_conflict(struct ml_conflicts *conflicts,
                                      const struct ml_conflict *conflict)
{
    if (conflicts->count < ML_CONFLICTS_KEPT)
        conflicts->kept[conflicts->count] = *conflict;
    conflicts->count++;
}

void ml_output_note(struct ml_conflicts *conflicts, enum ml_conflict_kind kind,
                    size_t first, size_t second)
{
    const struct ml_conflict conflict = {
        .kind = kind, .first = first, .second = second};
    output_plan_note_conflict(conflicts, &conflict);
}

void ml_output_note_name(struct ml_output_plan *outputs, size_t index,
                         const struct ml_error *err)
{
    const struct ml_conflict conflict = {.kind = ML_CONFLICT_NAME,
                                         .first = SIZE_MAX,
                                         .second = index,
                                         .error = *err};
    output_plan_note_conflict(&outputs->conflicts, &conflict);
    ml_output_set_action(outputs, index, ML_OUTPUT_NONE);
}

/* ---- names ---- */

enum ml_status ml_output_expand(const struct ml_output_plan *outputs,
                                size_t index, uint32_t suffix,
                                char path_out[ML_NAME_PATH_MAX],
                                struct ml_error *err)
{
    const struct ml_output_options *options = &outputs->options;
    const struct ml_input *input = ml_inputs_at(options->inputs, index);
    char relative[ML_INPUT_PATH_MAX];
    (void)ml_input_relative(options->inputs, input, relative);
    struct ml_name_values values = {
        .relative = relative,
        .extensions = options->extensions(options->context, input),
        .n = index + 1};
    if (outputs->deferred) {
        values.width = outputs->deferred[index].width;
        values.height = outputs->deferred[index].height;
        values.hash = outputs->deferred[index].hash;
    }
    const enum ml_status status =
        ml_name_template_expand(options->name, &values, path_out, NULL, err);
    if (status != ML_OK || suffix == 0)
        return status;
    return ml_name_add_suffix(path_out, suffix, err);
}

static uint32_t output_plan_suffix(const struct ml_output_plan *outputs,
                                   size_t index)
{
    const uint32_t decision = outputs->decisions[index];
    return decision & PLAN_HINT ? 0 : decision & PLAN_SUFFIX;
}

enum ml_status ml_output_plan_name(const struct ml_output_plan *outputs,
                                   size_t index,
                                   char path_out[ML_NAME_PATH_MAX],
                                   struct ml_error *err)
{
    return ml_output_expand(outputs, index, output_plan_suffix(outputs, index),
                            path_out, err);
}

/* The name of an input in the set: it was expanded before. */
void ml_output_member_name(const struct ml_output_plan *outputs, uint32_t index,
                           char path_out[ML_NAME_PATH_MAX])
{
    struct ml_error err;
    const enum ml_status status =
        ml_output_plan_name(outputs, index, path_out, &err);
    assert(status == ML_OK);
    (void)status;
}

/* Differences that the output folder's file system ignores. */
static unsigned output_plan_ignored(const struct ml_output_plan *outputs)
{
    const struct ml_output_root *root = outputs->options.root;
    return (root->folds_case ? ML_IGNORE_CASE : 0) |
           (root->normalizes ? ML_IGNORE_FORM : 0);
}

/* One set answers both whether the name is taken here and whether it would be
 * on another file system: the hash is that of the name without case and normal
 * form. */
struct ml_output_match ml_output_find(const struct ml_output_plan *outputs,
                                      const char *path)
{
    char key[ML_CASEFOLD_KEY_MAX], other[ML_NAME_PATH_MAX];
    ml_casefold_key(path, ML_IGNORE_BOTH, key);
    struct ml_output_match match = {.same = ML_NO_INPUT,
                                    .variant = ML_NO_INPUT,
                                    .hash = ml_hash_bytes(key, strlen(key)),
                                    .cursor = SIZE_MAX};
    for (;;) {
        const uint32_t number =
            ml_name_table_next(&outputs->names, match.hash, &match.cursor);
        if (number == UINT32_MAX)
            return match;
        ml_output_member_name(outputs, number, other);
        if (ml_casefold_equal(other, path, output_plan_ignored(outputs))) {
            match.same = number;
            return match;
        }
        if (match.variant == ML_NO_INPUT &&
            ml_casefold_equal(other, path, ML_IGNORE_BOTH)) {
            match.variant = number;
            match.difference = ml_casefold_equal(other, path, ML_IGNORE_FORM)
                                   ? ML_CONFLICT_FORM
                                   : ML_CONFLICT_CASE;
        }
    }
}

void ml_output_insert(struct ml_output_plan *outputs,
                      const struct ml_output_match *match, size_t index)
{
    ml_name_table_add(&outputs->names, match->cursor, match->hash,
                      (uint32_t)index);
    if (match->variant != ML_NO_INPUT)
        ml_output_note(&outputs->warnings, match->difference, match->variant,
                       index);
}

/* Give `index`, whose natural name `path` belongs to `owner`, the first free
 * suffix; path becomes the suffixed name. */
enum ml_status ml_output_add_suffix(struct ml_output_plan *outputs,
                                    size_t index, uint32_t owner,
                                    char path[ML_NAME_PATH_MAX],
                                    struct ml_error *err)
{
    char natural[ML_NAME_PATH_MAX];
    memcpy(natural, path, strlen(path) + 1);
    uint32_t *hint = &outputs->decisions[owner];
    uint32_t suffix = *hint & PLAN_HINT ? *hint & PLAN_SUFFIX : 2;
    for (;; suffix++) {
        memcpy(path, natural, strlen(natural) + 1);
        if (ml_name_add_suffix(path, suffix, err) != ML_OK)
            return err->status;
        const struct ml_output_match match = ml_output_find(outputs, path);
        if (match.same == ML_NO_INPUT) {
            outputs->decisions[index] =
                ((uint32_t)ML_OUTPUT_WRITE << PLAN_ACTION_SHIFT) | suffix;
            ml_output_insert(outputs, &match, index);
            break;
        }
    }
    /* Later inputs with this name start behind this suffix: n equal names take
     * n trials, not n^2. */
    if ((*hint & PLAN_SUFFIX) == 0 || (*hint & PLAN_HINT) != 0)
        *hint = (*hint & ~PLAN_SUFFIX) | PLAN_HINT | (suffix + 1);
    return ML_OK;
}

void ml_output_plan_close(struct ml_output_plan *outputs)
{
    ml_name_table_close(&outputs->identities);
    ml_name_table_close(&outputs->names);
    free(outputs->deferred);
    free(outputs->decisions);
    memset(outputs, 0, sizeof *outputs);
}
