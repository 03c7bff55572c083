/* step.h: calls for executors, whose start and end the test controls. */
#ifndef ML_TESTS_SUPPORT_STEP_H
#define ML_TESTS_SUPPORT_STEP_H

#include <stdatomic.h>

#include "python/event.h"

/* A call that sets `begun`, waits for `go`, sets `then` and returns `outcome`.
 */
struct step {
    struct ml_event begun, go;
    struct ml_event *then; /* may be NULL */
    int outcome;
};

static inline void step_open(struct step *step, int outcome)
{
    step->then = NULL;
    step->outcome = outcome;
    ml_event_open(&step->begun);
    ml_event_open(&step->go);
}

static inline void step_close(struct step *step)
{
    ml_event_close(&step->go);
    ml_event_close(&step->begun);
}

static inline int take_step(void *context)
{
    struct step *step = context;
    ml_event_set(&step->begun);
    ml_sync_must(ml_event_wait(&step->go, ML_FOREVER));
    if (step->then)
        ml_event_set(step->then);
    return step->outcome;
}

static inline int count_up(void *context)
{
    atomic_fetch_add((atomic_int *)context, 1);
    return 0;
}

static inline int refuse(void *context)
{
    (void)context;
    return 42;
}

#endif
