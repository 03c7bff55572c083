/* visited_set.h: the folders that a walk has entered, so that links cannot make
 * a loop.  One thread. */
#ifndef ML_FILES_INPUT_VISITED_SET_H
#define ML_FILES_INPUT_VISITED_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A hash table of (device, inode).  Begins as zeros. */
struct ml_visited_set {
    struct ml_visited_id {
        uint64_t device, inode; /* 0, 0: empty; inode 0 is never used */
    } * ids;
    size_t count, capacity; /* capacity: a power of two */
};

/* False when memory is exhausted. */
bool ml_visited_set_add(struct ml_visited_set *visited, uint64_t device,
                        uint64_t inode, bool *is_new_out);
void ml_visited_set_close(struct ml_visited_set *visited);

#endif
