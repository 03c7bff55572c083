/* semantics_async.h: how questions on asyncio are asked; semantics_async.c,
 * semantics_async_wait.c.
 *
 * Where time matters the loop's clock is set by hand: it stands still but for
 * waiting for timers, and for what a question says is slow.  So answers do not
 * hang on how busy the machine is.
 */
#ifndef ML_TESTS_PYTHON_SEMANTICS_ASYNC_H
#define ML_TESTS_PYTHON_SEMANTICS_ASYNC_H

#include "python/asyncio/gather.h"
#include "semantics.h"

/* A loop with one task that asks, and what it finds out.  What a question needs
 * more lies behind one of these, which is its first member. */
struct asked {
    struct ml_async_loop loop;
    struct ml_async_task main;
    uint64_t now_ns; /* by hand */
    json_t *order;   /* what happened */
    json_t *before;  /* what had at some moment */
};

/* asyncio.run(begin()): a loop, a task whose context is `question`, until it
 * ends; its result is the answer. */
json_t *ask(void *question, ml_async_step *begin);

/* Ends of such a task: what happened; [what had before, what happened]. */
enum ml_async_poll_ answer_order(struct ml_async_task *task);
enum ml_async_poll_ answer_both(struct ml_async_task *task);

static inline void say(json_t *order, const char *text)
{
    (void)json_array_append_new(order, json_string(text));
}

#endif
