/* path_list.h: reading a list of paths (--files-from), from a file or standard
 * input.  One thread.
 */
#ifndef ML_FILES_INPUT_PATH_LIST_H
#define ML_FILES_INPUT_PATH_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

struct ml_path_list {
    FILE *stream;
    char *item; /* getdelim's */
    size_t item_capacity;
    size_t number; /* of the item, from 1 */
    int end;       /* '\0' or '\n' */
};

/* `list` is a path or `-`.  ML_ERR_USAGE when it cannot be opened. */
ML_MUST_CHECK enum ml_status ml_path_list_open(struct ml_path_list *paths,
                                               const char *list, bool nul,
                                               struct ml_error *err);
/* *path_out: the next item that is not empty, valid until the next call; NULL
 * at the end.  ML_ERR_USAGE: an item with a NUL in a list of lines; ML_ERR_OS.
 */
ML_MUST_CHECK enum ml_status ml_path_list_next(struct ml_path_list *paths,
                                               const char **path_out,
                                               struct ml_error *err);
void ml_path_list_close(struct ml_path_list *paths);

#endif
