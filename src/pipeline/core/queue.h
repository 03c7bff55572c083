/* queue.h: the bounded queue between threads.
 *
 * Any number of producers push, any number of consumers pop.  Close travels
 * down: after it nothing can be pushed, and pops drain what is there, then
 * fail.  Each side's waiting is counted, which is what verdicts are made of.
 *
 * Waking a sleeping thread costs more than handing on a small picture, so there
 * are two ways to do it less often: a producer that has more to do may push
 * quietly and ring later, and a consumer that found nothing may wait for a
 * batch.
 * Items are small numbers (of jobs, of slots).
 */
#ifndef ML_PIPELINE_CORE_QUEUE_H
#define ML_PIPELINE_CORE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "os/mutex.h"

struct ml_waker;

struct ml_queue_counts {
    uint64_t pushed, popped;
    uint64_t push_wait_ns; /* producers waiting for room */
    uint64_t pop_wait_ns;  /* consumers waiting for an item */
    uint64_t fill_sum;     /* items found by each push: mean fill = / pushed */
    uint64_t open_ns;      /* from its opening to its close */
    uint64_t empty_ns;     /* of these, holding nothing */
    uint32_t fill_peak;
};

struct ml_queue {
    /* Guards everything below; the innermost lock: nothing is called and no
     * other lock is taken while it is held. */
    struct ml_mutex lock;
    struct ml_cond not_empty, not_full;
    uint32_t *items; /* ring of `capacity`; owned */
    uint32_t capacity, head, count;
    bool closed;
    uint32_t deferred; /* pushed and not yet rung for */
    uint32_t batch;    /* a consumer that found nothing waits for so many */
    uint32_t waiting;  /* consumers asleep */
    uint64_t opened_ns, empty_since_ns; /* the latter: while open and empty */
    struct ml_waker
        *waker;         /* rung at every push and close, or NULL; not owned */
    unsigned wake_kind; /* enum ml_waker_kind */
    struct ml_queue_counts counts;
};

ML_MUST_CHECK enum ml_status
ml_queue_open(struct ml_queue *queue, uint32_t capacity, struct ml_error *err);
void ml_queue_destroy(struct ml_queue *queue); /* nobody may use it now */

/* Ring `bell` at every push (for `kind`) and at the close (always); set before
 * any thread uses the queue. */
void ml_queue_set_waker(struct ml_queue *queue, struct ml_waker *waker,
                        unsigned kind);
/* A consumer that finds the queue empty sleeps until it holds `items`, or is
 * closed.  Only where so many come without that consumer's doing: free slots,
 * which all come home in the end.  Set before any thread uses the queue. */
void ml_queue_set_batch(struct ml_queue *queue, uint32_t items);

/* Waits for room; false when closed (the item was not taken). */
ML_MUST_CHECK bool ml_queue_push(struct ml_queue *queue, uint32_t item);
/* Likewise, but sleeping consumers sleep on: the caller owes a ring, before it
 * waits for anything and soon. */
ML_MUST_CHECK bool ml_queue_push_deferred(struct ml_queue *queue,
                                          uint32_t item);
/* Wake whom the items pushed quietly are for. */
void ml_queue_flush(struct ml_queue *queue);
/* Put an item before all others; never waits: the caller knows there is room.
 */
void ml_queue_push_front(struct ml_queue *queue, uint32_t item);
/* Waits for an item; false when there will be none any more. */
ML_MUST_CHECK bool ml_queue_pop(struct ml_queue *queue, uint32_t *item_out);
/* Never waits; false when there is none now. */
ML_MUST_CHECK bool ml_queue_try_pop(struct ml_queue *queue, uint32_t *item_out);

/* What a pop would give, left where it is; only for a queue that no other
 * thread pops. */
ML_MUST_CHECK bool ml_queue_try_peek(struct ml_queue *queue,
                                     uint32_t *item_out);

void ml_queue_close(struct ml_queue *queue);
/* Items it holds now. */
uint32_t ml_queue_count(struct ml_queue *queue);
/* Closed and drained: no item will ever come. */
bool ml_queue_drained(struct ml_queue *queue);
struct ml_queue_counts ml_queue_counts(struct ml_queue *queue);

#endif
