/* thread_pool.h: Python's ThreadPoolExecutor: threads that make submitted
 * calls.
 *
 * Calls wait in one unlimited queue and begin in its order.  A submit starts a
 * thread only if none is idle, up to the limit; the thread then stays.  Each
 * begins with the initializer; if one fails, the pool is broken: waiting calls
 * end as BROKEN, and later ones are refused.
 *
 * A future can be cancelled until a thread takes it, so with n threads at most
 * n cannot.
 */
#ifndef ML_ASYNC_THREAD_POOL_H
#define ML_ASYNC_THREAD_POOL_H

#include "async/future.h"

struct ml_executor {
    int (*initializer)(
        void *context); /* 0, or the thread makes no calls; or NULL */
    void *context;
    uint32_t limit; /* of threads */
    /* Guards all below; a future's lock may be taken inside it. */
    struct ml_mutex lock;
    struct ml_cond work;            /* a call is queued, or the shutdown */
    struct ml_cond ended;           /* `alive` has decreased */
    struct ml_future *first, *last; /* the queue */
    pthread_t *threads;             /* room for `limit`; owned */
    uint32_t thread_count, alive;
    uint64_t claims; /* calls that wait or run */
    bool shut_down, broken;
};

/* Python's default: some more than processors, since calls wait too, and at
 * most 32. */
static inline uint32_t ml_executor_usual_threads(uint32_t processors)
{
    return processors + 4 < 32 ? processors + 4 : 32;
}

/* `threads` is at least 1; none is started here.  ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_executor_open(struct ml_executor *executor,
                                              uint32_t threads,
                                              int (*initializer)(void *),
                                              void *context,
                                              struct ml_error *err);
/* Shuts down, waits, frees. */
void ml_executor_close(struct ml_executor *executor);

/* Submit an opened, unused future.  ML_SYNC_SHUT_DOWN, ML_SYNC_BROKEN;
 * ML_SYNC_NO_THREAD: the pool has no thread and cannot start one.  On failure
 * the future is unchanged. */
ML_MUST_CHECK enum ml_sync_status
ml_executor_submit(struct ml_executor *executor, struct ml_future *future);

/* Refuse further calls.  Queued ones are still made, or cancelled with
 * `cancel_futures`; with `wait`, return once the threads have ended (so never
 * call it from one of them).  Any thread may call it, also repeatedly.
 *
 * Waiters of a future that is cancelled here are notified; Python's
 * as_completed() would wait for it for ever. */
void ml_executor_shut_down(struct ml_executor *executor, bool wait,
                           bool cancel_futures);

#endif
