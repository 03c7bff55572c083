/* gil.h: CPython's global interpreter lock, as a lock of our own.
 *
 * Threads that compute as Python code does hold it, let it go around whatever
 * blocks, and look up at checkpoints whether somebody else asks for it.  It is
 * the algorithm of CPython 3.2 to 3.13, told in our own words:
 *
 *  - Who finds it free takes it at once: there is no line to stand in.
 *  - Who finds it taken sleeps for an interval (5 ms in Python).  If it is then
 *    still taken, and nobody has taken it anew meanwhile, the sleeper asks the
 *    holder to drop it; any change of hands starts a full interval again.
 *  - A release wakes one sleeper.  Only if somebody had asked, the releaser
 *    then waits until another thread has taken the lock ("forced switching"):
 *    it could otherwise win it back before the sleeper is awake.
 *  - Taking it forgets the request.
 *
 * So a thread that computes gives it up once an interval, and one that blocks
 * often waits an interval each time: the convoy that Python's users know.
 *
 * One struct ml_gil is one interpreter.  What the checks of CPython's loop are
 * to a Python program, calls of ml_gil_checkpoint() are here: as often as every
 * 50th of an interval they cannot be told from CPython's.
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
    ML_GIL_313, /* the flag lies with the thread that is to drop the lock */
    ML_GIL_OFF, /* free-threaded: nothing is locked and nothing counted */
    ML_GIL_FLAVOUR_COUNT
};

/* What happened to one thread, or to several added up. */
struct ml_gil_counts {
    uint64_t acquisitions;
    struct ml_histogram waits; /* of the acquisitions that had to wait */
    struct ml_histogram holds; /* from each taking to its release */
    uint64_t timeouts;         /* intervals slept through, the lock taken */
    uint64_t requests;         /* of these, how many asked for the lock */
    uint64_t honoured;         /* releases while a request stood */
    uint64_t forced;           /* of these, how many waited for the hand-over */
    uint64_t switches;         /* acquisitions after another thread's */
    uint64_t yields;           /* releases at a checkpoint; the others were
                                  the thread's own wish */
    uint64_t checkpoints;
};

/* One thread: who it is, and what happened to it.  Begins zeroed; used by its
 * own thread alone, but for `drop`.  It must stay where it is while it waits or
 * holds. */
struct ml_gil_thread {
    struct ml_gil_counts counts;
    uint64_t held_since_ns;
    /* The flag that its checkpoints look at; set by every acquisition. */
    const atomic_bool *eval_breaker;
    /* ML_GIL_313.  Relaxed everywhere: it carries no data; that it was set is
     * seen sooner or later at a checkpoint, and in time at a release, because
     * it is set under ml_gil.lock while this thread holds the GIL. */
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
    /* Taken inside `lock` by who acquires, without it by who releases. */
    struct ml_mutex switch_lock;
    struct ml_cond switched;      /* somebody has taken the lock */
    struct ml_gil_thread *holder; /* now, or last; compared, and followed only
                                     while locked */
    uint64_t switch_number;       /* changes of holder */
    atomic_bool drop;             /* ML_GIL_311; as ml_gil_thread.drop */
};

/* `interval_ns` is raised to a microsecond as in CPython.  ML_ERR_USAGE for
 * none. */
ML_MUST_CHECK enum ml_status ml_gil_open(struct ml_gil *gil,
                                         enum ml_gil_flavour flavour,
                                         uint64_t interval_ns,
                                         struct ml_error *err);
void ml_gil_close(struct ml_gil *gil); /* nobody may hold it or wait now */

/* Take it, which the thread must not have.  errno is kept. */
void ml_gil_acquire(struct ml_gil *gil, struct ml_gil_thread *thread);
/* Likewise, but leave at `deadline_ns` of ml_now_ns() with false.  A request
 * that nobody else waits for leaves too, or the holder would wait for ever for
 * somebody to take what it drops. */
ML_MUST_CHECK bool ml_gil_acquire_until(struct ml_gil *gil,
                                        struct ml_gil_thread *thread,
                                        uint64_t deadline_ns);
/* Let go; returns only after the hand-over if somebody had asked for it.
 * Releasing what the thread does not have is a broken invariant.  errno is
 * kept. */
void ml_gil_release(struct ml_gil *gil, struct ml_gil_thread *thread);

/* What a checkpoint does that finds a request: release, acquire. */
void ml_gil_yield(struct ml_gil *gil, struct ml_gil_thread *thread);

/* The thread holds the lock: give others a turn if they ask for one. */
static inline void ml_gil_checkpoint(struct ml_gil *gil,
                                     struct ml_gil_thread *thread)
{
    thread->counts.checkpoints++;
    if (__builtin_expect(
            atomic_load_explicit(thread->eval_breaker, memory_order_relaxed),
            0))
        ml_gil_yield(gil, thread);
}

/* Add up what happened to several threads, which use the lock no more. */
void ml_gil_counts_add(struct ml_gil_counts *into,
                       const struct ml_gil_counts *from);

#endif
