/* output_plan_internal.h: what output_plan.c, output_plan_disk.c and output_plan_late.c share.
 * Nobody else includes it; the contract is in output_plan.h. */
#ifndef ML_FILES_OUTPUT_OUTPUT_PLAN_INTERNAL_H
#define ML_FILES_OUTPUT_OUTPUT_PLAN_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "files/output/output_plan.h"

#define ML_NOBODY UINT32_MAX

/* What the set of names says of one name. */
struct ml_target_match {
    uint32_t same;    /* who has it, or ML_NOBODY */
    uint32_t variant; /* who has it but for case */
    uint32_t hash;
    size_t cursor; /* where it would be added, if nobody has it */
};

void ml_conflicts_note(struct ml_conflicts *conflicts,
                       const struct ml_conflict *conflict);
/* Set and count an action; the suffix stays. */
void ml_target_decide(struct ml_targets *targets, size_t index,
                      enum ml_target_action action);
/* The name with this suffix, 0 for none. */
ML_MUST_CHECK enum ml_status ml_target_expand(const struct ml_targets *targets,
                                              size_t index, uint32_t suffix,
                                              char path_out[ML_NAME_PATH_MAX],
                                              struct ml_error *err);
struct ml_target_match ml_target_find(const struct ml_targets *targets,
                                      const char *path);
void ml_target_enter(struct ml_targets *targets,
                     const struct ml_target_match *match, size_t index);
/* Give `index`, whose natural name `path` belongs to `owner`, the first free
 * suffix, and enter it; path becomes the suffixed name. */
ML_MUST_CHECK enum ml_status ml_target_add_suffix(struct ml_targets *targets,
                                                  size_t index, uint32_t owner,
                                                  char path[ML_NAME_PATH_MAX],
                                                  struct ml_error *err);

ML_MUST_CHECK enum ml_status
ml_target_open_identities(struct ml_targets *targets, struct ml_error *err);
/* Look at the disk.  Returns whether there is a conflict, and which; else
 * *action_out is what --existing says. */
bool ml_target_disk(const struct ml_targets *targets, size_t index,
                    const char *path, enum ml_target_action *action_out,
                    struct ml_conflict *conflict_out);

#endif
