/* event.c: see event.h. */
#include "python/event.h"

void ml_event_open(struct ml_event *event)
{
    ml_lock_open(&event->lock);
    ml_condition_open(&event->changed, &event->lock);
    event->set = false;
}

void ml_event_close(struct ml_event *event)
{
    ml_condition_close(&event->changed);
    ml_lock_close(&event->lock);
}

void ml_event_set(struct ml_event *event)
{
    ml_condition_enter(&event->changed);
    event->set = true;
    ml_sync_must(ml_condition_notify_all(&event->changed));
    ml_condition_leave(&event->changed);
}

void ml_event_clear(struct ml_event *event)
{
    ml_condition_enter(&event->changed);
    event->set = false;
    ml_condition_leave(&event->changed);
}

bool ml_event_is_set(struct ml_event *event)
{
    ml_condition_enter(&event->changed);
    const bool set = event->set;
    ml_condition_leave(&event->changed);
    return set;
}

enum ml_sync_status ml_event_wait(struct ml_event *event, int64_t timeout_ns)
{
    enum ml_sync_status status = ML_SYNC_OK;
    const uint64_t deadline = ml_deadline(timeout_ns);
    ml_condition_enter(&event->changed);
    /* No loop: only ml_event_set() notifies. */
    if (!event->set)
        status = ml_condition_wait_until(&event->changed, deadline);
    ml_condition_leave(&event->changed);
    return status;
}
