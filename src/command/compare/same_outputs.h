/* same_outputs.h: are the files of two folders the same, byte for byte?
 *
 * A folder is remembered as the paths and SHA-256 digests of its files, so that
 * it may be removed before the next one is there.
 */
#ifndef ML_COMMAND_COMPARE_SAME_OUTPUTS_H
#define ML_COMMAND_COMPARE_SAME_OUTPUTS_H

#include "files/digest/manifest.h"

#define ML_DIFFERENCES_KEPT 8

struct ml_differences {
    size_t count;
    struct ml_difference {
        char path[200]; /* below the folder; a longer one is cut */
        const char *how;
        size_t run;              /* whose outputs these are */
    } kept[ML_DIFFERENCES_KEPT]; /* the first ones */
};

/* ML_ERR_OS, ML_ERR_MEMORY; nothing is left to close then.  Close it with
 * ml_manifest_close(). */
ML_MUST_CHECK enum ml_status ml_outputs_open(struct ml_manifest *outputs,
                                             const char *folder,
                                             struct ml_error *err);
/* Add what makes `outputs`, of run `run`, differ from `wanted`. */
void ml_outputs_compare(const struct ml_manifest *reference,
                        const struct ml_manifest *outputs, size_t run,
                        struct ml_differences *differences);

#endif
