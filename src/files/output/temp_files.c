/* temp_files.c: see temp_files.h. */
#include "files/output/temp_files.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define TEMPS_TRIES 100 /* to find a free name; the first one is */

enum ml_status ml_temps_open(struct ml_temps *temps, struct ml_error *err)
{
    memset(temps, 0, sizeof *temps);
    for (size_t i = 0; i < ML_TEMPS_MAX; i++)
        temps->slots[i].folder_fd = -1;
    if (getrandom(&temps->token, sizeof temps->token, 0) !=
        (ssize_t)sizeof temps->token)
        return ml_fail_os(err, errno, "no random bytes", NULL);
    ml_mutex_open(&temps->lock);
    return ML_OK;
}

void ml_temps_close(struct ml_temps *temps)
{
    for (size_t i = 0; i < ML_TEMPS_MAX; i++)
        assert(temps->slots[i].folder_fd == -1);
    ml_mutex_close(&temps->lock);
}

/* Create a file under a new name in *slot; the lock is held. */
static int temps_create_named(struct ml_temps *temps, int folder_fd,
                              struct ml_temp *slot)
{
    for (int i = 0; i < TEMPS_TRIES; i++) {
        ml_temp_name(slot->name, temps->token, temps->next++);
        const int fd = openat(folder_fd, slot->name,
                              O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

static int temps_create_locked(struct ml_temps *temps, int folder_fd,
                               size_t *slot_out)
{
    if (temps->shut) {
        errno = ECANCELED;
        return -1;
    }
    for (size_t i = 0; i < ML_TEMPS_MAX; i++) {
        struct ml_temp *slot = &temps->slots[i];
        if (slot->folder_fd != -1)
            continue;
        const int fd = temps_create_named(temps, folder_fd, slot);
        if (fd >= 0) {
            slot->folder_fd = folder_fd;
            *slot_out = i;
        }
        return fd;
    }
    errno = EMFILE;
    return -1;
}

int ml_temps_create(struct ml_temps *temps, int folder_fd, size_t *slot_out)
{
    ml_mutex_lock(&temps->lock);
    const int fd = temps_create_locked(temps, folder_fd, slot_out);
    const int error = errno;
    ml_mutex_unlock(&temps->lock);
    errno = error;
    return fd;
}

void ml_temps_forget(struct ml_temps *temps, size_t slot)
{
    ml_mutex_lock(&temps->lock);
    temps->slots[slot].folder_fd = -1;
    ml_mutex_unlock(&temps->lock);
}

void ml_temps_remove(struct ml_temps *temps, size_t slot)
{
    ml_mutex_lock(&temps->lock);
    struct ml_temp *temp = &temps->slots[slot];
    if (temp->folder_fd != -1)
        (void)unlinkat(temp->folder_fd, temp->name, 0);
    temp->folder_fd = -1;
    ml_mutex_unlock(&temps->lock);
}

/* The slots stay in use: they still belong to their writers, which free them
 * when their next call fails. */
size_t ml_temps_remove_all(struct ml_temps *temps)
{
    size_t removed = 0;
    ml_mutex_lock(&temps->lock);
    temps->shut = true;
    for (size_t i = 0; i < ML_TEMPS_MAX; i++) {
        const struct ml_temp *temp = &temps->slots[i];
        if (temp->folder_fd != -1)
            removed += unlinkat(temp->folder_fd, temp->name, 0) == 0;
    }
    ml_mutex_unlock(&temps->lock);
    return removed;
}

bool ml_temps_are_shut(struct ml_temps *temps)
{
    ml_mutex_lock(&temps->lock);
    const bool shut = temps->shut;
    ml_mutex_unlock(&temps->lock);
    return shut;
}
