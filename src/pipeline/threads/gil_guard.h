/* gil_guard.h: a thread of the pipeline under an interpreter lock.
 *
 * The thread holds the lock from its first line to its last, and releases it
 * around everything that may block.  While it computes a picture it does as
 * Python programs do: hold the lock with checkpoints, as a loop in Python; hold
 * it without checkpoints, as a long call into C; or release it for the whole
 * picture, as C libraries that know of the lock.
 *
 * Checkpoints are counted in rows: as many rows as take a 50th of the switch
 * interval, measured for each yield point of the picture (source, each filter,
 * sink) from the time of its last rows.
 *
 * The simulation decides which thread runs when, not how slow Python is; more
 * work for each picture (--cpu-factor) stands for that.
 */
#ifndef ML_PIPELINE_THREADS_GIL_GUARD_H
#define ML_PIPELINE_THREADS_GIL_GUARD_H

#include "chain/yield_points.h"
#include "pipeline/core/run_settings.h"
#include "trace/trace.h"

/* Time and rows between two checkpoints. */
struct ml_checkpoint_intervals {
    struct ml_histogram periods;
    uint64_t rows;
};

enum ml_compute_phase { ML_PHASE_DECODE, ML_PHASE_FILTER, ML_PHASE_ENCODE };
#define ML_PHASE_COUNT 3

struct ml_gil_stats {
    struct ml_gil_counts gil;
    struct ml_checkpoint_intervals
        paces[ML_PHASE_COUNT]; /* while computing with the lock: the longest
                                  is how long no other thread could get it */
    uint64_t threads;
    uint64_t slept, preempted; /* voluntary and involuntary context switches */
};

struct ml_gil_guard {
    struct ml_gil *gil; /* the lock of the process, or `own` */
    struct ml_gil own;
    enum ml_gil_policy policy;
    struct ml_gil_thread thread;
    struct ml_trace_track *track; /* records waits; or NULL */
    uint32_t job;                 /* the current one, for the track */
    unsigned release_depth;       /* nested save_thread() calls */
    struct ml_yield_hooks yield_hooks;
    uint64_t target_ns;                 /* between two checkpoints */
    uint64_t since_ns;                  /* the last checkpoint */
    uint64_t waited_ns[ML_PHASE_COUNT]; /* for the lock, since
                                           ml_gil_guard_begin_compute() */
    struct ml_gil_stats counts;
    bool own_open;
};

const char *ml_gil_policy_name(enum ml_gil_policy policy);
/* A version of CPython: "3.11". */
const char *ml_gil_flavour_name(enum ml_gil_flavour flavour);

/* A thread without the lock passes NULL: then all of these do nothing. */

/* `gil` is the lock of the process, owned by the caller.  `track` may be set
 * afterwards. */
ML_MUST_CHECK enum ml_status
ml_gil_guard_open(struct ml_gil_guard *guard,
                  const struct ml_gil_settings *settings, struct ml_gil *gil,
                  struct ml_error *err);
void ml_gil_guard_close(struct ml_gil_guard *guard);

/* The first and the last call in the thread itself. */
void ml_gil_guard_acquire(struct ml_gil_guard *guard);
void ml_gil_guard_release(struct ml_gil_guard *guard);

/* Set the current job. */
static inline void ml_gil_guard_job(struct ml_gil_guard *guard, uint32_t job)
{
    if (guard)
        guard->job = job;
}

/* Around everything that may block; may nest. */
void ml_gil_guard_save_thread(struct ml_gil_guard *guard);
void ml_gil_guard_restore_thread(struct ml_gil_guard *guard);

/* Around computing; returns the yield hooks for the worker context. */
struct ml_yield_hooks *ml_gil_guard_begin_compute(struct ml_gil_guard *guard);
/* Subtract the waits for the lock from *times, those of the steps `first` to
 * `last` of the picture. */
void ml_gil_guard_end_compute(struct ml_gil_guard *guard, enum ml_step first,
                              enum ml_step last, struct ml_step_times *times);

/* Once the thread has ended. */
void ml_gil_stats_add(struct ml_gil_stats *into,
                      const struct ml_gil_guard *guard);

#endif
