/* simple_queue.h: Python's multiprocessing.SimpleQueue: messages between
 * processes, through a pipe with a lock at each end.
 *
 * put() pickles the object: it makes a message of it by the queue's function,
 * writes that, and waits while the pipe is full.  Messages arrive whole, in the
 * order of the puts, each at one reader.  A process that is killed while it
 * holds a lock never releases it: no other process can use that end any more.
 *
 *     length | message          length: 4 bytes, of the message alone
 *
 * The pipeline's workers do not use this: each has a pipe of its own
 * (src/pipeline/ipc), so that no worker can block another or forge its
 * messages.  Both use os/pipe.h.
 */
#ifndef ML_PYTHON_MULTIPROCESSING_SIMPLE_QUEUE_H
#define ML_PYTHON_MULTIPROCESSING_SIMPLE_QUEUE_H

#include <stddef.h>

#include "python/multiprocessing/semaphore.h"

/* Returned for an object that cannot be pickled. */
#define ML_UNPICKLABLE SIZE_MAX

/* dump() makes a message of an object in `buffer`; returns its bytes, at most
 * `capacity`, or ML_UNPICKLABLE. */
struct ml_mp_pickler {
    size_t (*dump)(const void *object, uint8_t *buffer, size_t capacity);
    size_t capacity; /* of a message; below 4 GiB */
};

/* Descriptors of a queue, for another process.  An end that it must not have
 * may be -1. */
struct ml_mp_ends {
    int memory, read, write;
};

/* The shared part of a queue. */
struct ml_mp_shared {
    struct ml_mp_semaphore reading, writing; /* locks */
    struct ml_mp_semaphore space;            /* queue.h */
};

struct ml_mp_simple_queue {
    struct ml_mp_pickler pickler;
    struct ml_mp_shared *shared; /* mapped; owned */
    struct ml_mp_ends ends;      /* owned */
    /* Guards `message`, and is held while it is written; `writing` is taken
     * inside it. */
    struct ml_mutex packing;
    uint8_t *message; /* length and capacity; owned */
};

/* Open a queue that this process may pass to others.  A process forked
 * afterwards shares it. */
ML_MUST_CHECK enum ml_status
ml_mp_simple_queue_open(struct ml_mp_simple_queue *queue,
                        const struct ml_mp_pickler *pickler,
                        struct ml_error *err);
/* Attach to a queue in a process that was started with the ends.  The
 * descriptors belong to the queue from now on, also after a failure. */
ML_MUST_CHECK enum ml_status
ml_mp_simple_queue_attach(struct ml_mp_simple_queue *queue,
                          const struct ml_mp_pickler *pickler,
                          const struct ml_mp_ends *ends, struct ml_error *err);
/* Close it in this process; messages in the pipe stay for other processes. */
void ml_mp_simple_queue_close(struct ml_mp_simple_queue *queue);

/* ML_SYNC_RAISED: it cannot be pickled, nothing was written.  ML_SYNC_ENDED: no
 * process has the read end open. */
ML_MUST_CHECK enum ml_sync_status
ml_mp_simple_queue_put(struct ml_mp_simple_queue *queue, const void *object);

/* The next message, in `buffer` of pickler.capacity bytes.  ML_SYNC_ENDED: no
 * process has the write end open; ML_SYNC_BROKEN: an invalid message. */
ML_MUST_CHECK enum ml_sync_status
ml_mp_simple_queue_get(struct ml_mp_simple_queue *queue, void *buffer,
                       size_t *size_out);
/* The same, if a message begins before `deadline_ns` of ml_now_ns(); else
 * ML_SYNC_TIMEOUT. */
ML_MUST_CHECK enum ml_sync_status
ml_mp_simple_queue_get_until(struct ml_mp_simple_queue *queue,
                             uint64_t deadline_ns, void *buffer,
                             size_t *size_out);

#endif
