/* process_executor.h: Python's ProcessPoolExecutor: processes that make calls
 * for others.
 *
 *   submit() -> line -> manager -> orders (workers + 1) -> workers -> answers
 *                          ^                                            |
 *                          +--------------------------------------------+
 *
 * The manager, a thread, hands calls over whenever it is awake and the queue of
 * orders has room: at a submit, and at an answer, not when a worker takes one.
 * A call that is handed over runs, as far as its future is concerned, and
 * cannot be cancelled any more, though no worker may have looked at it yet: of
 * many calls submitted at once, workers + 1, and never more than
 * 2 * workers + 1.
 *
 * A worker that dies breaks the pool: all that is not done ends as BROKEN, the
 * other workers are killed, nothing more is taken.  One that has made all the
 * calls that it may (tasks) is replaced by another, which needs a start by
 * exec: at that time this program has threads, so it must not fork.
 *
 * The line's processes follow the same rules when told to (pipeline/
 * pool_policy.h), but not by this code: there a worker is given its own jobs,
 * so that it is known what a dead one had begun, pictures lie in shared memory,
 * and what a worker writes is not believed.
 */
#ifndef ML_PYTHON_PROCESS_EXECUTOR_H
#define ML_PYTHON_PROCESS_EXECUTOR_H

#include "async/future.h"
#include "python/process_worker.h"

struct pollfd;

#define ML_PROCESS_WORKERS_MAX 128

/* The caller's; it stays where it is until its future is done, and cancelled is
 * not yet done: that takes the executor to find it, or to be closed. */
struct ml_process_future {
    struct ml_future future; /* as for threads: thread_pool.h */
    int64_t result;          /* once that has ended as OK */
    /* The executor's: */
    struct ml_process_request request;
    struct ml_mp_item item;
    struct ml_process_future *next;
};

struct ml_process_executor {
    struct ml_process_kind kind;
    uint32_t worker_count;
    struct ml_mp_queue orders;
    struct ml_mp_simple_queue answers;
    int wake_fd; /* eventfd: for the manager */
    pthread_t manager;
    /* The manager's, once it runs; owned: */
    struct ml_subprocess *children;
    struct ml_mp_item *stops; /* one a child */
    struct pollfd *polls;
    struct ml_process_future *handed; /* over; not answered */
    uint64_t next_id;
    /* Guards all below; a future's lock may be taken inside it. */
    struct ml_mutex lock;
    struct ml_cond began;
    struct ml_process_future *first, *last; /* the line */
    uint64_t submitted, seen;               /* calls; by the manager */
    enum ml_sync_status state;              /* what a submit is answered */
    bool starting;
    struct ml_error error; /* of the start */
};

/* Start `workers`, 1 to ML_PROCESS_WORKERS_MAX, and the manager.  `kind` is
 * copied, its table and names stay.  ML_ERR_USAGE: `tasks` with a start by
 * fork. */
ML_MUST_CHECK enum ml_status
ml_process_executor_open(struct ml_process_executor *executor, uint32_t workers,
                         const struct ml_process_kind *kind,
                         struct ml_error *err);
/* Take no more, wait until all calls have ended, end the workers, free.  With a
 * start by fork, by the thread that opened it. */
void ml_process_executor_close(struct ml_process_executor *executor);

/* `function`: its place in the table. */
void ml_process_call_open(struct ml_process_future *call, uint32_t function,
                          int64_t argument);
void ml_process_call_close(struct ml_process_future *call);

/* Have an opened, fresh call made.  ML_SYNC_BROKEN, ML_SYNC_SHUT_DOWN: it is
 * untouched. */
ML_MUST_CHECK enum ml_sync_status
ml_process_executor_submit(struct ml_process_executor *executor,
                           struct ml_process_future *call);

/* The manager has looked at all that was submitted, and handed over what there
 * was room for. */
bool ml_process_executor_is_settled(struct ml_process_executor *executor);

#endif
