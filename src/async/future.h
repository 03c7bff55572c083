/* future.h: Python's Future: a call that somebody else makes, and how it ended.
 *
 *              submit            a thread begins            it ends
 *   (opened) --------> PENDING ------------------> RUNNING ---------> FINISHED
 *                         | cancel()
 *                         v       the executor finds it
 *                     CANCELLED ------------------------> TOLD
 *
 * Only what is pending can be cancelled.  The call returns 0, or an error of
 * its own, which is what Python's exception is; its result lies in the context,
 * and whoever has seen the future finished may read it there.
 *
 * The caller owns the future and its context; both stay where they are until
 * the future is done, or was never submitted.
 */
#ifndef ML_ASYNC_FUTURE_H
#define ML_ASYNC_FUTURE_H

#include <stddef.h>

#include "async/status.h"

enum ml_future_state {
    ML_FUTURE_PENDING,
    ML_FUTURE_RUNNING,
    ML_FUTURE_CANCELLED,
    ML_FUTURE_CANCELLED_AND_NOTIFIED, /* cancelled, and those who watch it were
                                         told */
    ML_FUTURE_FINISHED,
};

/* One that waits for a future among others, as as_completed() does; in the
 * waiting thread's memory. */
struct ml_future_waiter {
    struct ml_future_waiter *next; /* of the same future; under its lock */
    /* The future is done.  Its lock is held, and the waiter is off its list. */
    void (*notify)(struct ml_future_waiter *waiter);
};

struct ml_future {
    int (*call)(void *context);
    void *context;
    struct ml_future *next; /* the executor's line; under its lock */
    /* Guards all below.  An executor's lock may be held outside it, a
     * completion's and those of `told` are taken inside it. */
    struct ml_mutex lock;
    struct ml_cond done;
    enum ml_future_state state;
    enum ml_sync_status outcome; /* finished: OK, RAISED or BROKEN */
    int raised;                  /* what the call returned */
    struct ml_future_waiter *watches;
    void (*done_callback)(void *context); /* NULL: nobody, or done already */
    void *done_callback_context;
};

void ml_future_open(struct ml_future *future, int (*call)(void *),
                    void *context);
void ml_future_close(struct ml_future *future);

/* Wait until it is done.  ML_SYNC_RAISED: *raised_out is what the call
 * returned (may be NULL); ML_SYNC_CANCELLED; ML_SYNC_BROKEN: its executor
 * broke; ML_SYNC_TIMEOUT. */
ML_MUST_CHECK enum ml_sync_status
ml_future_result(struct ml_future *future, int64_t timeout_ns, int *raised_out);
/* False: too late, it runs or has run. */
bool ml_future_cancel(struct ml_future *future);
/* add_done_callback(), one a future: have `told` called once it is done, by
 * whoever ends or cancels it; at once if it is.  It must not use the future,
 * which is locked. */
void ml_future_set_done_callback(struct ml_future *future,
                                 void (*done_callback)(void *context),
                                 void *context);

/* ---- for executors ---- */

/* From here it cannot be cancelled any more: RUNNING.  False: it was cancelled,
 * those who watch it have now been told, and it is left alone. */
ML_MUST_CHECK bool ml_future_set_running(struct ml_future *future);
/* A call that was begun ended so: OK, RAISED with what it returned, BROKEN.
 * The owner may close the future before this returns. */
void ml_future_set_result(struct ml_future *future, enum ml_sync_status outcome,
                          int raised);
/* Begin it, make the call, end it. */
void ml_future_run(struct ml_future *future);
/* The call will never be made: BROKEN, unless it was cancelled. */
void ml_future_set_broken(struct ml_future *future);
/* Cancel it if it is pending, and tell at once. */
void ml_future_cancel_and_notify(struct ml_future *future);

#endif
