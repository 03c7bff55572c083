/* future.c: see future.h. */
#include "async/future.h"

#include <string.h>

void ml_future_open(struct ml_future *future, int (*call)(void *),
                    void *context)
{
    memset(future, 0, sizeof *future);
    future->call = call;
    future->context = context;
    future->state = ML_FUTURE_PENDING;
    ml_mutex_open(&future->lock);
    ml_cond_open(&future->done);
}

void ml_future_close(struct ml_future *future)
{
    assert(future->state != ML_FUTURE_RUNNING && !future->waiters);
    ml_cond_close(&future->done);
    ml_mutex_close(&future->lock);
}

/* ---- under the lock ---- */

static bool future_was_cancelled(const struct ml_future *future)
{
    return future->state == ML_FUTURE_CANCELLED ||
           future->state == ML_FUTURE_CANCELLED_AND_NOTIFIED;
}

static bool future_is_over(const struct ml_future *future)
{
    return future->state == ML_FUTURE_FINISHED || future_was_cancelled(future);
}

/* It is done: wake the threads that wait for the result, call the callback. */
static void future_notify(struct ml_future *future)
{
    void (*done_callback)(void *) = future->done_callback;
    ml_cond_broadcast(&future->done);
    future->done_callback = NULL;
    if (done_callback)
        done_callback(future->done_callback_context);
}

/* Enter the final state: notify the waiters too. */
static void future_finish(struct ml_future *future, enum ml_future_state state)
{
    future->state = state;
    future_notify(future);
    while (future->waiters) {
        struct ml_future_waiter *waiter = future->waiters;
        future->waiters = waiter->next;
        waiter->notify(waiter);
    }
}

/* ---- for the caller ---- */

enum ml_sync_status ml_future_result(struct ml_future *future,
                                     int64_t timeout_ns, int *raised_out)
{
    const uint64_t deadline = ml_deadline(timeout_ns);
    enum ml_sync_status status = ML_SYNC_TIMEOUT;
    ml_mutex_lock(&future->lock);
    while (!future_is_over(future) &&
           ml_cond_wait_until(&future->done, &future->lock, deadline))
        continue;
    if (future_was_cancelled(future))
        status = ML_SYNC_CANCELLED;
    else if (future->state == ML_FUTURE_FINISHED)
        status = future->outcome;
    if (status == ML_SYNC_RAISED && raised_out)
        *raised_out = future->raised;
    ml_mutex_unlock(&future->lock);
    return status;
}

bool ml_future_cancel(struct ml_future *future)
{
    ml_mutex_lock(&future->lock);
    if (future->state == ML_FUTURE_PENDING) {
        future->state = ML_FUTURE_CANCELLED;
        future_notify(future);
    }
    const bool cancelled = future_was_cancelled(future);
    ml_mutex_unlock(&future->lock);
    return cancelled;
}

void ml_future_set_done_callback(struct ml_future *future,
                                 void (*done_callback)(void *context),
                                 void *context)
{
    ml_mutex_lock(&future->lock);
    assert(!future->done_callback);
    if (future_is_over(future)) {
        done_callback(context);
    } else {
        future->done_callback = done_callback;
        future->done_callback_context = context;
    }
    ml_mutex_unlock(&future->lock);
}

/* ---- for executors ---- */

bool ml_future_set_running(struct ml_future *future)
{
    ml_mutex_lock(&future->lock);
    const bool wanted = future->state == ML_FUTURE_PENDING;
    assert(wanted || future->state == ML_FUTURE_CANCELLED);
    if (wanted)
        future->state = ML_FUTURE_RUNNING;
    else
        future_finish(future, ML_FUTURE_CANCELLED_AND_NOTIFIED);
    ml_mutex_unlock(&future->lock);
    return wanted;
}

void ml_future_set_result(struct ml_future *future, enum ml_sync_status outcome,
                          int raised)
{
    ml_mutex_lock(&future->lock);
    assert(future->state == ML_FUTURE_RUNNING);
    future->outcome = outcome;
    future->raised = raised;
    future_finish(future, ML_FUTURE_FINISHED);
    ml_mutex_unlock(&future->lock);
}

void ml_future_run(struct ml_future *future)
{
    if (!ml_future_set_running(future))
        return;
    const int raised = future->call(future->context);
    ml_future_set_result(future, raised == 0 ? ML_SYNC_OK : ML_SYNC_RAISED,
                         raised);
}

void ml_future_set_broken(struct ml_future *future)
{
    if (ml_future_set_running(future))
        ml_future_set_result(future, ML_SYNC_BROKEN, 0);
}

void ml_future_cancel_and_notify(struct ml_future *future)
{
    ml_mutex_lock(&future->lock);
    assert(future->state == ML_FUTURE_PENDING ||
           future->state == ML_FUTURE_CANCELLED);
    future_finish(future, ML_FUTURE_CANCELLED_AND_NOTIFIED);
    ml_mutex_unlock(&future->lock);
}
