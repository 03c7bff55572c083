/* probe.h: what is this file?  Opens it and classifies its first bytes.  Any
 * thread. */
#ifndef ML_FILES_INPUT_PROBE_H
#define ML_FILES_INPUT_PROBE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "files/input/inputs.h"

#define ML_HEAD_BYTES 32 /* first bytes of a file shown to the classifier */

/* The caller knows the formats; this folder does not. */
struct ml_classifier {
    void *context;
    /* Format number (0..32767) of a file with these first bytes (head_size may
     * be 0), or ML_NOT_PICTURE. */
    int (*classify)(void *context, const char *path, const uint8_t *head,
                    size_t head_size);
    /* Format number for the ending of `path`, or ML_NOT_PICTURE. */
    int (*named)(void *context, const char *path);
};

/* Fill device, inode, size, time, format and problem of *input, the rest with
 * zeros.  The file is `name` in the open folder; `path` is for the classifier.
 * `file_stat`: of the file, through links; NULL if the folder's listing calls
 * it regular: then it is opened at once, which saves a system call a file. */
void ml_probe_file(const struct ml_classifier *classifier, int folder_fd,
                   const char *name, const char *path,
                   const struct stat *file_stat, struct ml_input *input);

/* Record that it cannot be opened or examined. */
void ml_probe_failed(struct ml_input *input, int error);

#endif
