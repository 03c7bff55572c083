/* memory_budget.h: bytes in flight, granted in the order of the requests.
 *
 * A request that does not fit now waits for those before it; one that can never
 * fit is refused.  Threads wait in ml_budget_acquire(); the dispatcher and the
 * event loop, which must not wait, queue a request and are woken through their
 * wakers.
 */
#ifndef ML_PIPELINE_CORE_MEMORY_BUDGET_H
#define ML_PIPELINE_CORE_MEMORY_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "os/mutex.h"

struct ml_waker;

/* A queued request; the requester owns it, and keeps it until it is granted or
 * cancelled. */
struct ml_budget_request {
    struct ml_budget_request *next;
    uint64_t bytes;
    struct ml_waker *waker; /* of the requester, or NULL */
    bool granted;
};

struct ml_budget {
    /* Guards all below; no other lock is taken while it is held. */
    struct ml_mutex lock;
    struct ml_cond granted;
    uint64_t total_bytes, used_bytes, peak_bytes;
    struct ml_budget_request *first, *last; /* the queue */
    bool cancelled;
};

void ml_budget_open(struct ml_budget *budget, uint64_t total_bytes);
void ml_budget_close(struct ml_budget *budget);

/* Wait for `bytes`.  ML_ERR_LIMIT if they exceed the total, ML_ERR_CANCELLED.
 */
ML_MUST_CHECK enum ml_status ml_budget_acquire(struct ml_budget *budget,
                                               uint64_t bytes,
                                               struct ml_error *err);
/* Queue a request without waiting.  When it is granted, perhaps at once, the
 * waker, unless NULL, is woken; then check with ml_budget_granted().
 * ML_ERR_LIMIT if the bytes exceed the total; then nothing is queued. */
ML_MUST_CHECK enum ml_status
ml_budget_request(struct ml_budget *budget, struct ml_budget_request *request,
                  uint64_t bytes, struct ml_waker *waker, struct ml_error *err);
bool ml_budget_granted(struct ml_budget *budget,
                       const struct ml_budget_request *request);
/* Remove the request from the queue, or release the bytes if it was granted. */
void ml_budget_cancel(struct ml_budget *budget,
                      struct ml_budget_request *request);
void ml_budget_release(struct ml_budget *budget, uint64_t bytes);
/* End all waits in ml_budget_acquire() with ML_ERR_CANCELLED; later calls fail
 * too, unless they are granted at once. */
void ml_budget_cancel_all(struct ml_budget *budget);

#endif
