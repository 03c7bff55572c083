/* probe.h: what is this one file?  Any thread. */
#ifndef ML_FILES_INPUT_PROBE_H
#define ML_FILES_INPUT_PROBE_H

#include <sys/stat.h>

#include "files/input/inputs.h"
#include "files/input/walk.h"

/* Fill device, inode, size, time, format and problem of *input, the rest with
 * zeros.  The file is `name` in the open folder; `path` is for the classifier.
 * `facts` say what it is, through links; NULL when the folder's list calls it
 * regular: then it is opened at once, which spares a system call a file. */
void ml_probe_file(const struct ml_classifier *classifier, int folder_fd,
                   const char *name, const char *path, const struct stat *facts,
                   struct ml_input *input);

/* Note that it cannot be looked at. */
void ml_probe_failed(struct ml_input *input, int error);

#endif
