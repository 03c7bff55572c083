/* worker_end.c: what the kinds of port share; see worker_end.h. */
#include "pipeline/ipc/worker_end.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pipeline/run.h"

enum ml_status ml_port_open(struct ml_port *port, struct ml_error *err)
{
    static const struct ml_port_kind *const kinds[ML_TRANSPORT_COUNT] = {
        [ML_TRANSPORT_SHM] = &ml_port_shm,
        [ML_TRANSPORT_PICKLE] = &ml_port_pickle,
        [ML_TRANSPORT_PICKLE_INLINE] = &ml_port_pickle_inline,
    };
    if (port->wire->transport >= ML_TRANSPORT_COUNT)
        return ml_fail(err, ML_ERR_INTERNAL, "unknown transport", NULL,
                       "number %u", port->wire->transport);
    port->kind = kinds[port->wire->transport];
    port->track = ml_channel_track(port->channel, port->wire->tracks, 0);
    return port->kind->open(port, err);
}

bool ml_port_wait(void)
{
    eventfd_t count;
    while (eventfd_read(ML_WORKER_FD_COMMANDS, &count) != 0) {
        if (errno != EINTR)
            return false;
    }
    return true;
}

void *ml_port_map(int fd, size_t bytes, int protection)
{
    void *memory =
        mmap(NULL, bytes, protection, MAP_SHARED | MAP_NORESERVE, fd, 0);
    (void)close(fd);
    return memory == MAP_FAILED ? NULL : memory;
}
