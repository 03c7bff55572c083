/* temp_files.h: the temporary files that exist now.
 *
 * A fixed number of slots, one for each file being written, so that an
 * emergency exit can remove unfinished files.  A file is created and entered
 * under one lock, so every existing one is in the list.  All functions: any
 * thread.
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
    int folder_fd; /* the writer's, open while in use; -1: slot is free */
    char name[ML_TEMP_NAME_MAX];
};

struct ml_temps {
    /* Guards all below; the innermost lock. */
    struct ml_mutex lock;
    struct ml_temp slots[ML_TEMPS_MAX];
    uint64_t token; /* random: runs in one folder use different names */
    uint64_t next;
    bool shut; /* after remove_all: refuse new ones */
};

ML_MUST_CHECK enum ml_status ml_temps_open(struct ml_temps *temps,
                                           struct ml_error *err);
/* Asserts that no temporary file is left. */
void ml_temps_close(struct ml_temps *temps);

/* Create one in the folder (mode 0666 minus umask) and enter it.  *slot_out is
 * its slot; returns a descriptor, or -1 with errno: ECANCELED after
 * ml_temps_remove_all, EMFILE if all slots are in use. */
int ml_temps_create(struct ml_temps *temps, int folder_fd, size_t *slot_out);
/* Free the slot: the file has its final name. */
void ml_temps_forget(struct ml_temps *temps, size_t slot);
/* Unlink it and free the slot. */
void ml_temps_remove(struct ml_temps *temps, size_t slot);
/* Emergency exit: unlink all and refuse new ones.  Writers in progress get
 * ECANCELED or ENOENT.  Returns how many it unlinked. */
size_t ml_temps_remove_all(struct ml_temps *temps);

/* Has ml_temps_remove_all been called? */
bool ml_temps_are_shut(struct ml_temps *temps);

#endif
