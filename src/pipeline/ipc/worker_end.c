/* worker_end.c: what the kinds of port share; see worker_end.h. */
#include "pipeline/ipc/worker_end.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pipeline/run.h"

enum ml_status ml_worker_end_open(struct ml_worker_end *end,
                                  struct ml_error *err)
{
    static const struct ml_worker_end_ops *const kinds[ML_TRANSPORT_COUNT] = {
        [ML_TRANSPORT_SHM] = &ml_worker_end_shm,
        [ML_TRANSPORT_PICKLE] = &ml_worker_end_pickle,
        [ML_TRANSPORT_PICKLE_INLINE] = &ml_worker_end_pickle_inline,
    };
    if (end->wire->transport >= ML_TRANSPORT_COUNT)
        return ml_fail(err, ML_ERR_INTERNAL, "unknown transport", NULL,
                       "number %u", end->wire->transport);
    end->ops = kinds[end->wire->transport];
    end->track = ml_channel_track(end->channel, end->wire->tracks, 0);
    return end->ops->open(end, err);
}

bool ml_worker_end_wait(void)
{
    eventfd_t count;
    while (eventfd_read(ML_WORKER_FD_COMMANDS, &count) != 0) {
        if (errno != EINTR)
            return false;
    }
    return true;
}

void *ml_worker_end_map(int fd, size_t bytes, int protection)
{
    void *memory =
        mmap(NULL, bytes, protection, MAP_SHARED | MAP_NORESERVE, fd, 0);
    (void)close(fd);
    return memory == MAP_FAILED ? NULL : memory;
}
