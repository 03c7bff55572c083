/* visited_set.c: see visited_set.h. */
#include "files/input/visited_set.h"

#include <stdlib.h>
#include <string.h>

/* The slot of (device, inode), or the empty slot for it. */
static struct ml_visited_id *visited_find(const struct ml_visited_set *visited,
                                          uint64_t device, uint64_t inode)
{
    /* Multiplying by 2^64 / golden ratio spreads neighbouring inodes (Knuth,
     * The Art of Computer Programming 3, 6.4). */
    const uint64_t hash =
        (inode ^ (device << 32)) * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(hash >> 32) & (visited->capacity - 1);
    for (;; at = (at + 1) & (visited->capacity - 1)) {
        struct ml_visited_id *id = &visited->ids[at];
        if ((id->device == device && id->inode == inode) ||
            (id->device == 0 && id->inode == 0))
            return id;
    }
}

static bool visited_grow(struct ml_visited_set *visited)
{
    struct ml_visited_set wider = {
        .capacity = visited->capacity ? visited->capacity * 2 : 64,
        .count = visited->count};
    wider.ids = calloc(wider.capacity, sizeof *wider.ids);
    if (!wider.ids)
        return false;
    for (size_t i = 0; i < visited->capacity; i++) {
        const struct ml_visited_id id = visited->ids[i];
        if (id.device != 0 || id.inode != 0)
            *visited_find(&wider, id.device, id.inode) = id;
    }
    free(visited->ids);
    *visited = wider;
    return true;
}

bool ml_visited_set_add(struct ml_visited_set *visited, uint64_t device,
                        uint64_t inode, bool *is_new_out)
{
    if (visited->count * 4 >= visited->capacity * 3 && !visited_grow(visited))
        return false;
    struct ml_visited_id *id = visited_find(visited, device, inode);
    *is_new_out = id->device == 0 && id->inode == 0;
    visited->count += *is_new_out;
    *id = (struct ml_visited_id){.device = device, .inode = inode};
    return true;
}

void ml_visited_set_close(struct ml_visited_set *visited)
{
    free(visited->ids);
    memset(visited, 0, sizeof *visited);
}
