/* loop.h: asyncio's event loop: one thread that calls what is ready.
 *
 * An iteration, as CPython 3.11 has it:
 *
 *   1. sleep until something comes, or the first timer is due; not at all when
 *      something is ready.  A sleep lasts whole milliseconds, rounded up.
 *   2. what has come from outside gets ready, then the timers that are due.
 *   3. call what is ready now, in the order of arrival.  What gets ready
 *      meanwhile is called in the next iteration.
 *
 * Nothing is interrupted: what a call computes, everybody waits for.  How long
 * calls take is therefore looked at, and so is, on demand, how late a timer of
 * a millisecond comes.
 *
 * Waiting is libuv's: its descriptor for whatever comes from outside (calls by
 * other threads).  The wait itself is ours, so that the loop's thread can let
 * an interpreter lock go for it and for nothing else:
 *
 *     release the interpreter lock
 *     ml_async_poll(loop, ml_async_timeout_ms(loop));
 *     acquire it
 *     ml_async_process_events(loop);
 *     ml_async_run_ready(loop);
 *
 * The pipeline's event loop (pipeline/loop/loop_stage.h) does this, iteration
 * by iteration. What runs on a loop are tasks: task.h.
 *
 * One thread uses a loop, but for what says otherwise.
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
    uint64_t polls; /* of these, that slept */
    uint64_t calls;
    uint64_t slow_calls; /* that took slow_ns or more */
    uint64_t slowest_ns;
};

struct ml_async_loop {
    uv_loop_t uv;
    uv_async_t wake;
    struct ml_async_handle_queue ready;
    size_t
        ready_left; /* first of these: still to be called in this iteration */
    struct ml_async_timer *timers;
    bool fd_ready;          /* the poll found something at the descriptor */
    uint64_t call_start_ns; /* of the call at hand */
    struct ml_async_counts counts;
    struct ml_async_timer tick;
    struct ml_histogram *lag; /* where the tick's are noted; NULL: no tick */
    /* Calls of other threads, in order; `lock` guards the line. */
    struct ml_mutex lock;
    struct ml_async_handle_queue threadsafe_calls;
    /* Relaxed: that there are some is all it says; who reads true takes the
     * lock, and who reads false too early will be woken from the poll. */
    atomic_bool has_threadsafe_calls;

    /* The owner's to set, after opening. */

    uint64_t slow_ns; /* ML_ASYNC_SLOW_NS */
    /* Told of each call that took so long; or NULL. */
    void (*slow)(void *context, const struct ml_async_handle *call,
                 uint64_t ns);
    /* Called before a task's step, to look whether others want the interpreter
     * lock; its time is not the task's.  Or NULL. */
    void (*before)(void *context, struct ml_async_task *task);
    void *context; /* of both */
    /* The loop's clock for lessons and tests; NULL: ml_now_ns().  Waiting for a
     * timer then sets it instead of sleeping. */
    uint64_t *mock_clock_ns;
};

/* ML_ERR_OS: no descriptors. */
ML_MUST_CHECK enum ml_status ml_async_loop_open(struct ml_async_loop *loop,
                                                struct ml_error *err);
/* What is ready or set is forgotten. */
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
/* Not any more, if it is in line, from wherever it came; no other thread may
 * put it there now. */
void ml_async_call_forget(struct ml_async_loop *loop,
                          struct ml_async_handle *call);
/* Any thread: end the loop's sleep, or its next one. */
void ml_async_wake(struct ml_async_loop *loop);

/* At a time on the loop's clock, never before it.  Which of two that are due at
 * the same time comes first is not said. */
static inline void ml_async_call_at(struct ml_async_loop *loop,
                                    struct ml_async_timer *timer,
                                    uint64_t due_ns)
{
    ml_async_timers_add(&loop->timers, timer, due_ns);
}

/* Not any more, whether it is set still, or due and in line, or neither. */
void ml_async_timer_stop(struct ml_async_loop *loop,
                         struct ml_async_timer *timer);

/* ---- iterations ---- */

/* How long it may sleep: 0: not at all; -1: until something comes. */
int ml_async_timeout_ms(const struct ml_async_loop *loop);
/* Sleep.  Nobody is called and nothing gets ready, so no lock is needed. */
void ml_async_poll(struct ml_async_loop *loop, int timeout_ms);
/* What has come, and what is due, is ready.  The kernel is asked only when
 * something may come from it. */
void ml_async_process_events(struct ml_async_loop *loop);
/* Call what is ready. */
void ml_async_run_ready(struct ml_async_loop *loop);

/* ---- being late ---- */

/* How long the call at hand has run. */
uint64_t ml_async_running_ns(const struct ml_async_loop *loop);
/* Note from now on how late a timer of a millisecond comes, again and again.
 * It costs a thousand iterations a second. */
void ml_async_lag_start(struct ml_async_loop *loop, struct ml_histogram *lag);
/* No more; a tick that is overdue is noted still. */
void ml_async_lag_stop(struct ml_async_loop *loop);

#endif
