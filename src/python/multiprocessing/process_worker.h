/* process_worker.h: a process that makes calls: takes requests from one queue,
 * puts responses into another.
 *
 * A call is a function's index in a table that both processes have, and a
 * number; its result is a number, or the error that the function raised.
 *
 * A worker is started in one of two ways.  By exec: a program that recognises
 * itself as a worker (ml_process_is_worker()) and serves; it inherits the two
 * queues alone.  By fork: a copy of this process serves; it inherits all open
 * descriptors and memory.  fork() copies only the calling thread, and a lock
 * that another thread held stays locked, so this process must have one thread
 * then.
 */
#ifndef ML_PYTHON_MULTIPROCESSING_PROCESS_WORKER_H
#define ML_PYTHON_MULTIPROCESSING_PROCESS_WORKER_H

#include "os/subprocess.h"
#include "python/multiprocessing/queue.h"

struct ml_process_function {
    const char *name;
    /* Returns 0, or the error that it raises. */
    int (*call)(int64_t argument, int64_t *result_out);
};

enum ml_process_start { ML_PROCESS_EXEC, ML_PROCESS_FORK };

struct ml_process_kind {
    enum ml_process_start start;
    /* Calls that a worker makes before it ends; 0: no limit. */
    uint32_t tasks;
    const struct ml_process_function *functions;
    size_t function_count;
    const char *program; /* for exec; NULL: this one */
};

/* ---- messages ---- */

#define ML_PROCESS_STOP UINT32_MAX /* in place of a function: end */

struct ml_process_request {
    uint64_t id;
    int64_t argument;
    uint32_t function;
};

struct ml_process_response {
    uint64_t id;
    int64_t result;
    int32_t raised;
    int32_t pid;
    uint32_t leaves; /* 1: the worker has made its calls and ends */
};

extern const struct ml_mp_pickler ml_process_requests, ml_process_responses;

/* ---- for the executor ---- */

/* Start one.  It dies with the calling thread. */
ML_MUST_CHECK enum ml_status ml_process_worker_start(
    struct ml_subprocess *child, const struct ml_process_kind *kind,
    struct ml_mp_queue *requests, struct ml_mp_simple_queue *responses,
    struct ml_error *err);

/* ---- for a program that can be started as a worker ---- */

bool ml_process_is_worker(int argc, char **argv);
/* Serve until ML_PROCESS_STOP; returns the exit code for main(). */
int ml_process_worker_main(char **argv,
                           const struct ml_process_function *functions,
                           size_t function_count);

#endif
