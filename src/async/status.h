/* status.h: what Python's ways of waiting have in common: outcomes and
 * timeouts.
 *
 * The files of this room, from the ground up:
 *
 *   mutex.h        the lock and the condition of the operating system
 *   futex_event.h      one thread sleeping until it is woken
 *   lock.h         Lock, RLock
 *   condition.h    Condition: wakes in the order of arrival
 *   semaphore.h    Semaphore, BoundedSemaphore
 *   event.h        Event
 *   barrier.h      Barrier
 *   queue.h   queue.Queue, with task_done, join and shutdown
 *   future.h       Future, as_completed
 *   thread_pool.h     ThreadPoolExecutor, map
 *   gil.h          beside them: the interpreter's own lock, under which a Lock
 *                  and what is built on it may stand (lock.h)
 *
 * and for one thread that never waits where it stands, asyncio:
 *
 *   timer_heap.h     what is to be called, now or at a time
 *   loop.h      the event loop
 *   task.h      futures, tasks as state machines, gather
 *   wait.h      Event, Semaphore, Queue
 *   run_in_executor.h  run_in_executor
 *
 * and for several processes:
 *
 *   mp_semaphore.h      multiprocessing.Semaphore, and Lock
 *   mp_simple_queue.h   multiprocessing.SimpleQueue
 *   mp_queue.h          multiprocessing.Queue, with its feeder
 *   process_worker.h    a process that makes calls for others
 *   process_executor.h  ProcessPoolExecutor
 *
 * They keep the contracts of CPython 3.11's threading, queue, multiprocessing,
 * concurrent.futures and asyncio (shutdown of a queue: 3.13), so that a program
 * can be moved over line by line.  Where Python raises, a function here returns
 * a status; nothing is left undefined.  The layers are thin and Python's own: a
 * semaphore is a number and a condition, a condition is a line of sleepers.
 */
#ifndef ML_ASYNC_STATUS_H
#define ML_ASYNC_STATUS_H

#include <assert.h>
#include <stdint.h>

#include "base/clock.h"
#include "os/mutex.h"

enum ml_sync_status {
    ML_SYNC_OK = 0,
    ML_SYNC_TIMEOUT,   /* not in the time given: False, or TimeoutError */
    ML_SYNC_VALUE,     /* an argument or a count that cannot be: ValueError */
    ML_SYNC_NOT_OWNER, /* not held, or by another thread: RuntimeError */
    ML_SYNC_FULL,      /* queue.Full */
    ML_SYNC_EMPTY,     /* queue.Empty */
    ML_SYNC_SHUT_DOWN, /* queue.ShutDown; an executor's RuntimeError */
    ML_SYNC_BROKEN,    /* BrokenBarrierError, BrokenThreadPool */
    ML_SYNC_CANCELLED, /* CancelledError */
    ML_SYNC_RAISED,    /* the caller's own function failed */
    ML_SYNC_ENDED,     /* nothing comes any more: StopIteration */
    ML_SYNC_NO_THREAD, /* no thread can be started: RuntimeError */
    ML_SYNC_STATUS_COUNT
};

/* "ok", "timeout", "not owner", ... */
const char *ml_sync_name(enum ml_sync_status status);

/* Timeouts are durations in nanoseconds.  This one is Python's None. */
#define ML_FOREVER INT64_MAX

/* The moment on ml_now_ns()'s clock at which a timeout is over; a negative one
 * is over already. */
static inline uint64_t ml_deadline(int64_t timeout_ns)
{
    if (timeout_ns == ML_FOREVER)
        return ML_NEVER;
    return ml_now_ns() + (timeout_ns > 0 ? (uint64_t)timeout_ns : 0);
}

/* For a call that cannot fail where it stands. */
static inline void ml_sync_must(enum ml_sync_status status)
{
    assert(status == ML_SYNC_OK);
    (void)status;
}

#endif
