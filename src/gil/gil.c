/* gil.c: see gil.h for the algorithm.
 *
 * Threads wait for the GIL at `lock` and `freed`; a thread that dropped it
 * waits for its successor at `switch_lock` and `switched`.  Acquiring takes the
 * second lock inside the first; releasing unlocks the first before it locks the
 * second, so there is no cycle.
 */
#include "gil/gil.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"

enum ml_status ml_gil_open(struct ml_gil *gil, enum ml_gil_flavour flavour,
                           uint64_t interval_ns, struct ml_error *err)
{
    if (interval_ns == 0)
        return ml_fail(err, ML_ERR_USAGE, "bad switch interval",
                       "give a time like 5ms", "it is 0");
    memset(gil, 0, sizeof *gil);
    gil->flavour = flavour;
    gil->interval_ns = interval_ns > ML_GIL_INTERVAL_MIN_NS
                           ? interval_ns
                           : ML_GIL_INTERVAL_MIN_NS;
    atomic_init(&gil->drop, false);
    ml_mutex_open(&gil->lock);
    ml_mutex_open(&gil->switch_lock);
    ml_cond_open(&gil->freed);
    ml_cond_open(&gil->switched);
    return ML_OK;
}

void ml_gil_close(struct ml_gil *gil)
{
    assert(!gil->locked && gil->waiters == 0);
    ml_cond_close(&gil->switched);
    ml_cond_close(&gil->freed);
    ml_mutex_close(&gil->switch_lock);
    ml_mutex_close(&gil->lock);
}

/* ---- the request ---- */

/* The drop-request flag of `thread`. */
static atomic_bool *gil_flag(struct ml_gil *gil, struct ml_gil_thread *thread)
{
    return gil->flavour == ML_GIL_313 ? &thread->drop : &gil->drop;
}

static bool gil_drop_is_requested(struct ml_gil *gil,
                                  struct ml_gil_thread *thread)
{
    return atomic_load_explicit(gil_flag(gil, thread), memory_order_relaxed);
}

static void gil_set_drop_request(struct ml_gil *gil,
                                 struct ml_gil_thread *thread, bool requested)
{
    atomic_store_explicit(gil_flag(gil, thread), requested,
                          memory_order_relaxed);
}

/* ---- acquiring ---- */

/* The GIL is taken, and `lock` is held: sleep an interval at a time until the
 * GIL is free.  False at the deadline. */
static bool gil_wait(struct ml_gil *gil, struct ml_gil_thread *thread,
                     uint64_t deadline_ns)
{
    const uint64_t start = ml_now_ns();
    bool timed_out = false;
    gil->waiters++;
    while (gil->locked && !timed_out) {
        const uint64_t seen = gil->switch_number;
        const uint64_t interval_end_ns = ml_now_ns() + gil->interval_ns;
        const bool last = deadline_ns < interval_end_ns;
        if (ml_cond_wait_until(&gil->freed, &gil->lock,
                               last ? deadline_ns : interval_end_ns) ||
            !gil->locked)
            continue;
        timed_out = last;
        thread->counts.timeouts += !last;
        if (!last && gil->switch_number == seen) {
            gil_set_drop_request(gil, gil->holder, true);
            thread->counts.requests++;
        }
    }
    gil->waiters--;
    if (timed_out && gil->waiters == 0)
        gil_set_drop_request(gil, gil->holder, false);
    if (!timed_out)
        ml_histogram_record(&thread->counts.waits, ml_now_ns() - start);
    return !timed_out;
}

/* The GIL is free, and `lock` is held. */
static void gil_take(struct ml_gil *gil, struct ml_gil_thread *thread)
{
    ml_mutex_lock(&gil->switch_lock);
    gil->locked = true;
    if (gil->holder != thread) {
        gil->holder = thread;
        gil->switch_number++;
        thread->counts.switches++;
    }
    ml_cond_signal(&gil->switched);
    ml_mutex_unlock(&gil->switch_lock);
    gil_set_drop_request(gil, thread, false);
}

bool ml_gil_acquire_until(struct ml_gil *gil, struct ml_gil_thread *thread,
                          uint64_t deadline_ns)
{
    const int kept = errno;
    thread->eval_breaker = gil_flag(gil, thread);
    if (gil->flavour == ML_GIL_OFF)
        return true;
    ml_mutex_lock(&gil->lock);
    assert(!gil->locked || gil->holder != thread);
    const bool taken = !gil->locked || gil_wait(gil, thread, deadline_ns);
    if (taken)
        gil_take(gil, thread);
    ml_mutex_unlock(&gil->lock);
    if (taken) {
        thread->counts.acquisitions++;
        thread->held_since_ns = ml_now_ns();
    }
    errno = kept;
    return taken;
}

void ml_gil_acquire(struct ml_gil *gil, struct ml_gil_thread *thread)
{
    const bool taken = ml_gil_acquire_until(gil, thread, ML_NEVER);
    assert(taken);
    (void)taken;
}

/* ---- releasing ---- */

/* The drop was requested and done: wait until another thread has taken the
 * GIL. */
static void gil_wait_for_switch(struct ml_gil *gil,
                                struct ml_gil_thread *thread)
{
    ml_mutex_lock(&gil->switch_lock);
    if (gil->holder == thread) {
        gil_set_drop_request(gil, thread, false);
        thread->counts.forced++;
        while (gil->holder == thread)
            ml_cond_wait(&gil->switched, &gil->switch_lock);
    }
    ml_mutex_unlock(&gil->switch_lock);
}

void ml_gil_release(struct ml_gil *gil, struct ml_gil_thread *thread)
{
    const int kept = errno;
    if (gil->flavour == ML_GIL_OFF)
        return;
    ml_histogram_record(&thread->counts.holds,
                        ml_now_ns() - thread->held_since_ns);
    ml_mutex_lock(&gil->lock);
    assert(gil->locked && gil->holder == thread);
    thread->counts.honoured += gil_drop_is_requested(gil, thread);
    gil->locked = false;
    ml_cond_signal(&gil->freed);
    ml_mutex_unlock(&gil->lock);
    if (gil_drop_is_requested(gil, thread))
        gil_wait_for_switch(gil, thread);
    errno = kept;
}

void ml_gil_yield(struct ml_gil *gil, struct ml_gil_thread *thread)
{
    thread->counts.yields++;
    ml_gil_release(gil, thread);
    ml_gil_acquire(gil, thread);
}

void ml_gil_counts_add(struct ml_gil_counts *into,
                       const struct ml_gil_counts *from)
{
    into->acquisitions += from->acquisitions;
    ml_histogram_add(&into->waits, &from->waits);
    ml_histogram_add(&into->holds, &from->holds);
    into->timeouts += from->timeouts;
    into->requests += from->requests;
    into->honoured += from->honoured;
    into->forced += from->forced;
    into->switches += from->switches;
    into->yields += from->yields;
    into->checkpoints += from->checkpoints;
}
