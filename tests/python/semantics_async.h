/* semantics_async.h: the frame of questions on asyncio, in semantics_async.c
 * and semantics_async_wait.c.
 *
 * If time matters, the loop has a mock clock: it advances only by waits for
 * timers, and by the slow calls of a question.  So answers do not depend on how
 * busy the machine is.
 */
#ifndef ML_TESTS_PYTHON_SEMANTICS_ASYNC_H
#define ML_TESTS_PYTHON_SEMANTICS_ASYNC_H

#include "python/asyncio/gather.h"
#include "semantics.h"

/* A loop with the task of a question, and its findings.  A question that needs
 * more has this struct as its first member. */
struct asked {
    struct ml_async_loop loop;
    struct ml_async_task main;
    uint64_t now_ns; /* of the mock clock */
    json_t *order;   /* of events */
    json_t *before;  /* the events up to some moment */
};

/* asyncio.run(begin()): run a loop with a task whose context is `question`
 * until it ends; its result is the answer. */
json_t *ask(void *question, ml_async_step *begin);

/* Ends of such a task, with the events; with [events before, all events]. */
enum ml_async_state answer_order(struct ml_async_task *task);
enum ml_async_state answer_both(struct ml_async_task *task);

static inline void say(json_t *order, const char *text)
{
    (void)json_array_append_new(order, json_string(text));
}

#endif
