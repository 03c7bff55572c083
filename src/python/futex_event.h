/* futex_event.h: one thread sleeps until another wakes it, once.
 *
 * The smallest object that a thread can sleep on: a word in memory and the
 * kernel's futex.  The sleeping thread owns it, usually on its stack, and may
 * free it as soon as it is woken.  So waking writes the word and accesses
 * nothing more; the system call then gets an address whose memory may have
 * another use by now: at worst it is another futex, whose thread wakes
 * spuriously and sleeps again.
 */
#ifndef ML_PYTHON_FUTEX_EVENT_H
#define ML_PYTHON_FUTEX_EVENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct ml_futex_event {
    struct ml_futex_event *next; /* for the owner of a queue of them */
    _Atomic uint32_t woken;      /* 0 or 1 */
};

/* Before any other thread can use it. */
static inline void ml_futex_event_open(struct ml_futex_event *event)
{
    event->next = NULL;
    atomic_init(&event->woken, 0);
}

/* Sleep until it is set; return at once if it was.  False at `deadline_ns` of
 * ml_now_ns() (ML_NEVER: none); it may still be set later. */
ML_MUST_CHECK bool ml_futex_event_wait(struct ml_futex_event *event,
                                       uint64_t deadline_ns);
void ml_futex_event_set(struct ml_futex_event *event);

#endif
