/* async_work.h: what a task has done by libuv's pool of threads.
 *
 * For what blocks in the kernel: opening, reading, writing files, which no
 * descriptor tells of.  The pool is one for the whole process and keeps the
 * size of its first use (UV_THREADPOOL_SIZE).
 *
 * A work cannot be cancelled: a task that is while it awaits one is told once
 * the work is done, because the pool uses its memory until then.
 */
#ifndef ML_SYNC_ASYNC_WORK_H
#define ML_SYNC_ASYNC_WORK_H

#include "sync/async_task.h"

/* The caller's memory, until it is done. */
struct ml_async_work {
    struct ml_async_future future;
    void (*call)(void *context); /* the owner's to set */
    void *context;
    uv_work_t uv;
};

/* An await: have work->call made. */
enum ml_async_then ml_async_await_work(struct ml_async_task *task,
                                       struct ml_async_work *work,
                                       ml_async_step *next);

#endif
