/* queue.h: Python's queue.Queue: first in, first out, and a count of unfinished
 * tasks.
 *
 * One lock, three conditions on it: space, an item, all done.  join() waits for
 * one task_done() per put, whether the items were fetched or not.  After
 * shutdown() puts are refused; queued items can still be fetched unless the
 * shutdown was immediate.
 *
 * An item is memory of the thread that puts it, until it is fetched: so a put
 * allocates nothing, a queue without a limit needs no memory of its own, and an
 * item can be in one queue only, once.
 *
 * The pipeline's own queue is pipeline/core/queue.h, which does less and is
 * faster.
 */
#ifndef ML_PYTHON_QUEUE_H
#define ML_PYTHON_QUEUE_H

#include "python/condition.h"

struct ml_task {
    struct ml_task *next; /* the queue's, while it is queued */
    void *value;          /* the caller's */
};

struct ml_task_queue {
    struct ml_lock mutex; /* guards everything below */
    struct ml_condition not_empty, not_full, all_done;
    struct ml_task *first, *last;
    int64_t limit; /* items at once; 0 or negative: none */
    int64_t size, unfinished;
    bool shut_down;
};

void ml_task_queue_open(struct ml_task_queue *queue, int64_t limit);
/* For callers that hold a GIL and release it while they wait (lock.h).  NULL:
 * none. */
void ml_task_queue_open_under(struct ml_task_queue *queue, int64_t limit,
                              struct ml_gil *gil);
void ml_task_queue_close(struct ml_task_queue *queue); /* no thread waits */

/* Append a task.  ML_SYNC_FULL: no space within the timeout, or now unless
 * `blocking` (the timeout is then ignored, as it is without a limit).
 * ML_SYNC_VALUE: a negative timeout.  ML_SYNC_SHUT_DOWN. */
ML_MUST_CHECK enum ml_sync_status ml_task_queue_put(struct ml_task_queue *queue,
                                                    struct ml_task *task,
                                                    bool blocking,
                                                    int64_t timeout_ns);
/* Fetch the first one.  ML_SYNC_EMPTY and ML_SYNC_VALUE as for a put;
 * ML_SYNC_SHUT_DOWN: shut down and empty. */
ML_MUST_CHECK enum ml_sync_status ml_task_queue_get(struct ml_task_queue *queue,
                                                    bool blocking,
                                                    int64_t timeout_ns,
                                                    struct ml_task **task_out);

/* Count one task as done.  ML_SYNC_VALUE: more than were put. */
ML_MUST_CHECK enum ml_sync_status
ml_task_queue_done(struct ml_task_queue *queue);
/* Wait until all are. */
void ml_task_queue_join(struct ml_task_queue *queue);

/* Refuse further puts, and wake all threads that wait for space or an item.
 * `immediate`: queued items count as done and are returned, linked by `next`,
 * for their owner; otherwise NULL. */
struct ml_task *ml_task_queue_shut_down(struct ml_task_queue *queue,
                                        bool immediate);

/* The answers may be outdated on return. */
int64_t ml_task_queue_size(struct ml_task_queue *queue);
int64_t ml_task_queue_unfinished(struct ml_task_queue *queue);
bool ml_task_queue_is_full(struct ml_task_queue *queue);

#endif
