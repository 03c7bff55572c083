/* futures.h: concurrent.futures beyond the pipeline's needs: the state of a
 * future, as_completed(), the threads of an executor, and Executor.map().  Any
 * thread.
 */
#ifndef ML_PYTHON_FUTURES_H
#define ML_PYTHON_FUTURES_H

#include "async/thread_pool.h"

/* ---- the state of a future ---- */

bool ml_future_is_cancelled(struct ml_future *future);
bool ml_future_is_running(struct ml_future *future);
bool ml_future_is_done(struct ml_future *future); /* finished or cancelled */

/* ---- as_completed ----
 *
 * Gives futures in the order in which they are done, those that are done
 * already first.  A cancelled one comes when its executor has found it. */

struct ml_as_completed;

/* One for each future watched; the caller's memory. */
struct ml_as_completed_waiter {
    struct ml_future_waiter waiter; /* the future's; first */
    struct ml_future *future;       /* NULL: given out */
    struct ml_as_completed *completion;
    struct ml_as_completed_waiter *next_done; /* under the completion's lock */
};

struct ml_as_completed {
    struct ml_as_completed_waiter *watches;
    size_t count;
    uint64_t deadline_ns; /* for all of it */
    /* Guards all below; innermost. */
    struct ml_mutex lock;
    struct ml_cond arrived;
    struct ml_as_completed_waiter *first,
        *last;   /* done and not yet given out */
    size_t left; /* not yet given out */
};

/* Watch futures[0..count); `watches` has as many and stays. */
void ml_as_completed_open(struct ml_as_completed *completion,
                          struct ml_as_completed_waiter *watches,
                          struct ml_future *futures, size_t count,
                          int64_t timeout_ns);
/* The futures may live on; they are watched no more. */
void ml_as_completed_close(struct ml_as_completed *completion);
/* The next that is done.  ML_SYNC_ENDED: all were given out;
 * ML_SYNC_TIMEOUT. */
ML_MUST_CHECK enum ml_sync_status
ml_as_completed_next(struct ml_as_completed *completion,
                     struct ml_future **future_out);

/* ---- the threads of an executor ---- */

uint32_t ml_executor_threads(struct ml_executor *executor);
/* How many of them have nothing to do. */
uint32_t ml_executor_idle(struct ml_executor *executor);

/* ---- map: all submitted at once, results in the order of the calls ---- */

struct ml_map {
    struct ml_future *futures;
    size_t count, next;
    uint64_t deadline_ns; /* for all of it */
};

/* Submit futures[0..count); on failure, that of the submit, those before it are
 * on their way all the same. */
ML_MUST_CHECK enum ml_sync_status
ml_executor_map(struct ml_executor *executor, struct ml_map *map,
                struct ml_future *futures, size_t count, int64_t timeout_ns);
/* Wait for the next in order: *index_out.  Anything but OK (RAISED, CANCELLED,
 * BROKEN, TIMEOUT) ends it: the rest is cancelled as far as that is possible,
 * and from then on it is ML_SYNC_ENDED, as after the last. */
ML_MUST_CHECK enum ml_sync_status
ml_map_next(struct ml_map *map, size_t *index_out, int *raised_out);

#endif
