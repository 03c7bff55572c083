/* barrier.h: Python's Barrier: a number of threads wait for each other.
 *
 * The last to come runs the action, then all go on, each with a number of its
 * own from 0 to parties - 1; then the barrier can be used again.  Nobody enters
 * for the next time before all have left.
 *
 * A thread that stops waiting breaks the barrier: all who wait and all who come
 * are told so, until reset() makes it whole.
 */
#ifndef ML_PYTHON_BARRIER_H
#define ML_PYTHON_BARRIER_H

#include "python/condition.h"

enum ml_barrier_state {
    ML_BARRIER_FILLING,
    ML_BARRIER_DRAINING,  /* all were there and have not all left */
    ML_BARRIER_RESETTING, /* who was inside is leaving, told that it broke */
    ML_BARRIER_BROKEN,
};

struct ml_barrier {
    struct ml_lock lock; /* guards the state and the count */
    struct ml_condition changed;
    uint32_t parties;
    uint32_t count; /* inside */
    enum ml_barrier_state state;
    int (*action)(void *); /* run by one thread; 0, or its own error; or NULL */
    void *context;
};

/* ML_SYNC_VALUE: no parties at all. */
ML_MUST_CHECK enum ml_sync_status ml_barrier_open(struct ml_barrier *barrier,
                                                  uint32_t parties,
                                                  int (*action)(void *),
                                                  void *context);
void ml_barrier_close(struct ml_barrier *barrier); /* nobody is inside */

/* Wait for the others; *index_out is this thread's number.  ML_SYNC_BROKEN:
 * somebody's timeout passed (perhaps this one's; negative: it has passed),
 * abort(), reset() while waiting, or the action failed.  The thread that ran
 * the action gets ML_SYNC_RAISED in that case. */
ML_MUST_CHECK enum ml_sync_status ml_barrier_wait(struct ml_barrier *barrier,
                                                  int64_t timeout_ns,
                                                  uint32_t *index_out);
/* Break it for all. */
void ml_barrier_abort(struct ml_barrier *barrier);
/* Make it whole and empty: who waits is told that it broke, who comes next
 * begins anew. */
void ml_barrier_reset(struct ml_barrier *barrier);

bool ml_barrier_is_broken(struct ml_barrier *barrier);
/* How many wait for the rest; 0 while they leave. */
uint32_t ml_barrier_waiting(struct ml_barrier *barrier);

#endif
