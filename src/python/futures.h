/* futures.h: concurrent.futures, the part that the pipeline does not need: the
 * state of a future, as_completed(), the threads of an executor, and
 * Executor.map().  Any thread.
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
 * Returns futures in the order in which they are done, those already done
 * first.  A cancelled one comes once its executor has noticed it. */

struct ml_as_completed;

/* One for each future waited for; the caller's memory. */
struct ml_as_completed_waiter {
    struct ml_future_waiter waiter; /* the future's; first */
    struct ml_future *future;       /* NULL: returned */
    struct ml_as_completed *completion;
    struct ml_as_completed_waiter
        *next_done; /* under the lock of as_completed */
};

struct ml_as_completed {
    struct ml_as_completed_waiter *waiters;
    size_t count;
    uint64_t deadline_ns; /* for all of it */
    /* Guards all below; innermost. */
    struct ml_mutex lock;
    struct ml_cond arrived;
    struct ml_as_completed_waiter *first, *last; /* done and not yet returned */
    size_t left;                                 /* not yet returned */
};

/* Wait for futures[0, count); `waiters` has `count` entries and must stay
 * valid. */
void ml_as_completed_open(struct ml_as_completed *completion,
                          struct ml_as_completed_waiter *waiters,
                          struct ml_future *futures, size_t count,
                          int64_t timeout_ns);
/* Stop waiting; the futures stay open. */
void ml_as_completed_close(struct ml_as_completed *completion);
/* The next that is done.  ML_SYNC_ENDED: all were returned; ML_SYNC_TIMEOUT. */
ML_MUST_CHECK enum ml_sync_status
ml_as_completed_next(struct ml_as_completed *completion,
                     struct ml_future **future_out);

/* ---- the threads of an executor ---- */

uint32_t ml_executor_threads(struct ml_executor *executor);
/* How many of them are idle. */
uint32_t ml_executor_idle(struct ml_executor *executor);

/* ---- map: all submitted at once, results in the order of the calls ---- */

struct ml_map {
    struct ml_future *futures;
    size_t count, next;
    uint64_t deadline_ns; /* for all of it */
};

/* Submit futures[0, count).  On failure it returns the status of the failed
 * submit; the futures before it stay submitted. */
ML_MUST_CHECK enum ml_sync_status
ml_executor_map(struct ml_executor *executor, struct ml_map *map,
                struct ml_future *futures, size_t count, int64_t timeout_ns);
/* Wait for the next in order: *index_out.  Any status but OK (RAISED,
 * CANCELLED, BROKEN, TIMEOUT) ends the map: the remaining futures are cancelled
 * if they have not begun, and later calls return ML_SYNC_ENDED, as after the
 * last. */
ML_MUST_CHECK enum ml_sync_status
ml_map_next(struct ml_map *map, size_t *index_out, int *raised_out);

#endif
