/* temp_files.h: the temporary files that exist at this moment.
 *
 * A fixed number of slots, one for each writer, so that an emergency exit can
 * remove what is unfinished.  A file is created and entered under one lock, so
 * none can exist that is not in the list.  All functions: any thread.
 */
#ifndef ML_FILES_OUTPUT_TEMP_FILES_H
#define ML_FILES_OUTPUT_TEMP_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "files/input/temp_name.h"
#include "os/mutex.h"

#define ML_TEMPS_MAX 1024

struct ml_temp {
    int folder_fd; /* the writer's; open as long as the slot is live; -1: free
                    */
    char name[ML_TEMP_NAME_MAX];
};

struct ml_temps {
    /* Guards all below; the innermost lock. */
    struct ml_mutex lock;
    struct ml_temp slots[ML_TEMPS_MAX];
    uint64_t token; /* random: runs that share a folder do not meet */
    uint64_t next;
    bool shut; /* after remove_all: no new ones */
};

ML_MUST_CHECK enum ml_status ml_temps_open(struct ml_temps *temps,
                                           struct ml_error *err);
/* No temporary file may be left; asserted. */
void ml_temps_close(struct ml_temps *temps);

/* Create one in the folder (mode 0666 less umask) and enter it.  *slot_out is
 * its number; returns a descriptor, or -1 with errno: ECANCELED after
 * ml_temps_remove_all, EMFILE when all slots are taken. */
int ml_temps_create(struct ml_temps *temps, int folder_fd, size_t *slot_out);
/* It has got its final name. */
void ml_temps_forget(struct ml_temps *temps, size_t slot);
/* Unlink it and free the slot. */
void ml_temps_remove(struct ml_temps *temps, size_t slot);
/* Emergency exit: unlink all and let no new one begin.  Writers that are still
 * at it get ECANCELED or ENOENT.  Returns how many there were. */
size_t ml_temps_remove_all(struct ml_temps *temps);

/* Has ml_temps_remove_all been called? */
bool ml_temps_are_shut(struct ml_temps *temps);

#endif
