/* output_plan.h: which input is written to which path, decided before the first
 * pixel.
 *
 * In: the inputs, the name template, the output root, the policies.  Out: for
 * each input an action and its output path, and all conflicts (counted; the
 * first ten kept with both names): two inputs with one output, an output that
 * is an input (same device and inode, so through links too), an output that
 * exists, a file where another output needs a folder, a name that leaves the
 * root.  Planning writes and creates nothing.
 *
 * Names are not stored: each call expands them again.  Memory while planning:
 * 16 bytes a file (an open hash table of 1.5 slots of 8 bytes, 4 of decision);
 * afterwards the 4 of decision remain.  A deferred template (name_template.h)
 * keeps 44.
 *
 * Built by one thread.  Then ml_output_plan_name is safe from any thread;
 * ml_output_plan_claim is called by one thread at a time.
 */
#ifndef ML_FILES_OUTPUT_OUTPUT_PLAN_H
#define ML_FILES_OUTPUT_OUTPUT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "files/input/inputs.h"
#include "files/output/name_table.h"
#include "files/output/name_template.h"
#include "files/output/output_root.h"

#define ML_CONFLICTS_KEPT 10

enum ml_existing { /* --existing */
                   ML_EXISTING_ERROR,
                   ML_EXISTING_SKIP,
                   ML_EXISTING_OVERWRITE,
                   ML_EXISTING_NEWER /* overwrite if the input is newer, else
                                        skip */
};

enum ml_on_collision { /* --on-collision */
                       ML_COLLISION_ERROR,
                       ML_COLLISION_SUFFIX, /* later ones become stem-2.ext,
                                               stem-3.ext, ... */
                       ML_COLLISION_SKIP    /* later ones are not written */
};

enum ml_output_action {
    ML_OUTPUT_WRITE,
    ML_OUTPUT_SKIP_EXISTS,    /* --existing skip, newer */
    ML_OUTPUT_SKIP_COLLISION, /* --on-collision skip */
    ML_OUTPUT_NONE            /* the input has a problem: it fails at read */
};

enum ml_conflict_kind {
    ML_CONFLICT_COLLISION, /* inputs `first` and `second` have one output */
    ML_CONFLICT_CASE,      /* their outputs differ only in case */
    ML_CONFLICT_FORM,      /* only in the normal form of Unicode */
    ML_CONFLICT_INPUT,     /* the output of `second` is the input `first` */
    ML_CONFLICT_EXISTS,    /* the output of `second` exists */
    ML_CONFLICT_FOLDER,    /* the output of `second` needs that of `first`, a
                              file, to be a folder */
    ML_CONFLICT_DISK, /* the output of `second` is a folder on disk, or a file
                         is in its path */
    ML_CONFLICT_NAME  /* `second` has no valid output name: see error */
};

struct ml_conflict {
    enum ml_conflict_kind kind;
    size_t first, second;  /* indices; first may be SIZE_MAX: none */
    struct ml_error error; /* kind ML_CONFLICT_NAME */
};

struct ml_conflicts {
    size_t count; /* all of them */
    struct ml_conflict kept[ML_CONFLICTS_KEPT];
};

struct ml_output_options {
    /* All four outlive the plan. */
    const struct ml_inputs *inputs;
    const struct ml_name_template *name;
    const struct ml_output_root *root;
    /* Endings of the format that `input` is written in, as in
     * ml_name_values. */
    const char *const *(*extensions)(void *context,
                                     const struct ml_input *input);
    void *context;
    enum ml_existing existing;
    enum ml_on_collision on_collision;
};

/* Values known once the output is encoded; zeros unless the template is
 * deferred. */
struct ml_deferred_name {
    uint32_t width, height;
    uint64_t hash;
};

/* All but the first five fields are private to output_plan*.c. */
struct ml_output_plan {
    struct ml_conflicts conflicts; /* if any: stop with exit code 2 */
    struct ml_conflicts warnings;  /* ML_CONFLICT_CASE and _FORM if the output
                                      folder keeps both names */
    size_t skip_exists_count, skip_collision_count;
    size_t peak_bytes; /* while planning */
    struct ml_output_options options;
    uint32_t *decisions;
    struct ml_name_table names;      /* kept for deferred templates only */
    struct ml_name_table identities; /* inputs by device and inode; the same */
    struct ml_deferred_name *deferred;
};

/* Make the plan.  Conflicts are no error of this call: test
 * outputs->conflicts.count.  ML_ERR_MEMORY.  With a deferred template it only
 * sets the actions of inputs that have a problem. */
ML_MUST_CHECK enum ml_status
ml_output_plan_open(struct ml_output_plan *outputs,
                    const struct ml_output_options *options,
                    struct ml_error *err);
void ml_output_plan_close(struct ml_output_plan *outputs);

enum ml_output_action
ml_output_plan_action(const struct ml_output_plan *outputs, size_t index);

/* The output path of input `index` below the root.  Unless the template is
 * deferred: any thread, at any time. */
ML_MUST_CHECK enum ml_status
ml_output_plan_name(const struct ml_output_plan *outputs, size_t index,
                    char path_out[ML_NAME_PATH_MAX], struct ml_error *err);

/* Deferred templates: reserve the name of input `index`; call it in the order
 * of the inputs (without failed ones).  It applies the policies: *action_out is
 * WRITE or one of the SKIPs; ML_ERR_EXISTS if the name is taken by an earlier
 * input, an input file or an existing file; ML_ERR_USAGE if the name is
 * invalid. */
ML_MUST_CHECK enum ml_status
ml_output_plan_claim(struct ml_output_plan *outputs, size_t index,
                     const struct ml_deferred_name *deferred,
                     char path_out[ML_NAME_PATH_MAX],
                     enum ml_output_action *action_out, struct ml_error *err);

/* One line for the user: both names, the cause, the remedy. */
void ml_conflict_text(const struct ml_output_plan *outputs,
                      const struct ml_conflict *conflict,
                      struct ml_strbuf *text);

#endif
