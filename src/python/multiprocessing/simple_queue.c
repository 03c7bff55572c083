/* simple_queue.c: see simple_queue.h. */
#include "python/multiprocessing/simple_queue.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/pipe.h"

/* ---- beginning and end ---- */

static enum ml_status simple_map(struct ml_mp_simple_queue *queue,
                                 struct ml_error *err)
{
    void *memory = mmap(NULL, sizeof *queue->shared, PROT_READ | PROT_WRITE,
                        MAP_SHARED, queue->ends.memory, 0);
    queue->message = malloc(sizeof(uint32_t) + queue->pickler.capacity);
    if (memory == MAP_FAILED)
        return ml_fail_os(err, errno, "cannot map a queue", NULL);
    queue->shared = memory;
    if (!queue->message)
        return ml_fail_os(err, ENOMEM, "cannot allocate a message", NULL);
    return ML_OK;
}

static void simple_prepare(struct ml_mp_simple_queue *queue,
                           const struct ml_mp_pickler *pickler)
{
    assert(pickler->capacity <= UINT32_MAX);
    memset(queue, 0, sizeof *queue);
    queue->pickler = *pickler;
    queue->ends = (struct ml_mp_ends){-1, -1, -1};
    ml_mutex_open(&queue->packing);
}

static enum ml_status simple_create(struct ml_mp_simple_queue *queue,
                                    struct ml_error *err)
{
    struct ml_mp_ends *ends = &queue->ends;
    ends->memory = memfd_create("minilab-queue", MFD_CLOEXEC);
    if (ends->memory < 0 || ftruncate(ends->memory, sizeof *queue->shared) != 0)
        return ml_fail_os(err, errno, "cannot create shared memory", NULL);
    enum ml_status status = ml_pipe_open(&ends->read, &ends->write, err);
    if (status == ML_OK)
        status = simple_map(queue, err);
    if (status == ML_OK) {
        ml_mp_semaphore_open(&queue->shared->reading, 1);
        ml_mp_semaphore_open(&queue->shared->writing, 1);
    }
    return status;
}

enum ml_status ml_mp_simple_queue_open(struct ml_mp_simple_queue *queue,
                                       const struct ml_mp_pickler *pickler,
                                       struct ml_error *err)
{
    simple_prepare(queue, pickler);
    const enum ml_status status = simple_create(queue, err);
    if (status != ML_OK)
        ml_mp_simple_queue_close(queue);
    return status;
}

enum ml_status ml_mp_simple_queue_attach(struct ml_mp_simple_queue *queue,
                                         const struct ml_mp_pickler *pickler,
                                         const struct ml_mp_ends *ends,
                                         struct ml_error *err)
{
    simple_prepare(queue, pickler);
    queue->ends = *ends;
    const enum ml_status status = simple_map(queue, err);
    if (status != ML_OK)
        ml_mp_simple_queue_close(queue);
    return status;
}

void ml_mp_simple_queue_close(struct ml_mp_simple_queue *queue)
{
    ml_pipe_close_end(&queue->ends.memory);
    ml_pipe_close_end(&queue->ends.read);
    ml_pipe_close_end(&queue->ends.write);
    if (queue->shared)
        (void)munmap(queue->shared, sizeof *queue->shared);
    free(queue->message);
    ml_mutex_close(&queue->packing);
}

/* ---- messages ---- */

enum ml_sync_status ml_mp_simple_queue_put(struct ml_mp_simple_queue *queue,
                                           const void *object)
{
    enum ml_sync_status status = ML_SYNC_RAISED;
    ml_mutex_lock(&queue->packing);
    const size_t size = queue->pickler.dump(
        object, queue->message + sizeof(uint32_t), queue->pickler.capacity);
    if (size != ML_UNPICKLABLE) {
        const uint32_t length = (uint32_t)size;
        uint64_t full_waits = 0; /* stays 0: the end blocks */
        assert(size <= queue->pickler.capacity);
        memcpy(queue->message, &length, sizeof length);
        ml_sync_must(
            ml_mp_semaphore_acquire(&queue->shared->writing, ML_NEVER));
        status = ml_pipe_write(queue->ends.write, queue->message,
                               sizeof length + size, &full_waits)
                     ? ML_SYNC_OK
                     : ML_SYNC_ENDED;
        ml_mp_semaphore_release(&queue->shared->writing);
    }
    ml_mutex_unlock(&queue->packing);
    return status;
}

/* Can the pipe be read before the deadline?  Rounded up to poll's
 * milliseconds. */
static bool simple_poll(const struct ml_mp_simple_queue *queue,
                        uint64_t deadline_ns)
{
    struct pollfd data = {.fd = queue->ends.read, .events = POLLIN};
    for (;;) {
        const uint64_t now = ml_now_ns();
        const uint64_t left = now < deadline_ns ? deadline_ns - now : 0;
        uint64_t left_ms = left / ML_NS_PER_MS + (left % ML_NS_PER_MS != 0);
        if (left_ms > INT32_MAX)
            left_ms = INT32_MAX; /* and poll again */
        const int timeout = deadline_ns == ML_NEVER ? -1 : (int)left_ms;
        const int rc = poll(&data, 1, timeout);
        if (rc > 0)
            return true;
        if (rc == 0 && ml_now_ns() >= deadline_ns)
            return false;
    }
}

static enum ml_sync_status simple_read(struct ml_mp_simple_queue *queue,
                                       void *buffer, size_t *size_out)
{
    uint32_t length;
    if (!ml_pipe_read(queue->ends.read, &length, sizeof length))
        return ML_SYNC_ENDED;
    if (length > queue->pickler.capacity)
        return ML_SYNC_BROKEN;
    if (!ml_pipe_read(queue->ends.read, buffer, length))
        return ML_SYNC_ENDED;
    *size_out = length;
    return ML_SYNC_OK;
}

enum ml_sync_status
ml_mp_simple_queue_get_until(struct ml_mp_simple_queue *queue,
                             uint64_t deadline_ns, void *buffer,
                             size_t *size_out)
{
    enum ml_sync_status status =
        ml_mp_semaphore_acquire(&queue->shared->reading, deadline_ns);
    if (status != ML_SYNC_OK)
        return status;
    status = simple_poll(queue, deadline_ns)
                 ? simple_read(queue, buffer, size_out)
                 : ML_SYNC_TIMEOUT;
    ml_mp_semaphore_release(&queue->shared->reading);
    return status;
}

enum ml_sync_status ml_mp_simple_queue_get(struct ml_mp_simple_queue *queue,
                                           void *buffer, size_t *size_out)
{
    return ml_mp_simple_queue_get_until(queue, ML_NEVER, buffer, size_out);
}
