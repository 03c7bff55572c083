/* queue.h: Python's queue.Queue: first in, first out, and a count of what
 * is not done yet.
 *
 * One lock, three conditions on it: room, an item, all done.  join() waits for
 * as many task_done() as there were puts, whether the items were fetched or
 * not.  After shutdown() nothing can be put; what is there can still be fetched
 * unless it was dropped at once.
 *
 * An item lies with whoever puts it, until it is fetched: so putting allocates
 * nothing, a queue without a limit needs no memory of its own, and one item can
 * be in one queue only, once.
 *
 * The line's own queue is pipeline/core/queue.h, which needs less and is
 * faster.
 */
#ifndef ML_PYTHON_QUEUE_H
#define ML_PYTHON_QUEUE_H

#include "python/condition.h"

struct ml_task {
    struct ml_task *next; /* the queue's, while it is there */
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
/* For callers that hold an interpreter's lock; they let it go while they wait
 * (lock.h).  NULL: there is none. */
void ml_task_queue_open_under(struct ml_task_queue *queue, int64_t limit,
                              struct ml_gil *gil);
void ml_task_queue_close(struct ml_task_queue *queue); /* nobody waits */

/* Append a task.  ML_SYNC_FULL: no room in that time, or at once unless
 * `blocking` (then the timeout is not looked at, nor without a limit).
 * ML_SYNC_VALUE: a negative timeout.  ML_SYNC_SHUT_DOWN. */
ML_MUST_CHECK enum ml_sync_status ml_task_queue_put(struct ml_task_queue *queue,
                                                    struct ml_task *task,
                                                    bool blocking,
                                                    int64_t timeout_ns);
/* Fetch the first one.  ML_SYNC_EMPTY, ML_SYNC_VALUE likewise;
 * ML_SYNC_SHUT_DOWN: and nothing is left. */
ML_MUST_CHECK enum ml_sync_status ml_task_queue_get(struct ml_task_queue *queue,
                                                    bool blocking,
                                                    int64_t timeout_ns,
                                                    struct ml_task **task_out);

/* One task that was put is done.  ML_SYNC_VALUE: more than were put. */
ML_MUST_CHECK enum ml_sync_status
ml_task_queue_done(struct ml_task_queue *queue);
/* Wait until all are. */
void ml_task_queue_join(struct ml_task_queue *queue);

/* No more puts; all who wait for room or for an item look again.  `immediate`:
 * what is there counts as done and is returned, a chain by `next`, to whom it
 * belongs; otherwise NULL. */
struct ml_task *ml_task_queue_shut_down(struct ml_task_queue *queue,
                                        bool immediate);

/* True for this moment only. */
int64_t ml_task_queue_size(struct ml_task_queue *queue);
int64_t ml_task_queue_unfinished(struct ml_task_queue *queue);
bool ml_task_queue_is_full(struct ml_task_queue *queue);

#endif
