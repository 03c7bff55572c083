/* status.h: outcomes and timeouts of all that a thread or a task can wait for.
 *
 * The files, from the ground up.  For threads:
 *
 *   os/mutex.h                the mutex and the condition of the system
 *   python/futex_event.h      one thread sleeps until it is woken
 *   python/lock.h             Lock, RLock; may be used under gil/gil.h
 *   python/condition.h        Condition: wakes in the order of arrival
 *   python/semaphore.h        Semaphore, BoundedSemaphore
 *   python/event.h            Event
 *   python/barrier.h          Barrier
 *   python/queue.h            queue.Queue, with task_done, join and shutdown
 *   async/future.h            Future
 *   async/thread_pool.h       ThreadPoolExecutor
 *   python/futures.h          as_completed, map
 *
 * for asyncio, one thread that never blocks in a call:
 *
 *   async/timer_heap.h        handles and timers
 *   async/loop.h              the event loop
 *   async/task.h              futures, tasks as state machines
 *   async/wait.h              Event
 *   async/run_in_executor.h   run_in_executor
 *   python/asyncio/           gather, Queue, Semaphore
 *
 * and for several processes, python/multiprocessing/:
 *
 *   semaphore.h               multiprocessing.Semaphore, and Lock
 *   simple_queue.h            multiprocessing.SimpleQueue
 *   queue.h                   multiprocessing.Queue, with its feeder
 *   process_worker.h          a process that serves calls
 *   process_executor.h        ProcessPoolExecutor
 *
 * src/async and src/python keep the contracts of CPython 3.11's threading,
 * queue, multiprocessing, concurrent.futures and asyncio (shutdown of a queue:
 * 3.13), so that a program can be ported line by line.  Where Python raises, a
 * function returns a status; no misuse is undefined.  The layers are thin and
 * Python's own: a semaphore is a number and a condition, a condition is a queue
 * of sleeping threads.
 */
#ifndef ML_ASYNC_STATUS_H
#define ML_ASYNC_STATUS_H

#include <assert.h>
#include <stdint.h>

#include "base/clock.h"
#include "os/mutex.h"

enum ml_sync_status {
    ML_SYNC_OK = 0,
    ML_SYNC_TIMEOUT,   /* the timeout passed: False, or TimeoutError */
    ML_SYNC_VALUE,     /* an invalid argument or count: ValueError */
    ML_SYNC_NOT_OWNER, /* not held, or by another thread: RuntimeError */
    ML_SYNC_FULL,      /* queue.Full */
    ML_SYNC_EMPTY,     /* queue.Empty */
    ML_SYNC_SHUT_DOWN, /* queue.ShutDown; an executor's RuntimeError */
    ML_SYNC_BROKEN,    /* BrokenBarrierError, BrokenThreadPool */
    ML_SYNC_CANCELLED, /* CancelledError */
    ML_SYNC_RAISED,    /* the caller's own function failed */
    ML_SYNC_ENDED,     /* no further item: StopIteration */
    ML_SYNC_NO_THREAD, /* no thread can be started: RuntimeError */
    ML_SYNC_STATUS_COUNT
};

/* "ok", "timeout", "not owner", ... */
const char *ml_sync_name(enum ml_sync_status status);

/* Timeouts are durations in nanoseconds.  This one is Python's None. */
#define ML_FOREVER INT64_MAX

/* The time on ml_now_ns()'s clock at which a timeout ends; a negative one has
 * ended. */
static inline uint64_t ml_deadline(int64_t timeout_ns)
{
    if (timeout_ns == ML_FOREVER)
        return ML_NEVER;
    return ml_now_ns() + (timeout_ns > 0 ? (uint64_t)timeout_ns : 0);
}

/* For a call that cannot fail at its place. */
static inline void ml_sync_must(enum ml_sync_status status)
{
    assert(status == ML_SYNC_OK);
    (void)status;
}

#endif
