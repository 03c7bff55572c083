/* waker.h: waking the dispatcher, or the event loop, no oftener than it wants.
 *
 * The dispatcher sleeps in poll() on the bell's descriptor among others; the
 * loop brings a call of its own that wakes it from its poll.  Who
 * changes something that it may wait for rings.  While it is awake, and while
 * it sleeps waiting for other things, a ring is two atomic operations and no
 * system call: with small pictures most rings are such.
 *
 *     seen = ml_bell_rings(bell);        then look at everything, do the work
 *     if (ml_bell_rest(bell, seen, wants)) {  nothing was rung meanwhile
 *         poll(... bell->fd ...);
 *         ml_bell_rise(bell, whether the descriptor was readable);
 *     }
 */
#ifndef ML_PIPELINE_CORE_WAKER_H
#define ML_PIPELINE_CORE_WAKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* What happened, and what a sleeper wants to hear of. */
enum ml_bell_kind {
    ML_BELL_WORK = 1,   /* a job is ready, a slot for one is free */
    ML_BELL_BOX = 2,    /* an outbox came home */
    ML_BELL_ALWAYS = 4, /* an end, a stop, granted memory: heard at all times */
};

struct ml_bell {
    int fd; /* eventfd; -1 when there is none to wake, or `wake` does it */
    void (*wake)(void *context); /* from any thread; NULL: the fd is written */
    void *context;
    _Atomic uint32_t rings;
    _Atomic uint32_t wants; /* 0: awake */
};

ML_MUST_CHECK enum ml_status ml_bell_open(struct ml_bell *bell,
                                          struct ml_error *err);
/* A bell whose sleeper is woken by a call; nothing to close. */
void ml_bell_open_call(struct ml_bell *bell, void (*wake)(void *context),
                       void *context);
void ml_bell_close(struct ml_bell *bell);

void ml_bell_ring(struct ml_bell *bell, unsigned kind);

/* For the sleeper alone. */
uint32_t ml_bell_rings(const struct ml_bell *bell);
/* False: somebody rang after `seen`; look again instead of sleeping. */
bool ml_bell_rest(struct ml_bell *bell, uint32_t seen, unsigned wants);
/* Awake again; `heard`: the descriptor was readable. */
void ml_bell_rise(struct ml_bell *bell, bool heard);

#endif
