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
    assert(future->state != ML_FUTURE_RUNNING && !future->watches);
    ml_cond_close(&future->done);
    ml_mutex_close(&future->lock);
}

/* ---- the lock is held ---- */

static bool future_was_cancelled(const struct ml_future *future)
{
    return future->state == ML_FUTURE_CANCELLED ||
           future->state == ML_FUTURE_CANCELLED_AND_NOTIFIED;
}

static bool future_is_over(const struct ml_future *future)
{
    return future->state == ML_FUTURE_FINISHED || future_was_cancelled(future);
}

static void completion_add(struct ml_as_completed *completion,
                           struct ml_completion_waiter *watch)
{
    ml_mutex_lock(&completion->lock);
    watch->next_done = NULL;
    if (completion->last)
        completion->last->next_done = watch;
    else
        completion->first = watch;
    completion->last = watch;
    ml_cond_signal(&completion->arrived);
    ml_mutex_unlock(&completion->lock);
}

/* It is done: wake who waits for the result, tell who wanted to be told. */
static void future_tell(struct ml_future *future)
{
    void (*done_callback)(void *) = future->done_callback;
    ml_cond_broadcast(&future->done);
    future->done_callback = NULL;
    if (done_callback)
        done_callback(future->done_callback_context);
}

/* The last thing that happens to it: those who watch it are woken too. */
static void future_settle(struct ml_future *future, enum ml_future_state state)
{
    future->state = state;
    future_tell(future);
    while (future->watches) {
        struct ml_completion_waiter *watch = future->watches;
        future->watches = watch->next_watch;
        completion_add(watch->completion, watch);
    }
}

/* ---- for whoever wants the result ---- */

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
        future_tell(future);
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

bool ml_future_is_cancelled(struct ml_future *future)
{
    ml_mutex_lock(&future->lock);
    const bool cancelled = future_was_cancelled(future);
    ml_mutex_unlock(&future->lock);
    return cancelled;
}

bool ml_future_is_running(struct ml_future *future)
{
    ml_mutex_lock(&future->lock);
    const bool running = future->state == ML_FUTURE_RUNNING;
    ml_mutex_unlock(&future->lock);
    return running;
}

bool ml_future_is_done(struct ml_future *future)
{
    ml_mutex_lock(&future->lock);
    const bool done = future_is_over(future);
    ml_mutex_unlock(&future->lock);
    return done;
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
        future_settle(future, ML_FUTURE_CANCELLED_AND_NOTIFIED);
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
    future_settle(future, ML_FUTURE_FINISHED);
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
    future_settle(future, ML_FUTURE_CANCELLED_AND_NOTIFIED);
    ml_mutex_unlock(&future->lock);
}

/* ---- as_completed ---- */

void ml_as_completed_open(struct ml_as_completed *completion,
                          struct ml_completion_waiter *watches,
                          struct ml_future *futures, size_t count,
                          int64_t timeout_ns)
{
    *completion = (struct ml_as_completed){
        .watches = watches,
        .count = count,
        .deadline_ns = ml_deadline(timeout_ns),
        .left = count,
    };
    ml_mutex_open(&completion->lock);
    ml_cond_open(&completion->arrived);
    for (size_t i = 0; i < count; i++) {
        struct ml_future *future = &futures[i];
        watches[i] = (struct ml_completion_waiter){.future = future,
                                                   .completion = completion};
        ml_mutex_lock(&future->lock);
        if (future->state == ML_FUTURE_FINISHED ||
            future->state == ML_FUTURE_CANCELLED_AND_NOTIFIED) {
            completion_add(completion, &watches[i]);
        } else {
            watches[i].next_watch = future->watches;
            future->watches = &watches[i];
        }
        ml_mutex_unlock(&future->lock);
    }
}

void ml_as_completed_close(struct ml_as_completed *completion)
{
    for (size_t i = 0; i < completion->count; i++) {
        struct ml_completion_waiter *watch = &completion->watches[i];
        if (!watch->future)
            continue; /* given out: the future may be gone */
        ml_mutex_lock(&watch->future->lock);
        struct ml_completion_waiter **at = &watch->future->watches;
        while (*at && *at != watch)
            at = &(*at)->next_watch;
        if (*at)
            *at = watch->next_watch;
        ml_mutex_unlock(&watch->future->lock);
    }
    ml_cond_close(&completion->arrived);
    ml_mutex_close(&completion->lock);
}

enum ml_sync_status ml_as_completed_next(struct ml_as_completed *completion,
                                         struct ml_future **future_out)
{
    enum ml_sync_status status = ML_SYNC_OK;
    ml_mutex_lock(&completion->lock);
    while (completion->left > 0 && !completion->first &&
           ml_cond_wait_until(&completion->arrived, &completion->lock,
                              completion->deadline_ns))
        continue;
    if (completion->left == 0) {
        status = ML_SYNC_ENDED;
    } else if (!completion->first) {
        status = ML_SYNC_TIMEOUT;
    } else {
        struct ml_completion_waiter *watch = completion->first;
        completion->first = watch->next_done;
        if (!completion->first)
            completion->last = NULL;
        completion->left--;
        *future_out = watch->future;
        watch->future = NULL;
    }
    ml_mutex_unlock(&completion->lock);
    return status;
}
