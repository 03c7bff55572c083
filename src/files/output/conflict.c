/* conflict.c: conflicts of outputs as one line for the user. */
#include <string.h>

#include "files/output/output_plan.h"

struct conflict_words {
    const char *what;
    const char *remedy;
};

static const struct conflict_words conflict_words[] = {
    [ML_CONFLICT_COLLISION] = {"its output is that of another input",
                               "choose another --name, or --on-collision "
                               "suffix or skip"},
    [ML_CONFLICT_CASE] = {"its output differs from another only in case",
                          "choose another --name if this may go to a system "
                          "that folds case"},
    [ML_CONFLICT_FORM] = {"its output differs from another only in the normal "
                          "form of Unicode",
                          "choose another --name if this may go to a system "
                          "that normalizes names"},
    [ML_CONFLICT_INPUT] = {"its output is an input",
                           "choose another -o or --name"},
    [ML_CONFLICT_EXISTS] = {"its output exists already",
                            "choose --existing skip, overwrite or newer, or "
                            "another -o"},
    [ML_CONFLICT_FOLDER] = {"its output needs another output to be a folder",
                            "choose another --name"},
    [ML_CONFLICT_DISK] = {"its output is a folder, or below a file",
                          "choose another -o or --name"},
    [ML_CONFLICT_NAME] = {NULL, NULL}, /* the error has them */
};

static void conflict_add_input(const struct ml_output_plan *outputs,
                               size_t index, struct ml_strbuf *text)
{
    const struct ml_inputs *inputs = outputs->options.inputs;
    char path[ML_INPUT_PATH_MAX];
    (void)ml_input_path(inputs, ml_inputs_at(inputs, index), path);
    ml_strbuf_add_escaped(text, path);
}

static void conflict_add_output(const struct ml_output_plan *outputs,
                                size_t index, struct ml_strbuf *text)
{
    char path[ML_NAME_PATH_MAX];
    struct ml_error err;
    if (ml_output_plan_name(outputs, index, path, &err) != ML_OK)
        return;
    const char *root = outputs->options.root->path;
    ml_strbuf_add_escaped(text, root);
    if (root[strlen(root) - 1] != '/')
        ml_strbuf_add(text, "/");
    ml_strbuf_add_escaped(text, path);
}

static bool conflict_is_same_file(const struct ml_output_plan *outputs,
                                  const struct ml_conflict *conflict)
{
    const struct ml_inputs *inputs = outputs->options.inputs;
    const struct ml_input *first = ml_inputs_at(inputs, conflict->first);
    const struct ml_input *second = ml_inputs_at(inputs, conflict->second);
    return first->inode != 0 && first->inode == second->inode &&
           first->device == second->device;
}

static bool conflict_is_variant(const struct ml_conflict *conflict)
{
    return conflict->kind == ML_CONFLICT_CASE ||
           conflict->kind == ML_CONFLICT_FORM;
}

static void conflict_add_why(const struct ml_output_plan *outputs,
                             const struct ml_conflict *conflict,
                             struct ml_strbuf *text)
{
    conflict_add_output(outputs, conflict->second, text);
    if (conflict->first == SIZE_MAX)
        return;
    if (!conflict_is_variant(conflict) &&
        conflict_is_same_file(outputs, conflict)) {
        ml_strbuf_add(text, conflict->kind == ML_CONFLICT_INPUT
                                ? " is the input itself"
                                : " (the same file is given twice)");
        return;
    }
    ml_strbuf_add(text, conflict->kind == ML_CONFLICT_INPUT ? " is the input "
                                                            : " and that of ");
    conflict_add_input(outputs, conflict->first, text);
}

void ml_conflict_text(const struct ml_output_plan *outputs,
                      const struct ml_conflict *conflict,
                      struct ml_strbuf *text)
{
    conflict_add_input(outputs, conflict->second, text);
    if (conflict->kind == ML_CONFLICT_NAME) {
        const struct ml_error *err = &conflict->error;
        ml_strbuf_add(text, ": plan: %s: %s: %s", err->what, err->why,
                      err->remedy);
        return;
    }
    const struct conflict_words *words = &conflict_words[conflict->kind];
    ml_strbuf_add(text, ": plan: %s: ", words->what);
    conflict_add_why(outputs, conflict, text);
    ml_strbuf_add(text, ": %s", words->remedy);
}
