/* process_worker.h: a process that makes calls for others: takes them from one
 * queue, puts their results into another.
 *
 * A call is a function's place in a table that both processes have, and a
 * number; its result is a number, or what the function raised.
 *
 * A worker is started in one of two ways.  By exec: a program is started that
 * finds out that it is a worker (ml_process_is_worker()) and serves; it has
 * nothing of ours but the two queues.  By fork: a copy of this process serves;
 * it has all that we had open, which may be wanted.  Only the thread that forks
 * is copied, and whatever lock another held at that moment stays locked, so
 * this process is to have one thread then.
 */
#ifndef ML_PYTHON_MULTIPROCESSING_PROCESS_WORKER_H
#define ML_PYTHON_MULTIPROCESSING_PROCESS_WORKER_H

#include "os/subprocess.h"
#include "python/multiprocessing/queue.h"

struct ml_process_function {
    const char *name;
    /* 0, or what it raises. */
    int (*call)(int64_t argument, int64_t *result_out);
};

enum ml_process_start { ML_PROCESS_EXEC, ML_PROCESS_FORK };

struct ml_process_kind {
    enum ml_process_start start;
    /* Calls that one worker makes; then it ends.  0: no limit. */
    uint32_t tasks;
    const struct ml_process_function *functions;
    size_t function_count;
    const char *program; /* for exec; NULL: this one */
};

/* ---- messages ---- */

#define ML_PROCESS_STOP UINT32_MAX /* no function: end */

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
    uint32_t leaves; /* 1: the worker ends now; it has made its calls */
};

extern const struct ml_mp_pickler ml_process_orders, ml_process_answers;

/* ---- for who starts workers ---- */

/* Start one.  It dies with the calling thread. */
ML_MUST_CHECK enum ml_status ml_process_worker_start(
    struct ml_subprocess *child, const struct ml_process_kind *kind,
    struct ml_mp_queue *orders, struct ml_mp_simple_queue *answers,
    struct ml_error *err);

/* ---- for a program that can be started as one ---- */

bool ml_process_is_worker(int argc, char **argv);
/* Serve until told to end; what main() is to return. */
int ml_process_worker_main(char **argv,
                           const struct ml_process_function *functions,
                           size_t function_count);

#endif
