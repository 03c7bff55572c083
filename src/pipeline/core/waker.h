/* waker.h: an eventcount: a wake-up costs a system call only if the dispatcher,
 * or the event loop, sleeps and waits for this kind of event.
 *
 * The dispatcher sleeps in poll() on the waker's descriptor among others; the
 * loop supplies a callback that ends its poll.  A thread that changes something
 * which the sleeper may wait for calls ml_waker_wake().  While the sleeper is
 * awake, or waits for other kinds only, that is two atomic operations and no
 * system call: with small pictures most calls are such.
 *
 *     seen = ml_waker_epoch(waker);
 *     check everything, do the work
 *     if (ml_waker_prepare_wait(waker, seen, interest)) {  no call since `seen`
 *         poll(... waker->fd ...);
 *         ml_waker_finish_wait(waker, whether waker->fd was readable);
 *     }
 */
#ifndef ML_PIPELINE_CORE_WAKER_H
#define ML_PIPELINE_CORE_WAKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"

/* Longest delay of a deferred wake-up of the next stage: several small pictures
 * share one wake-up of about 50 us, and a large picture is hardly delayed. */
#define ML_WAKE_DELAY_MAX_NS (1 * ML_NS_PER_MS)

/* What happened; a set of them is what the sleeper waits for. */
enum ml_waker_kind {
    ML_WAKE_WORK = 1,   /* a job is ready, a slot for one is free */
    ML_WAKE_BUFFER = 2, /* a result buffer was returned */
    ML_WAKE_ALWAYS = 4, /* a close, a stop, a grant: always of interest */
};

struct ml_waker {
    int fd; /* eventfd; -1 without a sleeper, or with a callback */
    void (*wake)(void *context); /* from any thread; NULL: the fd is written */
    void *context;
    _Atomic uint32_t epoch;
    _Atomic uint32_t interest; /* 0: awake */
};

ML_MUST_CHECK enum ml_status ml_waker_open(struct ml_waker *waker,
                                           struct ml_error *err);
/* A waker that wakes its sleeper by a callback; nothing to close. */
void ml_waker_open_callback(struct ml_waker *waker, void (*wake)(void *context),
                            void *context);
void ml_waker_close(struct ml_waker *waker);

void ml_waker_wake(struct ml_waker *waker, unsigned kind);

/* ---- for the sleeper alone ---- */

uint32_t ml_waker_epoch(const struct ml_waker *waker);
/* False: there was a wake-up after `seen`; check again instead of sleeping. */
bool ml_waker_prepare_wait(struct ml_waker *waker, uint32_t seen,
                           unsigned interest);
/* Awake again; `notified`: the descriptor was readable. */
void ml_waker_finish_wait(struct ml_waker *waker, bool notified);

#endif
