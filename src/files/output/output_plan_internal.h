/* output_plan_internal.h: what output_plan.c, output_plan_open.c,
 * output_plan_disk.c and output_plan_deferred.c share.  The contract is in
 * output_plan.h. */
#ifndef ML_FILES_OUTPUT_OUTPUT_PLAN_INTERNAL_H
#define ML_FILES_OUTPUT_OUTPUT_PLAN_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "files/output/output_plan.h"

#define ML_NO_INPUT UINT32_MAX

/* The result of searching the set of names for one name. */
struct ml_output_match {
    uint32_t same; /* the input that has it, or ML_NO_INPUT */
    uint32_t
        variant; /* the input whose name differs in case or normal form only */
    enum ml_conflict_kind difference; /* of the variant: CASE or FORM */
    uint32_t hash;
    size_t cursor; /* where to add it if it is new */
};

/* Count a conflict and keep it while there is room. */
void ml_output_note(struct ml_conflicts *conflicts, enum ml_conflict_kind kind,
                    size_t first, size_t second);
/* The same for an input without a valid output name; it is not written. */
void ml_output_note_name(struct ml_output_plan *outputs, size_t index,
                         const struct ml_error *err);
/* Set and count an action; the suffix stays. */
void ml_output_set_action(struct ml_output_plan *outputs, size_t index,
                          enum ml_output_action action);
/* Expand the name of an input, with this suffix; 0 for none. */
ML_MUST_CHECK enum ml_status
ml_output_expand(const struct ml_output_plan *outputs, size_t index,
                 uint32_t suffix, char path_out[ML_NAME_PATH_MAX],
                 struct ml_error *err);
/* The name of an input in the set: it was expanded before. */
void ml_output_member_name(const struct ml_output_plan *outputs, uint32_t index,
                           char path_out[ML_NAME_PATH_MAX]);
struct ml_output_match ml_output_find(const struct ml_output_plan *outputs,
                                      const char *path);
void ml_output_insert(struct ml_output_plan *outputs,
                      const struct ml_output_match *match, size_t index);
/* Give `index`, whose natural name `path` belongs to `owner`, the first free
 * suffix, and insert it; path becomes the suffixed name. */
ML_MUST_CHECK enum ml_status
ml_output_add_suffix(struct ml_output_plan *outputs, size_t index,
                     uint32_t owner, char path[ML_NAME_PATH_MAX],
                     struct ml_error *err);

ML_MUST_CHECK enum ml_status
ml_output_open_identities(struct ml_output_plan *outputs, struct ml_error *err);
/* Compare the output with the disk.  True: a conflict, see *conflict_out; else
 * *action_out is what --existing requires. */
bool ml_output_disk(const struct ml_output_plan *outputs, size_t index,
                    const char *path, enum ml_output_action *action_out,
                    struct ml_conflict *conflict_out);

#endif
