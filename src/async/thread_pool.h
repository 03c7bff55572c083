/* thread_pool.h: Python's ThreadPoolExecutor: threads that make calls for
 * others.
 *
 * Calls wait in one unlimited line and begin in its order.  A thread is started
 * with a call only when none is idle, up to the limit; it then stays.  Each
 * begins with the initializer; should one fail, the pool is broken: what waits
 * ends as BROKEN and nothing more is taken.
 *
 * A future becomes uncancellable when a thread takes it, so with n threads at
 * most n are.
 */
#ifndef ML_ASYNC_THREAD_POOL_H
#define ML_ASYNC_THREAD_POOL_H

#include "async/future.h"

struct ml_executor {
    int (*initializer)(
        void *context); /* 0, or the thread is useless; or NULL */
    void *context;
    uint32_t limit; /* of threads */
    /* Guards all below; a future's lock may be taken inside it. */
    struct ml_mutex lock;
    struct ml_cond work;            /* in the line, or the end has come */
    struct ml_cond ended;           /* `alive` fell */
    struct ml_future *first, *last; /* the line */
    pthread_t *threads;             /* room for `limit`; owned */
    uint32_t thread_count, alive;
    uint64_t claims; /* calls that wait or run */
    bool shut_down, broken;
};

/* As many as Python takes when not told: room for waiting beside the
 * processors, and never very many. */
static inline uint32_t ml_executor_usual_threads(uint32_t processors)
{
    return processors + 4 < 32 ? processors + 4 : 32;
}

/* `threads` is at least 1; none is started yet.  ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_executor_open(struct ml_executor *executor,
                                              uint32_t threads,
                                              int (*initializer)(void *),
                                              void *context,
                                              struct ml_error *err);
/* Shuts down, waits, frees. */
void ml_executor_close(struct ml_executor *executor);

/* Have an opened, fresh future run.  ML_SYNC_SHUT_DOWN, ML_SYNC_BROKEN;
 * ML_SYNC_NO_THREAD: none is there and none can be started.  On failure the
 * future is untouched. */
ML_MUST_CHECK enum ml_sync_status
ml_executor_submit(struct ml_executor *executor, struct ml_future *future);

/* Take no more.  What is in the line is still done, or cancelled with
 * `cancel_futures`; with `wait` return when the threads have ended (so never
 * from one of them).  May be called again, by anyone.
 *
 * Those who watch a future that is cancelled here are told; Python's
 * as_completed() would wait for it for ever. */
void ml_executor_shut_down(struct ml_executor *executor, bool wait,
                           bool cancel_futures);

#endif
