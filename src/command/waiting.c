/* waiting.c: see waiting.h. */
#include "command/waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void ml_waiting_add(struct ml_waiting *waiting, struct ml_waiter *waiter)
{
    const uint64_t number = waiter->job.number;
    if (!waiting->last || waiting->last->job.number < number) {
        waiter->next = NULL;
        if (waiting->last)
            waiting->last->next = waiter;
        else
            waiting->first = waiter;
        waiting->last = waiter;
        return;
    }
    struct ml_waiter **at = &waiting->first;
    while ((*at)->job.number < number)
        at = &(*at)->next;
    waiter->next = *at;
    *at = waiter;
}

struct ml_waiter *ml_waiting_next(struct ml_waiting *waiting, bool gaps)
{
    struct ml_waiter *first = waiting->first;
    if (!first || (!gaps && first->job.number != waiting->turn))
        return NULL;
    waiting->first = first->next;
    if (!waiting->first)
        waiting->last = NULL;
    waiting->turn = first->job.number + 1;
    return first;
}

static enum ml_status temp_fail(struct ml_error *err, int error)
{
    if (error == ECANCELED)
        return ml_fail(err, ML_ERR_CANCELLED, "not written", NULL,
                       "the run was stopped");
    if (error == EMFILE)
        return ml_fail(err, ML_ERR_LIMIT, "too many results wait for a name",
                       "use --name without {w}, {h} and {hash}, or lower "
                       "--jobs",
                       "an earlier picture takes long");
    return ml_fail_os(err, error, "cannot write", NULL);
}

enum ml_status ml_temp_fill(struct ml_temps *temps, const struct ml_root *root,
                            const void *data, size_t size,
                            const struct ml_stamp *stamp, size_t *slot_out,
                            struct ml_error *err)
{
    const int fd = ml_temps_create(temps, root->fd, slot_out);
    if (fd < 0)
        return temp_fail(err, errno);
    enum ml_status status = ml_write_all(fd, data, size, err);
    if (status == ML_OK && stamp) {
        const struct timespec times[2] = {stamp->accessed, stamp->modified};
        if (fchmod(fd, stamp->mode & 0777) != 0 || futimens(fd, times) != 0)
            status = ml_fail_os(err, errno, "cannot set times", NULL);
    }
    if (close(fd) != 0 && status == ML_OK)
        status = ml_fail_os(err, errno, "cannot write", NULL);
    if (status != ML_OK)
        ml_temps_remove(temps, *slot_out);
    return status;
}

enum ml_status ml_temp_place(struct ml_temps *temps, size_t slot,
                             const struct ml_root *root, const char *relative,
                             bool replace, struct ml_error *err)
{
    char folder[ML_NAME_PATH_MAX];
    const char *slash = strrchr(relative, '/');
    const char *base = slash ? slash + 1 : relative;
    const size_t length = slash ? (size_t)(slash - relative) : 0;
    memcpy(folder, relative, length);
    folder[length] = '\0';
    const int fd = ml_root_folder(root, folder);
    int error = fd < 0 ? errno : 0;
    if (error == 0 && renameat2(root->fd, temps->slots[slot].name, fd, base,
                                replace ? 0 : RENAME_NOREPLACE) != 0)
        error = errno;
    if (fd >= 0)
        (void)close(fd);
    if (error != 0) {
        ml_temps_remove(temps, slot);
        if (error == EEXIST)
            return ml_fail(err, ML_ERR_EXISTS, "the output exists already",
                           "use --existing overwrite or skip", "%s", relative);
        return ml_fail_os(err, error, "cannot name the output", NULL);
    }
    ml_temps_forget(temps, slot);
    return ML_OK;
}
