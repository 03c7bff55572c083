/* gather.h: what a Python program has beyond the pipeline's needs to
 * run a loop: run_until_complete() and gather().  On the loop's thread.
 */
#ifndef ML_PYTHON_ASYNCIO_GATHER_H
#define ML_PYTHON_ASYNCIO_GATHER_H

#include "async/task.h"

/* Iterations until it is done: loop.run_until_complete().  The caller holds no
 * interpreter lock. */
void ml_async_run_until(struct ml_async_loop *loop,
                        struct ml_async_future *future);

/* Many futures awaited as one.  Done when all are, or with the status of the
 * first that does not end well: the others go on.  Cancelling it cancels all.
 * The results are those of the futures, in their order. */
struct ml_async_gather;

struct ml_async_gathered {
    struct ml_async_future *future; /* the caller sets it */
    struct ml_async_gather *gather;
    struct ml_async_handle call;
};

struct ml_async_gather {
    struct ml_async_future future;
    struct ml_async_gathered *gathered;
    size_t count, left;
};

void ml_async_gather_open(struct ml_async_gather *gather,
                          struct ml_async_loop *loop,
                          struct ml_async_gathered *gathered, size_t count);

#endif
