/* queue.h: Python's multiprocessing.Queue: a SimpleQueue with a limit, and a
 * thread that does the writing.
 *
 *     put() -> items -> feeder: pickles, writes -> pipe -> get()
 *
 * put() takes a permit of the limit, lines the object up and returns; a thread
 * of this process, the feeder, started by the first put, pickles it when its
 * turn comes.  Hence: what is changed after put() may arrive changed.  An
 * object that cannot be pickled is dropped there, with its permit; put() has
 * long returned.  A permit comes back with get(), in whichever process: the
 * limit holds for what waits here and for what is in the pipe.  And a process
 * that ends waits for its feeder, which may wait for somebody to read.
 *
 * Pictures that travel by pickling have feeders too, in pipeline/
 * transport_pipe.c and port_pipe.c, which do the same for a pipe of one worker:
 * what is put there has its place by its number, so that nothing is lined up;
 * it can always be pickled; and a feeder writes to a worker only while that
 * lives, where this one writes to the end.
 *
 * A process that is forked has no feeder: fork before the first put().
 *
 * An item and its object lie with whoever puts them, and stay as they are until
 * they were pickled: until what comes of them is seen, or the queue is closed.
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
    uint32_t limit; /* of objects at once */
    /* Guards all below; nothing is locked inside it. */
    struct ml_mutex lock;
    struct ml_cond not_empty;
    struct ml_mp_item *first, *last;
    uint64_t dropped;
    pthread_t feeder;
    bool feeding, closing;
};

/* `limit`: objects between put and get; 0 or negative: as many as there can be
 * permits. */
ML_MUST_CHECK enum ml_status
ml_mp_queue_open(struct ml_mp_queue *queue, int64_t limit,
                 const struct ml_mp_pickler *pickler, struct ml_error *err);
/* As ml_mp_simple_queue_attach(); `limit` as it was opened. */
ML_MUST_CHECK enum ml_status
ml_mp_queue_attach(struct ml_mp_queue *queue, int64_t limit,
                   const struct ml_mp_pickler *pickler,
                   const struct ml_mp_ends *ends, struct ml_error *err);
/* Wait until the feeder has written all that was put, then give back what this
 * process has of it. */
void ml_mp_queue_close(struct ml_mp_queue *queue);

/* ML_SYNC_FULL: no permit in that time, or at once unless `blocking`;
 * ML_SYNC_NO_THREAD: the feeder cannot be started. */
ML_MUST_CHECK enum ml_sync_status ml_mp_queue_put(struct ml_mp_queue *queue,
                                                  struct ml_mp_item *item,
                                                  bool blocking,
                                                  int64_t timeout_ns);
/* The next message, in `room` for pickler.capacity bytes.  ML_SYNC_EMPTY: none
 * in that time, or at once; otherwise as ml_mp_simple_queue_get(). */
ML_MUST_CHECK enum ml_sync_status ml_mp_queue_get(struct ml_mp_queue *queue,
                                                  bool blocking,
                                                  int64_t timeout_ns,
                                                  void *room, size_t *size_out);

/* Objects between put and get, true for this moment only. */
uint32_t ml_mp_queue_size(struct ml_mp_queue *queue);
bool ml_mp_queue_is_full(struct ml_mp_queue *queue);
/* Objects of this process that could not be pickled. */
uint64_t ml_mp_queue_dropped(struct ml_mp_queue *queue);

#endif
