/* gil.h: CPython's global interpreter lock, simulated.
 *
 * Threads that compute as Python code does hold it, release it around calls
 * that block, and test at checkpoints whether another thread requests it.  The
 * algorithm is that of CPython 3.2 to 3.13:
 *
 *  - A thread that finds it free takes it at once: waiting threads form no
 *    queue.
 *  - A thread that finds it taken sleeps for an interval (5 ms in Python).  If
 *    the lock is then still taken, and no other thread has taken it meanwhile,
 *    the sleeper requests that the holder drop it; a switch starts a full
 *    interval again.
 *  - A release wakes one sleeper.  If the drop was requested, the releasing
 *    thread then waits until another thread has taken the lock ("forced
 *    switching"): otherwise it could take it again before the sleeper is awake.
 *  - Taking it clears the request.
 *
 * So a thread that computes releases it once an interval, and one that blocks
 * often waits an interval each time: Python's convoy effect.
 *
 * One struct ml_gil is one interpreter.  Calls of ml_gil_checkpoint() stand for
 * the checks of CPython's evaluation loop: if they come at least 50 times an
 * interval, the result does not differ measurably from CPython's.
 */
#ifndef ML_GIL_GIL_H
#define ML_GIL_GIL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/histogram.h"
#include "os/mutex.h"

#define ML_GIL_INTERVAL_NS UINT64_C(5000000) /* sys.getswitchinterval() */
#define ML_GIL_INTERVAL_MIN_NS UINT64_C(1000)

enum ml_gil_flavour {
    ML_GIL_311, /* one request flag for the interpreter */
    ML_GIL_313, /* the flag belongs to the thread that is to drop the lock */
    ML_GIL_OFF, /* free-threaded: nothing is locked and nothing counted */
    ML_GIL_FLAVOUR_COUNT
};

/* Counts of one thread, or of several added up. */
struct ml_gil_counts {
    uint64_t acquisitions;
    struct ml_histogram waits; /* of the acquisitions that had to wait */
    struct ml_histogram holds; /* from each taking to its release */
    uint64_t timeouts;         /* intervals that passed while it waited */
    uint64_t requests;         /* of these, how many requested the drop */
    uint64_t honoured;         /* releases while a drop was requested */
    uint64_t forced;           /* of these, how many waited for the switch */
    uint64_t switches;         /* acquisitions after another thread's */
    uint64_t
        yields; /* releases at a checkpoint; the thread itself chose the rest */
    uint64_t checkpoints;
};

/* One thread: its identity and its counts.  Begins zeroed; only its own thread
 * uses it, but for `drop`.  It must not move while the thread waits or holds
 * the lock. */
struct ml_gil_thread {
    struct ml_gil_counts counts;
    uint64_t held_since_ns;
    /* The flag that its checkpoints test; every acquisition sets the
     * pointer. */
    const atomic_bool *eval_breaker;
    /* ML_GIL_313.  Relaxed everywhere: it publishes no data.  A checkpoint sees
     * it eventually, and a release sees it in time, because it is set under
     * ml_gil.lock while this thread holds the GIL. */
    atomic_bool drop;
};

struct ml_gil {
    enum ml_gil_flavour flavour;
    uint64_t interval_ns;
    /* Guards locked, waiters, and, together with switch_lock, holder and
     * switch_number: both are held to change these, either one to read. */
    struct ml_mutex lock;
    struct ml_cond freed; /* a release; one sleeper is woken */
    bool locked;
    uint32_t waiters;
    /* Acquiring takes it inside `lock`, releasing without it. */
    struct ml_mutex switch_lock;
    struct ml_cond switched; /* another thread has taken the lock */
    struct ml_gil_thread
        *holder;            /* now, or last; dereferenced only while locked */
    uint64_t switch_number; /* changes of holder */
    atomic_bool drop;       /* ML_GIL_311; as ml_gil_thread.drop */
};

/* `interval_ns` is raised to a microsecond as in CPython.  ML_ERR_USAGE: it is
 * 0. */
ML_MUST_CHECK enum ml_status ml_gil_open(struct ml_gil *gil,
                                         enum ml_gil_flavour flavour,
                                         uint64_t interval_ns,
                                         struct ml_error *err);
void ml_gil_close(struct ml_gil *gil); /* no thread holds it or waits */

/* Take it; the thread must not hold it.  errno is kept. */
void ml_gil_acquire(struct ml_gil *gil, struct ml_gil_thread *thread);
/* The same, but return false at `deadline_ns` of ml_now_ns().  If no other
 * thread waits, its request is withdrawn, or the holder would drop the lock and
 * wait for ever until a thread takes it. */
ML_MUST_CHECK bool ml_gil_acquire_until(struct ml_gil *gil,
                                        struct ml_gil_thread *thread,
                                        uint64_t deadline_ns);
/* Release it.  If the drop was requested, return only once another thread has
 * taken it.  To release it without holding it is a broken invariant.  errno is
 * kept. */
void ml_gil_release(struct ml_gil *gil, struct ml_gil_thread *thread);

/* At a checkpoint that finds a request: release, acquire. */
void ml_gil_yield(struct ml_gil *gil, struct ml_gil_thread *thread);

/* The thread holds the lock: yield it if another thread requests it. */
static inline void ml_gil_checkpoint(struct ml_gil *gil,
                                     struct ml_gil_thread *thread)
{
    thread->counts.checkpoints++;
    if (__builtin_expect(
            atomic_load_explicit(thread->eval_breaker, memory_order_relaxed),
            0))
        ml_gil_yield(gil, thread);
}

/* Add up the counts of threads that no longer use the lock. */
void ml_gil_counts_add(struct ml_gil_counts *into,
                       const struct ml_gil_counts *from);

#endif
