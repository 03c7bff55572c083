/* gather.h: run_until_complete() and gather(), which the pipeline does not
 * need.  On the loop's thread.
 */
#ifndef ML_PYTHON_ASYNCIO_GATHER_H
#define ML_PYTHON_ASYNCIO_GATHER_H

#include "async/task.h"

/* loop.run_until_complete(): run iterations until the future is done.  The
 * caller holds no interpreter lock. */
void ml_async_run_until(struct ml_async_loop *loop,
                        struct ml_async_future *future);

/* Several futures awaited as one.  Done once all are, or with the status of the
 * first that fails; the remaining ones then continue.  Cancelling it cancels
 * all.  The results stay in the futures. */
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
