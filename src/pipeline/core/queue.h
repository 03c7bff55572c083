/* queue.h: the bounded queue between threads.
 *
 * Any number of producers push, any number of consumers pop.  The last producer
 * closes the queue: a push to a closed queue fails, pops drain its items, then
 * fail.  There is no cancel: a stopped run ends its jobs one by one, so queues
 * drain.  The time that each side waits is counted; verdicts rest on it.
 *
 * Waking a sleeping thread costs more than forwarding a small picture, so there
 * are two ways to do it less often: a producer that has more to do may defer
 * the wake-up of its pushes, and a consumer that found the queue empty may wait
 * for a batch.
 *
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
    uint64_t push_wait_ns; /* producers, while the queue was full */
    uint64_t pop_wait_ns;  /* consumers, while it was empty */
    uint64_t fill_sum;     /* items before each push; / pushed: the mean fill */
    uint64_t open_ns;      /* from the opening to the close */
    uint64_t empty_ns;     /* of these, without an item */
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
    uint32_t deferred; /* items whose wake-up is still due */
    uint32_t batch;    /* items that a consumer of an empty queue waits for */
    uint32_t waiting;  /* sleeping consumers */
    uint64_t opened_ns, empty_since_ns; /* the latter: while open and empty */
    struct ml_waker
        *waker;         /* woken at every push and close; or NULL; not owned */
    unsigned wake_kind; /* enum ml_waker_kind */
    struct ml_queue_counts counts;
};

ML_MUST_CHECK enum ml_status
ml_queue_open(struct ml_queue *queue, uint32_t capacity, struct ml_error *err);
/* No thread may use the queue any more. */
void ml_queue_destroy(struct ml_queue *queue);

/* Wake `waker` at every push (with `kind`) and at the close (ML_WAKE_ALWAYS).
 * Set before any thread uses the queue. */
void ml_queue_set_waker(struct ml_queue *queue, struct ml_waker *waker,
                        unsigned kind);
/* A consumer that finds the queue empty sleeps until it holds `items`, or is
 * closed.  Only for a queue that reaches `items` whatever that consumer does:
 * free slots, which are all returned in the end.  Set before any thread uses
 * the queue. */
void ml_queue_set_batch(struct ml_queue *queue, uint32_t items);

/* Waits while the queue is full; false if it is closed (and does not take the
 * item). */
ML_MUST_CHECK bool ml_queue_push(struct ml_queue *queue, uint32_t item);
/* The same, but does not wake consumers: the caller calls ml_queue_flush()
 * soon, and before it waits for anything. */
ML_MUST_CHECK bool ml_queue_push_deferred(struct ml_queue *queue,
                                          uint32_t item);
/* Wake consumers for all items pushed with a deferred wake-up. */
void ml_queue_flush(struct ml_queue *queue);
/* Push to the head of the queue, also of a closed one; never waits: the caller
 * makes sure that the queue is not full. */
void ml_queue_push_front(struct ml_queue *queue, uint32_t item);
/* Waits for an item; false when the queue is closed and drained. */
ML_MUST_CHECK bool ml_queue_pop(struct ml_queue *queue, uint32_t *item_out);
/* Never waits; false when the queue is empty now. */
ML_MUST_CHECK bool ml_queue_try_pop(struct ml_queue *queue, uint32_t *item_out);

/* The item that a pop would take, without taking it; only for a queue with one
 * consumer. */
ML_MUST_CHECK bool ml_queue_try_peek(struct ml_queue *queue,
                                     uint32_t *item_out);

void ml_queue_close(struct ml_queue *queue);
uint32_t ml_queue_count(struct ml_queue *queue);
/* Closed and empty: no item will ever come. */
bool ml_queue_drained(struct ml_queue *queue);
struct ml_queue_counts ml_queue_counts(struct ml_queue *queue);

#endif
