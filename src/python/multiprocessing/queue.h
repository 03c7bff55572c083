/* queue.h: Python's multiprocessing.Queue: a SimpleQueue with a limit, and a
 * thread that writes.
 *
 *     put() -> items -> feeder: pickles, writes -> pipe -> get()
 *
 * put() acquires a permit of the limit, queues the object and returns; a thread
 * of this process, the feeder, started by the first put, pickles it later.  So
 * an object that is changed after put() may arrive changed.  An object that
 * cannot be pickled is dropped by the feeder, with its permit, long after put()
 * has returned.  get() releases a permit, in whichever process: the limit
 * covers queued objects and those in the pipe.  A process that ends waits for
 * its feeder, which may wait for a reader.
 *
 * Transport `pickle` of the pipeline has feeders too (src/pipeline/ipc), which
 * do the same for the pipe of one worker: a slot number identifies each item,
 * so that none is queued; every item can be pickled; and a feeder writes to a
 * worker only while that lives, whereas this one writes all that was put.
 *
 * A process that is forked has no feeder: fork before the first put().
 *
 * An item and its object are memory of the caller of put(), and must not change
 * until they are pickled: until their effect is seen, or the queue is closed.
 */
#ifndef ML_PYTHON_MULTIPROCESSING_QUEUE_H
#define ML_PYTHON_MULTIPROCESSING_QUEUE_H

#include "python/multiprocessing/simple_queue.h"

struct ml_mp_item {
    struct ml_mp_item *next; /* the queue's, until it is pickled */
    const void *object;      /* the caller's */
};

struct ml_mp_queue {
    struct ml_mp_simple_queue pipe;
    uint32_t limit; /* of objects between put and get */
    /* Guards all below; nothing is locked inside it. */
    struct ml_mutex lock;
    struct ml_cond not_empty;
    struct ml_mp_item *first, *last;
    uint64_t dropped;
    pthread_t feeder;
    bool feeding, closing;
};

/* `limit`: objects between put and get; 0 or negative: ML_MP_PERMITS_MAX. */
ML_MUST_CHECK enum ml_status
ml_mp_queue_open(struct ml_mp_queue *queue, int64_t limit,
                 const struct ml_mp_pickler *pickler, struct ml_error *err);
/* As ml_mp_simple_queue_attach(); `limit` as it was opened. */
ML_MUST_CHECK enum ml_status
ml_mp_queue_attach(struct ml_mp_queue *queue, int64_t limit,
                   const struct ml_mp_pickler *pickler,
                   const struct ml_mp_ends *ends, struct ml_error *err);
/* Wait until the feeder has written all that was put, then close it in this
 * process. */
void ml_mp_queue_close(struct ml_mp_queue *queue);

/* ML_SYNC_FULL: no permit within the timeout, or now unless `blocking`;
 * ML_SYNC_NO_THREAD: the feeder cannot be started. */
ML_MUST_CHECK enum ml_sync_status ml_mp_queue_put(struct ml_mp_queue *queue,
                                                  struct ml_mp_item *item,
                                                  bool blocking,
                                                  int64_t timeout_ns);
/* The next message, in `buffer` of pickler.capacity bytes.  ML_SYNC_EMPTY: none
 * within the timeout, or now unless `blocking`; otherwise as
 * ml_mp_simple_queue_get(). */
ML_MUST_CHECK enum ml_sync_status
ml_mp_queue_get(struct ml_mp_queue *queue, bool blocking, int64_t timeout_ns,
                void *buffer, size_t *size_out);

/* Objects between put and get; the answer may be outdated on return. */
uint32_t ml_mp_queue_size(struct ml_mp_queue *queue);
bool ml_mp_queue_is_full(struct ml_mp_queue *queue);
/* Objects of this process that could not be pickled. */
uint64_t ml_mp_queue_dropped(struct ml_mp_queue *queue);

#endif
