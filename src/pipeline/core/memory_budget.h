/* memory_budget.h: bytes in flight, granted in the order they were asked for.
 *
 * A request that does not fit now waits behind earlier ones; one that can never
 * fit is refused.  Threads wait in ml_budget_acquire(); the dispatcher and the
 * event loop, which must not wait, leave a request and are each woken by their
 * own bell.
 */
#ifndef ML_PIPELINE_CORE_MEMORY_BUDGET_H
#define ML_PIPELINE_CORE_MEMORY_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "os/mutex.h"

struct ml_waker;

/* A request in the line; lies with whoever asks, until granted or withdrawn. */
struct ml_budget_request {
    struct ml_budget_request *next;
    uint64_t bytes;
    struct ml_waker *waker; /* of whoever asks, or NULL */
    bool granted;
};

struct ml_budget {
    /* Guards all below; no other lock is taken while it is held. */
    struct ml_mutex lock;
    struct ml_cond granted;
    uint64_t total_bytes, used_bytes, peak_bytes;
    struct ml_budget_request *first, *last; /* the line */
    bool cancelled;
};

void ml_budget_open(struct ml_budget *budget, uint64_t total_bytes);
void ml_budget_close(struct ml_budget *budget);

/* Wait for `bytes`.  ML_ERR_LIMIT when more than the total, ML_ERR_CANCELLED.
 */
ML_MUST_CHECK enum ml_status ml_budget_acquire(struct ml_budget *budget,
                                               uint64_t bytes,
                                               struct ml_error *err);
/* Stand in line without waiting.  The bell, unless NULL, is rung when it is
 * granted, perhaps at once; ask then with ml_budget_granted().  ML_ERR_LIMIT at
 * once when it can never be. */
ML_MUST_CHECK enum ml_status
ml_budget_request(struct ml_budget *budget, struct ml_budget_request *request,
                  uint64_t bytes, struct ml_waker *waker, struct ml_error *err);
bool ml_budget_granted(struct ml_budget *budget,
                       const struct ml_budget_request *request);
/* Leave the line, or give back what was granted. */
void ml_budget_cancel(struct ml_budget *budget,
                      struct ml_budget_request *request);
void ml_budget_release(struct ml_budget *budget, uint64_t bytes);
/* Nobody waits any more. */
void ml_budget_cancel_all(struct ml_budget *budget);

#endif
