/* dir_listing.c: see dir_listing.h. */
#include "files/input/dir_listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/input/natural_sort.h"

static bool listing_reserve(struct ml_dir_listing *listing, size_t bytes)
{
    if (listing->count == listing->capacity) {
        const size_t capacity = listing->capacity ? listing->capacity * 2 : 256;
        size_t *moved = realloc(listing->offsets, capacity * sizeof *moved);
        if (!moved)
            return false;
        listing->offsets = moved;
        listing->capacity = capacity;
    }
    if (listing->text_capacity - listing->text_used < bytes) {
        const size_t capacity = listing->text_capacity * 2 + 8192;
        char *moved = realloc(listing->text, capacity);
        if (!moved)
            return false;
        listing->text = moved;
        listing->text_capacity = capacity;
    }
    return true;
}

static int listing_add(struct ml_dir_listing *listing,
                       const struct dirent *entry)
{
    const char *name = entry->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return 0;
    const size_t bytes = strlen(name) + 1;
    if (!listing_reserve(listing, bytes + 1))
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

static int listing_read_all(struct ml_dir_listing *listing, DIR *folder)
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

int ml_dir_listing_read(struct ml_dir_listing *listing, int fd)
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

const char *ml_dir_listing_at(const struct ml_dir_listing *listing,
                              size_t index, unsigned char *type_out)
{
    const char *entry = listing->text + listing->offsets[index];
    *type_out = (unsigned char)entry[0];
    return entry + 1;
}

void ml_dir_listing_close(struct ml_dir_listing *listing)
{
    free(listing->text);
    free(listing->offsets);
    memset(listing, 0, sizeof *listing);
}
