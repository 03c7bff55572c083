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

struct ml_completion_waiter;

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
    struct ml_completion_waiter *watches;
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
bool ml_future_is_cancelled(struct ml_future *future);
bool ml_future_is_running(struct ml_future *future);
bool ml_future_is_done(struct ml_future *future); /* finished or cancelled */
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

/* ---- as_completed ----
 *
 * Gives futures in the order in which they are done, those that are done
 * already first.  A cancelled one comes when its executor has found it. */

struct ml_as_completed;

/* One for each future watched; the caller's memory. */
struct ml_completion_waiter {
    struct ml_future *future;
    struct ml_as_completed *completion;
    struct ml_completion_waiter
        *next_watch; /* of the same future; under its lock */
    struct ml_completion_waiter *next_done; /* under the completion's lock */
};

struct ml_as_completed {
    struct ml_completion_waiter *watches;
    size_t count;
    uint64_t deadline_ns; /* for all of it */
    /* Guards all below; innermost. */
    struct ml_mutex lock;
    struct ml_cond arrived;
    struct ml_completion_waiter *first, *last; /* done and not yet given out */
    size_t left;                               /* not yet given out */
};

/* Watch futures[0..count); `watches` has as many and stays. */
void ml_as_completed_open(struct ml_as_completed *completion,
                          struct ml_completion_waiter *watches,
                          struct ml_future *futures, size_t count,
                          int64_t timeout_ns);
/* The futures may live on; they are watched no more. */
void ml_as_completed_close(struct ml_as_completed *completion);
/* The next that is done.  ML_SYNC_ENDED: all were given out;
 * ML_SYNC_TIMEOUT. */
ML_MUST_CHECK enum ml_sync_status
ml_as_completed_next(struct ml_as_completed *completion,
                     struct ml_future **future_out);

#endif
