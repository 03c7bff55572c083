/* dir_listing.h: the names in one folder, in natural order.  One thread. */
#ifndef ML_FILES_INPUT_DIR_LISTING_H
#define ML_FILES_INPUT_DIR_LISTING_H

#include <stddef.h>

/* Begins as zeros; its memory is reused for the next folder. */
struct ml_dir_listing {
    char *text; /* for each entry its d_type, then its name, terminated */
    size_t text_used, text_capacity;
    size_t *offsets; /* of the entries in `text`, sorted by name */
    size_t count, capacity;
};

/* Read all entries of the folder but `.` and `..`.  `fd` stays open and belongs
 * to the caller.  Returns 0 or errno; after an error other than ENOMEM the
 * listing holds the entries read before it. */
int ml_dir_listing_read(struct ml_dir_listing *listing, int fd);
const char *ml_dir_listing_at(const struct ml_dir_listing *listing,
                              size_t index, unsigned char *type_out);
void ml_dir_listing_close(struct ml_dir_listing *listing);

#endif
