/* memory_budget.c: see memory_budget.h. */
#include "pipeline/core/memory_budget.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "pipeline/core/waker.h"

void ml_budget_open(struct ml_budget *budget, uint64_t total_bytes)
{
    memset(budget, 0, sizeof *budget);
    budget->total_bytes = total_bytes;
    ml_mutex_open(&budget->lock);
    ml_cond_open(&budget->granted);
}

void ml_budget_close(struct ml_budget *budget)
{
    ml_cond_close(&budget->granted);
    ml_mutex_close(&budget->lock);
}

/* Grant requests from the head of the queue, up to the first that does not fit.
 * The lock is held. */
static void budget_grant(struct ml_budget *budget)
{
    bool any = false;
    while (budget->first &&
           budget->first->bytes <= budget->total_bytes - budget->used_bytes) {
        struct ml_budget_request *request = budget->first;
        budget->first = request->next;
        if (!budget->first)
            budget->last = NULL;
        budget->used_bytes += request->bytes;
        if (budget->used_bytes > budget->peak_bytes)
            budget->peak_bytes = budget->used_bytes;
        request->granted = true;
        any = true;
        if (request->waker)
            ml_waker_wake(request->waker, ML_WAKE_ALWAYS);
    }
    if (any)
        ml_cond_broadcast(&budget->granted);
}

enum ml_status ml_budget_request(struct ml_budget *budget,
                                 struct ml_budget_request *request,
                                 uint64_t bytes, struct ml_waker *waker,
                                 struct ml_error *err)
{
    *request = (struct ml_budget_request){.bytes = bytes, .waker = waker};
    if (bytes > budget->total_bytes)
        return ml_fail(
            err, ML_ERR_LIMIT, "picture needs more memory than is allowed",
            "raise --memory", "%" PRIu64 " MiB needed, %" PRIu64 " MiB allowed",
            (bytes >> 20) + 1, budget->total_bytes >> 20);
    ml_mutex_lock(&budget->lock);
    if (budget->last)
        budget->last->next = request;
    else
        budget->first = request;
    budget->last = request;
    budget_grant(budget);
    ml_mutex_unlock(&budget->lock);
    return ML_OK;
}

bool ml_budget_granted(struct ml_budget *budget,
                       const struct ml_budget_request *request)
{
    ml_mutex_lock(&budget->lock);
    const bool granted = request->granted;
    ml_mutex_unlock(&budget->lock);
    return granted;
}

/* Remove a request from the queue.  The lock is held. */
static void budget_unlink(struct ml_budget *budget,
                          struct ml_budget_request *request)
{
    struct ml_budget_request *before = NULL;
    struct ml_budget_request *at = budget->first;
    while (at && at != request) {
        before = at;
        at = at->next;
    }
    if (!at)
        return;
    if (before)
        before->next = request->next;
    else
        budget->first = request->next;
    if (budget->last == request)
        budget->last = before;
}

void ml_budget_cancel(struct ml_budget *budget,
                      struct ml_budget_request *request)
{
    ml_mutex_lock(&budget->lock);
    if (request->granted) {
        assert(budget->used_bytes >= request->bytes);
        budget->used_bytes -= request->bytes;
        request->granted = false;
    } else {
        budget_unlink(budget, request);
    }
    budget_grant(budget);
    ml_mutex_unlock(&budget->lock);
}

enum ml_status ml_budget_acquire(struct ml_budget *budget, uint64_t bytes,
                                 struct ml_error *err)
{
    struct ml_budget_request request;
    const enum ml_status status =
        ml_budget_request(budget, &request, bytes, NULL, err);
    if (status != ML_OK)
        return status;
    ml_mutex_lock(&budget->lock);
    while (!request.granted && !budget->cancelled)
        ml_cond_wait(&budget->granted, &budget->lock);
    const bool granted = request.granted;
    if (!granted)
        budget_unlink(budget, &request);
    ml_mutex_unlock(&budget->lock);
    if (!granted)
        return ml_fail(err, ML_ERR_CANCELLED, "not done", NULL,
                       "the run was stopped while the job waited for memory");
    return ML_OK;
}

void ml_budget_release(struct ml_budget *budget, uint64_t bytes)
{
    ml_mutex_lock(&budget->lock);
    assert(budget->used_bytes >= bytes);
    budget->used_bytes -= bytes;
    budget_grant(budget);
    ml_mutex_unlock(&budget->lock);
}

void ml_budget_cancel_all(struct ml_budget *budget)
{
    ml_mutex_lock(&budget->lock);
    budget->cancelled = true;
    ml_cond_broadcast(&budget->granted);
    ml_mutex_unlock(&budget->lock);
}
