/* barrier.h: Python's Barrier: a number of threads wait for each other.
 *
 * The last thread to arrive runs the action, then all continue, each with a
 * number of its own from 0 to parties - 1; then the barrier can be used again.
 * No thread enters for the next round before all have left.
 *
 * A thread that stops waiting breaks the barrier: waiting and arriving threads
 * get ML_SYNC_BROKEN, until reset() repairs it.
 */
#ifndef ML_PYTHON_BARRIER_H
#define ML_PYTHON_BARRIER_H

#include "python/condition.h"

enum ml_barrier_state {
    ML_BARRIER_FILLING,
    ML_BARRIER_DRAINING,  /* all have arrived, and not all have left */
    ML_BARRIER_RESETTING, /* threads inside are leaving with BROKEN */
    ML_BARRIER_BROKEN,
};

struct ml_barrier {
    struct ml_lock lock; /* guards the state and the count */
    struct ml_condition changed;
    uint32_t parties;
    uint32_t count; /* of threads inside */
    enum ml_barrier_state state;
    int (*action)(
        void *); /* run by the last thread; 0, or its own error; or NULL */
    void *context;
};

/* ML_SYNC_VALUE: `parties` is 0. */
ML_MUST_CHECK enum ml_sync_status ml_barrier_open(struct ml_barrier *barrier,
                                                  uint32_t parties,
                                                  int (*action)(void *),
                                                  void *context);
void ml_barrier_close(struct ml_barrier *barrier); /* no thread is inside */

/* Wait for the other threads; *index_out is this thread's number.
 * ML_SYNC_BROKEN: a thread's timeout passed (also this one's; a negative one
 * has passed), abort(), reset() while waiting, or the action failed; in that
 * case the thread that ran the action gets ML_SYNC_RAISED. */
ML_MUST_CHECK enum ml_sync_status ml_barrier_wait(struct ml_barrier *barrier,
                                                  int64_t timeout_ns,
                                                  uint32_t *index_out);
/* Break it for all threads. */
void ml_barrier_abort(struct ml_barrier *barrier);
/* Repair and empty it: waiting threads get ML_SYNC_BROKEN, later ones begin a
 * new round. */
void ml_barrier_reset(struct ml_barrier *barrier);

bool ml_barrier_is_broken(struct ml_barrier *barrier);
/* How many wait for more to arrive; 0 while they leave. */
uint32_t ml_barrier_waiting(struct ml_barrier *barrier);

#endif
