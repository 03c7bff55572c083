/* loop.h: asyncio's event loop: one thread that calls what is ready.
 *
 * An iteration, as CPython 3.11 has it:
 *
 *   1. sleep until an event comes, or the first timer is due; not at all if a
 *      call is ready.  A sleep lasts whole milliseconds, rounded up.
 *   2. make calls of other threads ready, then the timers that are due.
 *   3. make the calls that are ready now, in the order of arrival.  Calls that
 *      become ready meanwhile are made in the next iteration.
 *
 * A call is never interrupted: while it computes, all other calls wait.  So the
 * loop measures how long calls take and, on request, how late a timer of one
 * millisecond fires.
 *
 * libuv supplies the descriptor to wait at (calls of other threads, file work).
 * The caller does the wait, so that the loop's thread can release the
 * interpreter lock for the wait and for nothing else:
 *
 *     release the interpreter lock
 *     ml_async_poll(loop, ml_async_timeout_ms(loop));
 *     acquire it
 *     ml_async_process_events(loop);
 *     ml_async_run_ready(loop);
 *
 * The pipeline's event loop (pipeline/loop/loop_stage.h) does this, iteration
 * by iteration.  Tasks (task.h) run on a loop.
 *
 * One thread uses a loop; functions for any thread say so.
 */
#ifndef ML_ASYNC_LOOP_H
#define ML_ASYNC_LOOP_H

#include <stdatomic.h>

#include <uv.h>

#include "async/status.h"
#include "async/timer_heap.h"
#include "base/histogram.h"

/* asyncio's loop.slow_callback_duration. */
#define ML_ASYNC_SLOW_NS (100 * ML_NS_PER_MS)

struct ml_async_task;

struct ml_async_counts {
    uint64_t iterations;
    uint64_t polls; /* iterations that slept */
    uint64_t calls;
    uint64_t slow_calls; /* calls of slow_ns or more */
    uint64_t slowest_ns;
};

struct ml_async_loop {
    uv_loop_t uv;
    uv_async_t wake;
    struct ml_async_handle_queue ready;
    size_t ready_left; /* number of handles at the head of `ready` to be called
                          in this iteration */
    struct ml_async_timer *timers;
    bool fd_ready;          /* the poll found an event */
    uint64_t call_start_ns; /* of the current call */
    struct ml_async_counts counts;
    struct ml_async_timer tick;
    struct ml_histogram *lag; /* of the tick; NULL: no tick */
    /* Calls of other threads, in order; `lock` guards the queue. */
    struct ml_mutex lock;
    struct ml_async_handle_queue threadsafe_calls;
    /* Relaxed: it publishes no data.  After true the loop takes the lock; after
     * a false that is too old the loop is woken from its poll. */
    atomic_bool has_threadsafe_calls;

    /* The owner's to set, after opening. */

    uint64_t slow_ns; /* ML_ASYNC_SLOW_NS */
    /* Called after each call that took slow_ns or more; or NULL. */
    void (*slow)(void *context, const struct ml_async_handle *call,
                 uint64_t ns);
    /* Called before a task's step, for a checkpoint of the interpreter lock;
     * its time does not count as the task's.  Or NULL. */
    void (*before)(void *context, struct ml_async_task *task);
    void *context; /* of both */
    /* The loop's clock for lessons and tests; NULL: ml_now_ns().  A wait for a
     * timer then advances it instead of sleeping. */
    uint64_t *mock_clock_ns;
};

/* ML_ERR_OS: no descriptors. */
ML_MUST_CHECK enum ml_status ml_async_loop_open(struct ml_async_loop *loop,
                                                struct ml_error *err);
/* Ready calls and set timers are dropped. */
void ml_async_loop_close(struct ml_async_loop *loop);

/* loop.time(), in nanoseconds. */
uint64_t ml_async_now_ns(const struct ml_async_loop *loop);

/* ---- calls ---- */

/* In the next iteration. */
static inline void ml_async_call_soon(struct ml_async_loop *loop,
                                      struct ml_async_handle *call)
{
    ml_async_handle_queue_push(&loop->ready, call);
}

/* Any thread; wakes the loop. */
void ml_async_call_soon_threadsafe(struct ml_async_loop *loop,
                                   struct ml_async_handle *call);
/* Remove the call if it is queued, by whichever function; no other thread may
 * queue it now. */
void ml_async_call_forget(struct ml_async_loop *loop,
                          struct ml_async_handle *call);
/* Any thread: end the loop's current sleep, or its next one. */
void ml_async_wake(struct ml_async_loop *loop);

/* At a time on the loop's clock, never before it.  The order of two that are
 * due at the same time is unspecified. */
static inline void ml_async_call_at(struct ml_async_loop *loop,
                                    struct ml_async_timer *timer,
                                    uint64_t due_ns)
{
    ml_async_timers_add(&loop->timers, timer, due_ns);
}

/* Remove the timer, whether it is set, or due and queued, or neither. */
void ml_async_timer_stop(struct ml_async_loop *loop,
                         struct ml_async_timer *timer);

/* ---- iterations ---- */

/* How long it may sleep; 0: not at all; -1: until an event comes. */
int ml_async_timeout_ms(const struct ml_async_loop *loop);
/* Sleep.  It makes no call and changes no queue, so no lock is needed. */
void ml_async_poll(struct ml_async_loop *loop, int timeout_ms);
/* Make ready what has come and what is due.  A system call is made only if the
 * poll found an event. */
void ml_async_process_events(struct ml_async_loop *loop);
/* Make the calls that are ready. */
void ml_async_run_ready(struct ml_async_loop *loop);

/* ---- lag ---- */

/* How long the current call has run. */
uint64_t ml_async_running_ns(const struct ml_async_loop *loop);
/* Record from now on how late a repeated timer of one millisecond fires.  It
 * costs a thousand iterations a second. */
void ml_async_lag_start(struct ml_async_loop *loop, struct ml_histogram *lag);
/* Stop; a tick that is overdue is still recorded. */
void ml_async_lag_stop(struct ml_async_loop *loop);

#endif
