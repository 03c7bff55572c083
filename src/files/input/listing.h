/* listing.h: what the walk keeps while it walks: the names of one folder, the
 * set of folders visited, and the reader of --files-from.  One thread. */
#ifndef ML_FILES_INPUT_LISTING_H
#define ML_FILES_INPUT_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

/* The entries of one folder; memory is reused for the next.  Begins as zeros.
 */
struct ml_listing {
    char *text; /* for each entry its d_type, then its name, terminated */
    size_t text_used, text_room;
    size_t *offsets;
    size_t count, room;
};

/* Read the folder (fd stays open and the caller's), all but `.` and `..`, and
 * sort it naturally.  Returns 0 or errno; what could be read is there also
 * after an error other than ENOMEM. */
int ml_listing_read(struct ml_listing *listing, int fd);
const char *ml_listing_at(const struct ml_listing *listing, size_t index,
                          unsigned char *type_out);
void ml_listing_close(struct ml_listing *listing);

/* A set of (device, inode).  Begins as zeros. */
struct ml_visited {
    struct ml_visited_id {
        uint64_t device, inode; /* 0, 0: empty; inode 0 is never used */
    } * ids;
    size_t count, room; /* room: a power of two */
};

/* False when there is no memory. */
bool ml_visited_add(struct ml_visited *visited, uint64_t device, uint64_t inode,
                    bool *is_new_out);
void ml_visited_close(struct ml_visited *visited);

/* The items of a list of paths. */
struct ml_path_list {
    FILE *stream;
    char *item; /* getdelim's */
    size_t item_room;
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
