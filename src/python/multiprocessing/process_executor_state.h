/* process_executor_state.h: what process_executor.c, which the callers use, and
 * the manager thread share.  The contract is in process_executor.h.
 */
#ifndef ML_PYTHON_MULTIPROCESSING_PROCESS_EXECUTOR_STATE_H
#define ML_PYTHON_MULTIPROCESSING_PROCESS_EXECUTOR_STATE_H

#include "async/future.h"
#include "python/multiprocessing/process_worker.h"

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

#endif
