/* event.h: Python's Event: a flag that threads can wait for.
 *
 * Setting it wakes all waiting threads, and the flag stays set: later threads
 * do not wait.  A woken thread has seen the event even if it was cleared again
 * before the thread ran.
 */
#ifndef ML_PYTHON_EVENT_H
#define ML_PYTHON_EVENT_H

#include "python/condition.h"

struct ml_event {
    struct ml_lock lock; /* guards `set` */
    struct ml_condition changed;
    bool set;
};

void ml_event_open(struct ml_event *event);
void ml_event_close(struct ml_event *event); /* no thread waits */

void ml_event_set(struct ml_event *event);
void ml_event_clear(struct ml_event *event);
bool ml_event_is_set(struct ml_event *event);
/* Wait until it is set.  ML_SYNC_TIMEOUT; a negative timeout has passed. */
ML_MUST_CHECK enum ml_sync_status ml_event_wait(struct ml_event *event,
                                                int64_t timeout_ns);

#endif
