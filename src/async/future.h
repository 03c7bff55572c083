/* future.h: Python's Future: a call that an executor makes, and its outcome.
 *
 *              submit            a thread begins            it ends
 *   (opened) --------> PENDING ------------------> RUNNING ---------> FINISHED
 *                         | cancel()
 *                         v       the executor notices
 *                     CANCELLED ----------------------> CANCELLED_AND_NOTIFIED
 *
 * Only a pending future can be cancelled.  The call returns 0, or an error of
 * its own in place of Python's exception; it stores its result in the context,
 * where any thread that has seen the future finished may read it.
 *
 * The caller owns the future and its context; both must stay valid until the
 * future is done, unless it was never submitted.
 */
#ifndef ML_ASYNC_FUTURE_H
#define ML_ASYNC_FUTURE_H

#include <stddef.h>

#include "async/status.h"

enum ml_future_state {
    ML_FUTURE_PENDING,
    ML_FUTURE_RUNNING,
    ML_FUTURE_CANCELLED,
    ML_FUTURE_CANCELLED_AND_NOTIFIED, /* cancelled, and its waiters were
                                         notified */
    ML_FUTURE_FINISHED,
};

/* A waiter for one future among several, as as_completed() is; in the waiting
 * thread's memory. */
struct ml_future_waiter {
    struct ml_future_waiter
        *next; /* waiter of the same future; under its lock */
    /* Called once the future is done, with its lock held and the waiter removed
     * from its list. */
    void (*notify)(struct ml_future_waiter *waiter);
};

struct ml_future {
    int (*call)(void *context);
    void *context;
    struct ml_future *next; /* in the executor's queue; under its lock */
    /* Guards all below.  An executor's lock may be held outside it; those of
     * as_completed() and of `done_callback` are taken inside it. */
    struct ml_mutex lock;
    struct ml_cond done;
    enum ml_future_state state;
    enum ml_sync_status outcome; /* finished: OK, RAISED or BROKEN */
    int raised;                  /* what the call returned */
    struct ml_future_waiter *waiters;
    void (*done_callback)(void *context); /* NULL: none, or called */
    void *done_callback_context;
};

void ml_future_open(struct ml_future *future, int (*call)(void *),
                    void *context);
void ml_future_close(struct ml_future *future);

/* Wait until it is done.  ML_SYNC_RAISED: *raised_out is what the call returned
 * (raised_out may be NULL); ML_SYNC_CANCELLED; ML_SYNC_BROKEN: its executor
 * broke; ML_SYNC_TIMEOUT. */
ML_MUST_CHECK enum ml_sync_status
ml_future_result(struct ml_future *future, int64_t timeout_ns, int *raised_out);
/* False: it runs or has run. */
bool ml_future_cancel(struct ml_future *future);
/* add_done_callback(), one a future: call `done_callback` once it is done, in
 * the thread that ends or cancels it; at once if it is done.  The callback must
 * not use the future, which is locked. */
void ml_future_set_done_callback(struct ml_future *future,
                                 void (*done_callback)(void *context),
                                 void *context);

/* ---- for executors ---- */

/* PENDING to RUNNING; it can no longer be cancelled.  False: it was cancelled,
 * and its waiters are now notified; do not make the call. */
ML_MUST_CHECK bool ml_future_set_running(struct ml_future *future);
/* The outcome of a running call: OK, RAISED with what it returned, BROKEN.  The
 * owner may close the future before this returns. */
void ml_future_set_result(struct ml_future *future, enum ml_sync_status outcome,
                          int raised);
/* Set it running, make the call, set its result. */
void ml_future_run(struct ml_future *future);
/* The call will never be made: BROKEN, unless it was cancelled. */
void ml_future_set_broken(struct ml_future *future);
/* Cancel it if it is pending, and notify its waiters at once. */
void ml_future_cancel_and_notify(struct ml_future *future);

#endif
