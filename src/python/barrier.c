/* barrier.c: see barrier.h. */
#include "python/barrier.h"

enum ml_sync_status ml_barrier_open(struct ml_barrier *barrier,
                                    uint32_t parties, int (*action)(void *),
                                    void *context)
{
    if (parties == 0)
        return ML_SYNC_VALUE;
    ml_lock_open(&barrier->lock);
    ml_condition_open(&barrier->changed, &barrier->lock);
    barrier->parties = parties;
    barrier->count = 0;
    barrier->state = ML_BARRIER_FILLING;
    barrier->action = action;
    barrier->context = context;
    return ML_SYNC_OK;
}

void ml_barrier_close(struct ml_barrier *barrier)
{
    assert(barrier->count == 0);
    ml_condition_close(&barrier->changed);
    ml_lock_close(&barrier->lock);
}

/* ---- under the lock ---- */

static void barrier_set_state(struct ml_barrier *barrier,
                              enum ml_barrier_state state)
{
    barrier->state = state;
    ml_sync_must(ml_condition_notify_all(&barrier->changed));
}

static bool barrier_is_emptying(const struct ml_barrier *barrier)
{
    return barrier->state == ML_BARRIER_DRAINING ||
           barrier->state == ML_BARRIER_RESETTING;
}

/* First wait until the threads of the last round have left. */
static bool barrier_enter(struct ml_barrier *barrier)
{
    while (barrier_is_emptying(barrier))
        ml_sync_must(ml_condition_wait(&barrier->changed, ML_FOREVER));
    return barrier->state == ML_BARRIER_FILLING;
}

/* The last thread has arrived. */
static enum ml_sync_status barrier_release(struct ml_barrier *barrier)
{
    const bool fine =
        !barrier->action || barrier->action(barrier->context) == 0;
    barrier_set_state(barrier, fine ? ML_BARRIER_DRAINING : ML_BARRIER_BROKEN);
    return fine ? ML_SYNC_OK : ML_SYNC_RAISED;
}

static bool barrier_is_over(void *context)
{
    const struct ml_barrier *barrier = context;
    return barrier->state != ML_BARRIER_FILLING;
}

static enum ml_sync_status barrier_await(struct ml_barrier *barrier,
                                         int64_t timeout_ns)
{
    if (ml_condition_wait_for(&barrier->changed, barrier_is_over, barrier,
                              timeout_ns) != ML_SYNC_OK)
        barrier_set_state(barrier, ML_BARRIER_BROKEN);
    return barrier->state == ML_BARRIER_DRAINING ? ML_SYNC_OK : ML_SYNC_BROKEN;
}

static void barrier_exit(struct ml_barrier *barrier)
{
    barrier->count--;
    if (barrier->count == 0 && barrier_is_emptying(barrier))
        barrier_set_state(barrier, ML_BARRIER_FILLING);
}

/* ---- for callers ---- */

enum ml_sync_status ml_barrier_wait(struct ml_barrier *barrier,
                                    int64_t timeout_ns, uint32_t *index_out)
{
    enum ml_sync_status status = ML_SYNC_BROKEN;
    ml_condition_enter(&barrier->changed);
    if (barrier_enter(barrier)) {
        const uint32_t index = barrier->count++;
        status = barrier->count == barrier->parties
                     ? barrier_release(barrier)
                     : barrier_await(barrier, timeout_ns);
        barrier_exit(barrier);
        if (status == ML_SYNC_OK)
            *index_out = index;
    }
    ml_condition_leave(&barrier->changed);
    return status;
}

void ml_barrier_abort(struct ml_barrier *barrier)
{
    ml_condition_enter(&barrier->changed);
    barrier_set_state(barrier, ML_BARRIER_BROKEN);
    ml_condition_leave(&barrier->changed);
}

void ml_barrier_reset(struct ml_barrier *barrier)
{
    ml_condition_enter(&barrier->changed);
    if (barrier->count == 0)
        barrier_set_state(barrier, ML_BARRIER_FILLING);
    else if (barrier->state != ML_BARRIER_DRAINING)
        barrier_set_state(
            barrier, ML_BARRIER_RESETTING); /* the last to leave sets FILLING */
    ml_condition_leave(&barrier->changed);
}

bool ml_barrier_is_broken(struct ml_barrier *barrier)
{
    ml_condition_enter(&barrier->changed);
    const bool broken = barrier->state == ML_BARRIER_BROKEN;
    ml_condition_leave(&barrier->changed);
    return broken;
}

uint32_t ml_barrier_waiting(struct ml_barrier *barrier)
{
    ml_condition_enter(&barrier->changed);
    const uint32_t waiting =
        barrier->state == ML_BARRIER_FILLING ? barrier->count : 0;
    ml_condition_leave(&barrier->changed);
    return waiting;
}
