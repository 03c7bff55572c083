/* output_root.h: the output folder (-o).
 *
 * Opened once; every output is opened through its descriptor and stays below
 * it: paths are resolved with openat2(RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS).
 * If that call is missing (old kernels, some containers), every folder of the
 * path is opened with O_NOFOLLOW instead, which also refuses links that stay
 * inside.
 *
 * A root that does not exist yet is absent until ml_output_root_create(), so
 * that planning and --dry-run write nothing.  After open and create: read-only,
 * any thread may use it.
 */
#ifndef ML_FILES_OUTPUT_OUTPUT_ROOT_H
#define ML_FILES_OUTPUT_OUTPUT_ROOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/error.h"
#include "files/input/inputs.h"

struct ml_output_root {
    int fd; /* O_PATH; -1 while absent */
    char path[ML_INPUT_PATH_MAX];
    uint64_t device, inode; /* 0, 0 while absent */
    bool beneath;           /* openat2 works here */
    bool folds_case;        /* a.jpg and A.JPG are one file here */
    bool normalizes;        /* so are names in NFC and NFD (casefold.h) */
};

/* ML_ERR_OS if it exists but is no folder or cannot be opened, ML_ERR_USAGE if
 * the path is empty or too long. */
ML_MUST_CHECK enum ml_status ml_output_root_open(struct ml_output_root *root,
                                                 const char *path,
                                                 struct ml_error *err);
/* Create it with all folders above it; no effect unless it is absent. */
ML_MUST_CHECK enum ml_status ml_output_root_create(struct ml_output_root *root,
                                                   struct ml_error *err);
void ml_output_root_close(struct ml_output_root *root);

/* stat() `relative` below the root, through links; the link itself if it
 * dangles.  Returns 0, or errno: ENOENT if it (or the root) does not exist,
 * ENOTDIR if a file is in its path. */
int ml_output_root_stat(const struct ml_output_root *root, const char *relative,
                        struct stat *stat_out);

/* Open the folder `relative` ("" is the root itself) as O_PATH, and create
 * missing folders of the path (mode 0777 minus umask; another process may
 * create the same at the same time).  Returns a descriptor that the caller
 * closes, or -1 with errno: EXDEV or ELOOP if a link leads out. */
int ml_output_root_mkdirs(const struct ml_output_root *root,
                          const char *relative);

#endif
