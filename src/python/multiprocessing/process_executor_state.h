/* process_executor_state.h: what process_executor.c, which the callers use, and
 * the manager thread share.  The contract is in process_executor.h.
 */
#ifndef ML_PYTHON_MULTIPROCESSING_PROCESS_EXECUTOR_STATE_H
#define ML_PYTHON_MULTIPROCESSING_PROCESS_EXECUTOR_STATE_H

#include "async/future.h"
#include "python/multiprocessing/process_worker.h"

struct pollfd;

#define ML_PROCESS_WORKERS_MAX 128

/* The caller's; it must stay valid until its future is done.  A cancelled
 * future is done once the executor has noticed it, or is closed. */
struct ml_process_future {
    struct ml_future future; /* as for threads: thread_pool.h */
    int64_t result;          /* once the future has ended as OK */
    /* The executor's: */
    struct ml_process_request request;
    struct ml_mp_item item;
    struct ml_process_future *next;
};

struct ml_process_executor {
    struct ml_process_kind kind;
    uint32_t worker_count;
    struct ml_mp_queue requests;
    struct ml_mp_simple_queue responses;
    int wake_fd; /* eventfd: for the manager */
    pthread_t manager;
    /* The manager's, once it runs; owned: */
    struct ml_subprocess *children;
    struct ml_mp_item *stops; /* one a child */
    struct pollfd *polls;
    struct ml_process_future *sent; /* sent; no response yet */
    uint64_t next_id;
    /* Guards all below; a future's lock may be taken inside it. */
    struct ml_mutex lock;
    struct ml_cond started;
    struct ml_process_future *first, *last; /* the queue */
    uint64_t submitted, seen;  /* number of calls; seen by the manager */
    enum ml_sync_status state; /* returned by submit */
    bool starting;
    struct ml_error error; /* of the start */
};

#endif
