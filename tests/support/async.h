/* async.h: event loops for tests: the test sets the clock, tasks record events.
 */
#ifndef ML_TESTS_SUPPORT_ASYNC_H
#define ML_TESTS_SUPPORT_ASYNC_H

#include "async/task.h"

#define NOTES_MAX 64

/* A loop whose clock advances only when the loop waits for a timer. */
struct hand_loop {
    struct ml_async_loop loop;
    uint64_t now_ns;
};

static inline void hand_loop_open(struct hand_loop *hand)
{
    struct ml_error err;
    const enum ml_status status = ml_async_loop_open(&hand->loop, &err);
    assert(status == ML_OK);
    (void)status;
    hand->now_ns = ML_NS_PER_S;
    hand->loop.mock_clock_ns = &hand->now_ns;
}

/* One iteration that does not sleep. */
static inline void hand_loop_turn(struct hand_loop *hand)
{
    ml_async_process_events(&hand->loop);
    ml_async_run_ready(&hand->loop);
}

/* A record of events, a character each. */
struct notes {
    char text[NOTES_MAX];
    size_t count;
};

static inline void note(struct notes *notes, char what)
{
    assert(notes->count < NOTES_MAX - 1);
    notes->text[notes->count++] = what;
    notes->text[notes->count] = '\0';
}

/* The outcome of an await: '.' OK, 'c' cancelled, 'r' raised, else '?'. */
static inline char outcome(enum ml_sync_status status)
{
    if (status == ML_SYNC_OK)
        return '.';
    if (status == ML_SYNC_CANCELLED)
        return 'c';
    return status == ML_SYNC_RAISED ? 'r' : '?';
}

#endif
