/* listing.c: see listing.h. */
#include "files/input/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/input/natural_sort.h"

/* ---- the names of one folder ---- */

static bool listing_room(struct ml_listing *listing, size_t bytes)
{
    if (listing->count == listing->room) {
        const size_t room = listing->room ? listing->room * 2 : 256;
        size_t *moved = realloc(listing->offsets, room * sizeof *moved);
        if (!moved)
            return false;
        listing->offsets = moved;
        listing->room = room;
    }
    if (listing->text_room - listing->text_used < bytes) {
        const size_t room = listing->text_room * 2 + 8192;
        char *moved = realloc(listing->text, room);
        if (!moved)
            return false;
        listing->text = moved;
        listing->text_room = room;
    }
    return true;
}

static int listing_add(struct ml_listing *listing, const struct dirent *entry)
{
    const char *name = entry->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return 0;
    const size_t bytes = strlen(name) + 1;
    if (!listing_room(listing, bytes + 1))
        return ENOMEM;
    listing->offsets[listing->count++] = listing->text_used;
    listing->text[listing->text_used] = (char)entry->d_type;
    memcpy(listing->text + listing->text_used + 1, name, bytes);
    listing->text_used += bytes + 1;
    return 0;
}

static int listing_compare(const void *a, const void *b, void *text)
{
    const char *names = text;
    return ml_natural_compare(names + *(const size_t *)a + 1,
                              names + *(const size_t *)b + 1);
}

static int listing_read_all(struct ml_listing *listing, DIR *folder)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry)
            return errno;
        const int error = listing_add(listing, entry);
        if (error != 0)
            return error;
    }
}

int ml_listing_read(struct ml_listing *listing, int fd)
{
    listing->count = listing->text_used = 0;
    const int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0)
        return errno;
    DIR *folder = fdopendir(own);
    if (!folder) {
        const int error = errno;
        (void)close(own);
        return error;
    }
    const int error = listing_read_all(listing, folder);
    (void)closedir(folder);
    if (listing->count > 1)
        qsort_r(listing->offsets, listing->count, sizeof *listing->offsets,
                listing_compare, listing->text);
    return error;
}

const char *ml_listing_at(const struct ml_listing *listing, size_t index,
                          unsigned char *type_out)
{
    const char *entry = listing->text + listing->offsets[index];
    *type_out = (unsigned char)entry[0];
    return entry + 1;
}

void ml_listing_close(struct ml_listing *listing)
{
    free(listing->text);
    free(listing->offsets);
    memset(listing, 0, sizeof *listing);
}

/* ---- folders visited ---- */

/* Where (device, inode) is, or the empty place where it belongs. */
static struct ml_visited_id *visited_find(const struct ml_visited *visited,
                                          uint64_t device, uint64_t inode)
{
    /* Multiplying by 2^64 / golden ratio spreads neighbouring inodes (Knuth,
     * The Art of Computer Programming 3, 6.4). */
    const uint64_t hash =
        (inode ^ (device << 32)) * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(hash >> 32) & (visited->room - 1);
    for (;; at = (at + 1) & (visited->room - 1)) {
        struct ml_visited_id *id = &visited->ids[at];
        if ((id->device == device && id->inode == inode) ||
            (id->device == 0 && id->inode == 0))
            return id;
    }
}

static bool visited_grow(struct ml_visited *visited)
{
    struct ml_visited wider = {.room = visited->room ? visited->room * 2 : 64,
                               .count = visited->count};
    wider.ids = calloc(wider.room, sizeof *wider.ids);
    if (!wider.ids)
        return false;
    for (size_t i = 0; i < visited->room; i++) {
        const struct ml_visited_id id = visited->ids[i];
        if (id.device != 0 || id.inode != 0)
            *visited_find(&wider, id.device, id.inode) = id;
    }
    free(visited->ids);
    *visited = wider;
    return true;
}

bool ml_visited_add(struct ml_visited *visited, uint64_t device, uint64_t inode,
                    bool *is_new_out)
{
    if (visited->count * 4 >= visited->room * 3 && !visited_grow(visited))
        return false;
    struct ml_visited_id *id = visited_find(visited, device, inode);
    *is_new_out = id->device == 0 && id->inode == 0;
    visited->count += *is_new_out;
    *id = (struct ml_visited_id){.device = device, .inode = inode};
    return true;
}

void ml_visited_close(struct ml_visited *visited)
{
    free(visited->ids);
    memset(visited, 0, sizeof *visited);
}

/* ---- lists of paths ---- */

enum ml_status ml_path_list_open(struct ml_path_list *paths, const char *list,
                                 bool nul, struct ml_error *err)
{
    *paths = (struct ml_path_list){.end = nul ? '\0' : '\n'};
    const int fd = strcmp(list, "-") == 0
                       ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                       : open(list, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    paths->stream = fd < 0 ? NULL : fdopen(fd, "r");
    if (paths->stream)
        return ML_OK;
    const int error = errno;
    if (fd >= 0)
        (void)close(fd);
    char text[128];
    return ml_fail(err, ML_ERR_USAGE, "the list of files cannot be opened",
                   "check the path given to --files-from", "%s",
                   strerror_r(error, text, sizeof text));
}

/* Cut the end mark off the item of `length` bytes; false for one with a NUL
 * inside. */
static bool path_list_trim(struct ml_path_list *paths, size_t length)
{
    if (length > 0 && paths->item[length - 1] == (char)paths->end)
        paths->item[--length] = '\0';
    return strlen(paths->item) == length;
}

enum ml_status ml_path_list_next(struct ml_path_list *paths,
                                 const char **path_out, struct ml_error *err)
{
    *path_out = NULL;
    for (;;) {
        errno = 0;
        const ssize_t length = getdelim(&paths->item, &paths->item_room,
                                        paths->end, paths->stream);
        if (length < 0 && (errno == ENOMEM || ferror(paths->stream)))
            return ml_fail_os(err, errno, "the list of files cannot be read",
                              NULL);
        if (length < 0)
            return ML_OK;
        paths->number++;
        if (!path_list_trim(paths, (size_t)length))
            return ml_fail(err, ML_ERR_USAGE, "bad list of files",
                           "use -0 for a list that find -print0 made",
                           "line %zu holds a NUL byte", paths->number);
        if (paths->item[0] != '\0') {
            *path_out = paths->item;
            return ML_OK;
        }
    }
}

void ml_path_list_close(struct ml_path_list *paths)
{
    (void)fclose(paths->stream);
    free(paths->item);
}
