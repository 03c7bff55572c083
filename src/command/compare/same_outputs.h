/* same_outputs.h: are the files of two folders equal, byte for byte?
 *
 * A folder is represented by the paths and SHA-256 digests of its files, so
 * that it can be removed before the next one is written.
 */
#ifndef ML_COMMAND_COMPARE_SAME_OUTPUTS_H
#define ML_COMMAND_COMPARE_SAME_OUTPUTS_H

#include "files/digest/manifest.h"

#define ML_DIFFERENCES_KEPT 8

struct ml_differences {
    size_t count;
    struct ml_difference {
        char path[200]; /* relative to the folder; truncated if longer */
        const char *how;
        size_t run;              /* index of the run that wrote it */
    } kept[ML_DIFFERENCES_KEPT]; /* the first ones */
};

/* Read the folder.  Close `outputs` with ml_manifest_close(), unless it fails
 * with ML_ERR_OS or ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_outputs_open(struct ml_manifest *outputs,
                                             const char *folder,
                                             struct ml_error *err);
/* Add how `outputs`, of run `run`, differ from `reference`. */
void ml_outputs_compare(const struct ml_manifest *reference,
                        const struct ml_manifest *outputs, size_t run,
                        struct ml_differences *differences);

#endif
