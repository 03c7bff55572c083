/* simple_queue.h: Python's multiprocessing.SimpleQueue: messages between
 * processes, through a pipe with a lock at each end.
 *
 * Who puts an object pickles it, here: makes a message of it by the queue's
 * function, and writes that, and waits whenever the pipe is full.  Whole
 * messages come out, in the order in which they went in, each at one reader.
 * A process that is killed with a lock in its hands keeps it: nobody else gets
 * through that end any more.
 *
 *     length | message          length: 4 bytes, of the message alone
 *
 * The line's processes do not use this: each has a pipe of its own (pipeline/
 * transport.h), so that no worker can hold up, or speak for, another.  Both
 * stand on os/pipe.h.
 */
#ifndef ML_PYTHON_MULTIPROCESSING_SIMPLE_QUEUE_H
#define ML_PYTHON_MULTIPROCESSING_SIMPLE_QUEUE_H

#include <stddef.h>

#include "python/multiprocessing/semaphore.h"

/* What an object that cannot be pickled is as a message. */
#define ML_UNPICKLABLE SIZE_MAX

/* Make a message of an object in `room`; its bytes, `capacity` at most, or
 * ML_UNPICKLABLE. */
struct ml_mp_pickler {
    size_t (*dump)(const void *object, uint8_t *room, size_t capacity);
    size_t capacity; /* of a message; below 4 GiB */
};

/* Descriptors of a queue, for another process.  An end that it is not to have
 * may be -1. */
struct ml_mp_ends {
    int memory, read, write;
};

/* What all processes see of a queue. */
struct ml_mp_shared {
    struct ml_mp_semaphore reading, writing; /* locks */
    struct ml_mp_semaphore room;             /* queue.h */
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

/* A queue that this process may hand on.  A process forked now shares it as it
 * is. */
ML_MUST_CHECK enum ml_status
ml_mp_simple_queue_open(struct ml_mp_simple_queue *queue,
                        const struct ml_mp_pickler *pickler,
                        struct ml_error *err);
/* In a process that was started with the ends: use it too.  The descriptors
 * belong to the queue from now on, also after a failure. */
ML_MUST_CHECK enum ml_status
ml_mp_simple_queue_attach(struct ml_mp_simple_queue *queue,
                          const struct ml_mp_pickler *pickler,
                          const struct ml_mp_ends *ends, struct ml_error *err);
/* For this process; what lies in the pipe stays for others. */
void ml_mp_simple_queue_close(struct ml_mp_simple_queue *queue);

/* ML_SYNC_RAISED: it cannot be pickled, nothing was written.  ML_SYNC_ENDED:
 * nobody reads any more. */
ML_MUST_CHECK enum ml_sync_status
ml_mp_simple_queue_put(struct ml_mp_simple_queue *queue, const void *object);

/* The next message, in `room` for pickler.capacity bytes.  ML_SYNC_ENDED:
 * nobody writes any more; ML_SYNC_BROKEN: what was read is no message. */
ML_MUST_CHECK enum ml_sync_status
ml_mp_simple_queue_get(struct ml_mp_simple_queue *queue, void *room,
                       size_t *size_out);
/* The same, if one begins before `deadline_ns` of ml_now_ns(); else
 * ML_SYNC_TIMEOUT. */
ML_MUST_CHECK enum ml_sync_status
ml_mp_simple_queue_get_until(struct ml_mp_simple_queue *queue,
                             uint64_t deadline_ns, void *room,
                             size_t *size_out);

#endif
