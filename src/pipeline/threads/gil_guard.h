/* gil_guard.h: a thread of the line under an interpreter lock.
 *
 * It holds the lock from its first line to its last, lets go around everything
 * that may block, and treats the computing of a picture as Python's libraries
 * would: hold it and look up now and then, as a loop in Python does; hold it
 * and never look up, as a long call into C; or let go for the whole picture, as
 * C libraries that know of the lock do.
 *
 * How often it looks up is set by rows: as many as take a 50th of the switch
 * interval, learnt at each place of the picture (source, each filter, sink)
 * from how long the last ones took.
 *
 * What is simulated is who runs when, not how slow Python is; more work for
 * each picture (--cpu-factor) stands for that.
 */
#ifndef ML_PIPELINE_THREADS_GIL_GUARD_H
#define ML_PIPELINE_THREADS_GIL_GUARD_H

#include "chain/yield_points.h"
#include "pipeline/core/run_settings.h"
#include "trace/trace.h"

/* Rows between two looks, and how long they took. */
struct ml_checkpoint_intervals {
    struct ml_histogram periods;
    uint64_t rows;
};

enum ml_compute_phase { ML_PHASE_DECODE, ML_PHASE_FILTER, ML_PHASE_ENCODE };
#define ML_PHASE_COUNT 3

struct ml_gil_stats {
    struct ml_gil_counts gil;
    struct ml_checkpoint_intervals
        paces[ML_PHASE_COUNT]; /* while computing with the lock;
                      the longest is how long others
                      could not ask */
    uint64_t threads;
    uint64_t slept, preempted; /* voluntary and other context switches */
};

struct ml_gil_guard {
    struct ml_gil *gil; /* the process's, or `own` */
    struct ml_gil own;
    enum ml_gil_policy policy;
    struct ml_gil_thread thread;
    struct ml_trace_track *track; /* waiting is told there; or NULL */
    uint32_t job;                 /* at hand, for the track */
    unsigned release_depth; /* how often it let go and has not come back */
    struct ml_yield_hooks yield_hooks;
    uint64_t target_ns;                 /* between two looks */
    uint64_t since_ns;                  /* the last one */
    uint64_t waited_ns[ML_PHASE_COUNT]; /* for the lock, since _begin_picture */
    struct ml_gil_stats counts;
    bool own_open;
};

const char *ml_gil_policy_name(enum ml_gil_policy policy);
const char *ml_gil_flavour_name(enum ml_gil_flavour flavour); /* of CPython */

/* What happens in a thread that has no turn (NULL) is nothing: all of these may
 * be called everywhere. */

/* `gil` is the process's, and stays the caller's.  `track` may be set after. */
ML_MUST_CHECK enum ml_status
ml_gil_guard_open(struct ml_gil_guard *guard,
                  const struct ml_gil_settings *settings, struct ml_gil *gil,
                  struct ml_error *err);
void ml_gil_guard_close(struct ml_gil_guard *guard);

/* In the thread itself: its first line, and its last. */
void ml_gil_guard_acquire(struct ml_gil_guard *guard);
void ml_gil_guard_release(struct ml_gil_guard *guard);

/* What it works at from now on. */
static inline void ml_gil_guard_job(struct ml_gil_guard *guard, uint32_t job)
{
    if (guard)
        guard->job = job;
}

/* Around what may block.  May nest. */
void ml_gil_guard_save_thread(struct ml_gil_guard *guard);
void ml_gil_guard_restore_thread(struct ml_gil_guard *guard);

/* Around computing: what ml_picture_process gets as tools->pauses. */
struct ml_yield_hooks *ml_gil_guard_begin_compute(struct ml_gil_guard *guard);
/* *times are those of the picture after `first` to `last` were done: waiting
 * for the lock is no work. */
void ml_gil_guard_end_compute(struct ml_gil_guard *guard, enum ml_step first,
                              enum ml_step last, struct ml_step_times *times);

/* After the thread's end. */
void ml_gil_stats_add(struct ml_gil_stats *into,
                      const struct ml_gil_guard *guard);

#endif
