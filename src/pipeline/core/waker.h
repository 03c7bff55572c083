/* waker.h: waking the dispatcher, or the event loop, no oftener than it wants.
 *
 * The dispatcher sleeps in poll() on the bell's descriptor among others; the
 * loop brings a call of its own that wakes it from its poll.  Who
 * changes something that it may wait for rings.  While it is awake, and while
 * it sleeps waiting for other things, a ring is two atomic operations and no
 * system call: with small pictures most rings are such.
 *
 *     seen = ml_waker_epoch(bell);        then look at everything, do the work
 *     if (ml_waker_prepare_wait(bell, seen, wants)) {  nothing was rung
 * meanwhile poll(... bell->fd ...); ml_waker_finish_wait(bell, whether the
 * descriptor was readable);
 *     }
 */
#ifndef ML_PIPELINE_CORE_WAKER_H
#define ML_PIPELINE_CORE_WAKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"

/* How long results may lie before the next stage is woken: some small pictures
 * for one wake-up of some 50 us, and nothing beside a large one. */
#define ML_WAKE_DELAY_MAX_NS (1 * ML_NS_PER_MS)

/* What happened, and what a sleeper wants to hear of. */
enum ml_waker_kind {
    ML_WAKE_WORK = 1,   /* a job is ready, a slot for one is free */
    ML_WAKE_BUFFER = 2, /* an outbox came home */
    ML_WAKE_ALWAYS = 4, /* an end, a stop, granted memory: heard at all times */
};

struct ml_waker {
    int fd; /* eventfd; -1 when there is none to wake, or `wake` does it */
    void (*wake)(void *context); /* from any thread; NULL: the fd is written */
    void *context;
    _Atomic uint32_t epoch;
    _Atomic uint32_t interest; /* 0: awake */
};

ML_MUST_CHECK enum ml_status ml_waker_open(struct ml_waker *waker,
                                           struct ml_error *err);
/* A bell whose sleeper is woken by a call; nothing to close. */
void ml_waker_open_callback(struct ml_waker *waker, void (*wake)(void *context),
                            void *context);
void ml_waker_close(struct ml_waker *waker);

void ml_waker_wake(struct ml_waker *waker, unsigned kind);

/* For the sleeper alone. */
uint32_t ml_waker_epoch(const struct ml_waker *waker);
/* False: somebody rang after `seen`; look again instead of sleeping. */
bool ml_waker_prepare_wait(struct ml_waker *waker, uint32_t seen,
                           unsigned interest);
/* Awake again; `heard`: the descriptor was readable. */
void ml_waker_finish_wait(struct ml_waker *waker, bool notified);

#endif
