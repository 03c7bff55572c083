/* semantics_locks.c: Lock, RLock, Semaphore, Event. */
#include "semantics.h"

#include "python/event.h"
#include "python/semaphore.h"

/* ---- locks ---- */

static json_t *lock_not_reentrant(void)
{
    struct ml_lock lock;
    ml_lock_open(&lock);
    ml_sync_must(ml_lock_acquire(&lock, true, ML_FOREVER));
    json_t *answer = in_time(ml_lock_acquire(&lock, true, MS(20)));
    ml_lock_close(&lock);
    return answer;
}

/* A lock, and the result of another thread's calls on it. */
struct other {
    struct ml_lock *lock;
    struct ml_rlock *rlock;
    enum ml_sync_status status;
};

static void *other_releases(void *context)
{
    struct other *other = context;
    other->status = other->rlock ? ml_rlock_release(other->rlock)
                                 : ml_lock_release(other->lock);
    return NULL;
}

static void *other_acquires(void *context)
{
    struct other *other = context;
    other->status = ml_rlock_acquire(other->rlock, true, MS(20));
    if (other->status == ML_SYNC_OK)
        ml_sync_must(ml_rlock_release(other->rlock));
    return NULL;
}

static json_t *lock_release_by_other_thread(void)
{
    struct ml_lock lock;
    struct other other = {.lock = &lock};
    ml_lock_open(&lock);
    ml_sync_must(ml_lock_acquire(&lock, true, ML_FOREVER));
    finish(start(other_releases, &other));
    json_t *answer = json_pack("[o, b]", raised(other.status, NULL),
                               (int)ml_lock_is_locked(&lock));
    ml_lock_close(&lock);
    return answer;
}

static json_t *lock_release_unlocked(void)
{
    struct ml_lock lock;
    ml_lock_open(&lock);
    json_t *answer = raised(ml_lock_release(&lock), NULL);
    ml_lock_close(&lock);
    return answer;
}

static json_t *rlock_release_by_other_thread(void)
{
    struct ml_rlock lock;
    struct other other = {.rlock = &lock};
    ml_rlock_open(&lock);
    ml_sync_must(ml_rlock_acquire(&lock, true, ML_FOREVER));
    finish(start(other_releases, &other));
    json_t *answer = raised(other.status, NULL);
    ml_rlock_close(&lock);
    return answer;
}

static json_t *rlock_depth(void)
{
    struct ml_rlock lock;
    struct other other = {.rlock = &lock};
    ml_rlock_open(&lock);
    ml_sync_must(ml_rlock_acquire(&lock, true, ML_FOREVER));
    ml_sync_must(ml_rlock_acquire(&lock, true, ML_FOREVER));
    ml_sync_must(ml_rlock_release(&lock));
    finish(start(other_acquires, &other));
    json_t *at_one = in_time(other.status);
    ml_sync_must(ml_rlock_release(&lock));
    finish(start(other_acquires, &other));
    json_t *answer = json_pack("[o, o]", at_one, in_time(other.status));
    ml_rlock_close(&lock);
    return answer;
}

static json_t *lock_negative_timeout(void)
{
    struct ml_lock lock;
    ml_lock_open(&lock);
    json_t *answer = raised(ml_lock_acquire(&lock, true, MS(-2000)), NULL);
    ml_lock_close(&lock);
    return answer;
}

static json_t *lock_nonblocking_with_timeout(void)
{
    struct ml_lock lock;
    ml_lock_open(&lock);
    json_t *answer = raised(ml_lock_acquire(&lock, false, MS(1000)), NULL);
    ml_lock_close(&lock);
    return answer;
}

/* ---- semaphores ---- */

static json_t *semaphore_over_release(void)
{
    struct ml_semaphore semaphore;
    ml_sync_must(ml_semaphore_open(&semaphore, 1));
    ml_sync_must(ml_semaphore_release(&semaphore, 1));
    json_t *answer = json_integer(ml_semaphore_value(&semaphore));
    ml_semaphore_close(&semaphore);
    return answer;
}

static json_t *bounded_over_release(void)
{
    struct ml_semaphore semaphore;
    ml_sync_must(ml_semaphore_open_bounded(&semaphore, 1));
    json_t *refused = raised(ml_semaphore_release(&semaphore, 1), NULL);
    json_t *answer = json_pack("[o, I]", refused,
                               (json_int_t)ml_semaphore_value(&semaphore));
    ml_semaphore_close(&semaphore);
    return answer;
}

struct barging {
    struct ml_semaphore semaphore;
    json_t *got; /* under the semaphore's lock, or by the last thread */
};

static void *wait_for_permit(void *context)
{
    struct barging *barging = context;
    ml_sync_must(ml_semaphore_acquire(&barging->semaphore, true, ML_FOREVER));
    (void)json_array_append_new(barging->got, json_string("waiter"));
    return NULL;
}

/* A waiter that has been woken can still lose the permit to an arriving
 * thread. */
static json_t *semaphore_barging(void)
{
    struct barging barging = {.got = json_array()};
    struct ml_semaphore *semaphore = &barging.semaphore;
    ml_sync_must(ml_semaphore_open(semaphore, 0));
    const pthread_t waiter = start(wait_for_permit, &barging);
    until_waiting(&semaphore->released, 1);
    ml_condition_enter(&semaphore->released);
    semaphore->value++;
    ml_sync_must(ml_condition_notify(&semaphore->released, 1));
    semaphore->value--;
    (void)json_array_append_new(barging.got, json_string("barger"));
    ml_condition_leave(&semaphore->released);
    until_waiting(&semaphore->released,
                  1); /* it waits again: no permit was left */
    json_t *before = json_deep_copy(barging.got);
    ml_sync_must(ml_semaphore_release(semaphore, 1));
    finish(waiter);
    ml_semaphore_close(semaphore);
    return json_pack("[o, o]", before, barging.got);
}

/* ---- event ---- */

#define EVENT_WAITERS 5

struct event_waiter {
    struct ml_event *event;
    enum ml_sync_status status;
};

static void *wait_for_event(void *context)
{
    struct event_waiter *waiter = context;
    waiter->status = ml_event_wait(waiter->event, ML_FOREVER);
    return NULL;
}

static json_t *event_wakes_all_and_sticks(void)
{
    struct ml_event event;
    struct event_waiter waiters[EVENT_WAITERS];
    pthread_t threads[EVENT_WAITERS];
    json_t *woken = json_array();
    ml_event_open(&event);
    for (size_t i = 0; i < EVENT_WAITERS; i++) {
        waiters[i] = (struct event_waiter){.event = &event};
        threads[i] = start(wait_for_event, &waiters[i]);
    }
    until_waiting(&event.changed, EVENT_WAITERS);
    ml_event_set(&event);
    for (size_t i = 0; i < EVENT_WAITERS; i++) {
        finish(threads[i]);
        (void)json_array_append_new(woken, in_time(waiters[i].status));
    }
    json_t *sticks = in_time(ml_event_wait(&event, 0));
    ml_event_clear(&event);
    json_t *answer = json_pack("[o, o, n, o]", woken, sticks,
                               in_time(ml_event_wait(&event, MS(10))));
    ml_event_close(&event);
    return answer;
}

const struct question questions_locks[] = {
    {"lock_not_reentrant", lock_not_reentrant, "false"},
    {"lock_release_by_other_thread", lock_release_by_other_thread,
     "[null, false]"},
    {"lock_release_unlocked", lock_release_unlocked, "\"RuntimeError\""},
    {"rlock_release_by_other_thread", rlock_release_by_other_thread,
     "\"RuntimeError\""},
    {"rlock_depth", rlock_depth, "[false, true]"},
    {"lock_negative_timeout", lock_negative_timeout, "\"ValueError\""},
    {"lock_nonblocking_with_timeout", lock_nonblocking_with_timeout,
     "\"ValueError\""},
    {"semaphore_over_release", semaphore_over_release, "2"},
    {"bounded_over_release", bounded_over_release, "[\"ValueError\", 1]"},
    {"semaphore_barging", semaphore_barging,
     "[[\"barger\"], [\"barger\", \"waiter\"]]"},
    {"event_wakes_all_and_sticks", event_wakes_all_and_sticks,
     "[[true, true, true, true, true], true, null, false]"},
    {NULL, NULL, NULL},
};
