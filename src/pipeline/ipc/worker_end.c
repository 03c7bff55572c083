/* worker_end.c: what the transports share; see worker_end.h. */
#include "pipeline/ipc/worker_end.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

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
