/* futex_event.h: one thread sleeps until another wakes it, once.
 *
 * The least that a thread can sleep on: a word in memory and the kernel's
 * futex.  The thread that sleeps owns it, on its stack as a rule, and may be
 * gone the moment it is woken.  So waking writes the word and touches nothing
 * more; the kernel is then told an address, where something else may lie by
 * now: at worst another futex, whose sleeper looks up, and sleeps on.
 */
#ifndef ML_PYTHON_FUTEX_EVENT_H
#define ML_PYTHON_FUTEX_EVENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct ml_futex_event {
    struct ml_futex_event *next; /* of whoever keeps a line of them */
    _Atomic uint32_t woken;      /* 0 or 1 */
};

/* Nobody sleeps on it and nobody knows it yet. */
static inline void ml_futex_event_open(struct ml_futex_event *sleeper)
{
    sleeper->next = NULL;
    atomic_init(&sleeper->woken, 0);
}

/* Sleep until woken, also if that was before; false: until `deadline_ns` of
 * ml_now_ns() (ML_NEVER) and it may be woken yet. */
ML_MUST_CHECK bool ml_futex_event_wait(struct ml_futex_event *sleeper,
                                       uint64_t deadline_ns);
void ml_futex_event_set(struct ml_futex_event *sleeper);

#endif
