/* structure_internal.h: helpers shared by the files of this folder. */
#ifndef TESTS_SUPPORT_STRUCTURE_STRUCTURE_INTERNAL_H
#define TESTS_SUPPORT_STRUCTURE_STRUCTURE_INTERNAL_H

#include <fts.h>

#include "support/structure/structure.h"

/* Grow the array by one item beyond `count`. */
#define STRUCTURE_GROW(items, count, room)                                     \
    ((count) == (room)                                                         \
         ? (void)((items) = structure_grow((items), &(room), sizeof *(items))) \
         : (void)0)

void *structure_grow(void *items, size_t *room, size_t item_bytes);

/* The index of the file at this path, SIZE_MAX when there is none. */
size_t structure_file_index(const struct structure *structure,
                            const char *path);
/* "VERB WHAT" is the reason.  An arrow from a file to itself is left out. */
void structure_add_arrow(struct structure *structure, size_t from, size_t to,
                         const char *verb, const char *what);

/* The name of a C file or a header. */
bool structure_is_c(const char *name);
/* Order of fts_open(). */
int structure_by_name(const FTSENT **a, const FTSENT **b);

#endif
