/* semantics_async.c: asyncio: the loop, tasks, gather, cancelling. */
#include "semantics_async.h"

json_t *ask(void *question, ml_async_step *begin)
{
    struct asked *asked = question;
    struct ml_error err;
    const enum ml_status status = ml_async_loop_open(&asked->loop, &err);
    assert(status == ML_OK);
    (void)status;
    asked->now_ns = ML_NS_PER_S;
    asked->loop.mock_clock_ns = &asked->now_ns;
    asked->order = json_array();
    ml_async_task_start(&asked->main, &asked->loop, begin, question);
    ml_async_run_until(&asked->loop, &asked->main.future);
    json_t *answer = asked->main.future.result;
    ml_async_loop_close(&asked->loop);
    return answer;
}

enum ml_async_state answer_order(struct ml_async_task *task)
{
    const struct asked *asked = task->context;
    return ml_async_end(task, ML_SYNC_OK, asked->order);
}

enum ml_async_state answer_both(struct ml_async_task *task)
{
    const struct asked *asked = task->context;
    return ml_async_end(task, ML_SYNC_OK,
                        json_pack("[o, o]", asked->before, asked->order));
}

/* ---- call_soon ---- */

struct call_soon {
    struct asked asked;
    struct ml_async_handle a, b, c;
};

static void call_a(void *context)
{
    struct call_soon *question = context;
    say(question->asked.order, "a");
    ml_async_call_soon(&question->asked.loop, &question->c);
}

static void call_b(void *context)
{
    const struct call_soon *question = context;
    say(question->asked.order, "b");
}

static void call_c(void *context)
{
    const struct call_soon *question = context;
    say(question->asked.order, "c");
}

static enum ml_async_state call_soon_again(struct ml_async_task *task)
{
    return ml_async_yield(task, answer_both);
}

static enum ml_async_state call_soon_called(struct ml_async_task *task)
{
    struct call_soon *question = task->context;
    question->asked.before = json_deep_copy(question->asked.order);
    return ml_async_yield(task, call_soon_again);
}

static enum ml_async_state call_soon_begin(struct ml_async_task *task)
{
    struct call_soon *question = task->context;
    question->a = (struct ml_async_handle){.run = call_a, .context = question};
    question->b = (struct ml_async_handle){.run = call_b, .context = question};
    question->c = (struct ml_async_handle){.run = call_c, .context = question};
    ml_async_call_soon(&question->asked.loop, &question->a);
    ml_async_call_soon(&question->asked.loop, &question->b);
    return ml_async_yield(task, call_soon_called);
}

static json_t *aio_call_soon_fifo_and_next_iteration(void)
{
    struct call_soon question;
    return ask(&question, call_soon_begin);
}

/* ---- awaits that do not suspend ---- */

struct no_suspend {
    struct asked asked;
    struct ml_async_task background;
    struct ml_async_future done; /* awaited once it is done */
};

static enum ml_async_state background_step(struct ml_async_task *task)
{
    const struct no_suspend *question = task->context;
    say(question->asked.order, "bg");
    return ml_async_end(task, ML_SYNC_OK, NULL);
}

static enum ml_async_state no_suspend_both(struct ml_async_task *task)
{
    struct no_suspend *question = task->context;
    question->asked.before = json_deep_copy(question->asked.order);
    return ml_async_yield(task, answer_both);
}

static enum ml_async_state no_suspend_second(struct ml_async_task *task)
{
    struct no_suspend *question = task->context;
    say(question->asked.order, "x");
    return ml_async_await(task, &question->done, no_suspend_both);
}

static enum ml_async_state no_suspend_begin(struct ml_async_task *task)
{
    struct no_suspend *question = task->context;
    ml_async_future_open(&question->done, &question->asked.loop);
    ml_async_set_result(&question->done, ML_SYNC_OK, NULL);
    ml_async_task_start(&question->background, &question->asked.loop,
                        background_step, question);
    say(question->asked.order, "x");
    return ml_async_await(task, &question->done, no_suspend_second);
}

static json_t *aio_await_without_suspension_does_not_switch(void)
{
    struct no_suspend question;
    return ask(&question, no_suspend_begin);
}

/* ---- gather ---- */

#define SLEEPERS 3

static const double lengths_s[SLEEPERS] = {0.02, 0.0, 0.01};

/* Sleeps `seconds`, then returns that, or fails. */
struct sleeper {
    struct ml_async_task task;
    double seconds;
    bool fails;
    json_t *done; /* 1 is appended; or NULL */
};

struct gather {
    struct asked asked;
    struct sleeper sleepers[SLEEPERS], bad, good;
    struct ml_async_gather gather;
    struct ml_async_gathered gathered[SLEEPERS];
    json_t *results, *error, *done, *done_then;
};

static enum ml_async_state sleeper_slept(struct ml_async_task *task)
{
    struct sleeper *sleeper = task->context;
    if (sleeper->done)
        (void)json_array_append_new(sleeper->done, json_integer(1));
    return ml_async_end(task, sleeper->fails ? ML_SYNC_RAISED : task->status,
                        &sleeper->seconds);
}

static enum ml_async_state sleeper_step(struct ml_async_task *task)
{
    const struct sleeper *sleeper = task->context;
    return ml_async_sleep(task, (uint64_t)(sleeper->seconds * 1e9),
                          sleeper_slept);
}

static struct ml_async_future *sleeper_start(struct ml_async_loop *loop,
                                             struct sleeper *sleeper)
{
    ml_async_task_start(&sleeper->task, loop, sleeper_step, sleeper);
    return &sleeper->task.future;
}

static enum ml_async_state gather_answer(struct ml_async_task *task)
{
    struct gather *question = task->context;
    json_decref(question->asked.order);
    return ml_async_end(task, ML_SYNC_OK,
                        json_pack("[o, o, o, o]", question->results,
                                  question->error, question->done_then,
                                  question->done));
}

static enum ml_async_state gather_failed(struct ml_async_task *task)
{
    struct gather *question = task->context;
    question->error = raised(task->status, "KeyError");
    question->done_then = json_deep_copy(question->done);
    return ml_async_sleep(task, 30 * ML_NS_PER_MS, gather_answer);
}

static enum ml_async_state gather_bad(struct gather *question)
{
    struct ml_async_loop *loop = &question->asked.loop;
    question->done = json_array();
    question->bad = (struct sleeper){.seconds = 0.005, .fails = true};
    question->good = (struct sleeper){.seconds = 0.02, .done = question->done};
    question->gathered[0].future = sleeper_start(loop, &question->bad);
    question->gathered[1].future = sleeper_start(loop, &question->good);
    ml_async_gather_open(&question->gather, loop, question->gathered, 2);
    return ml_async_await(&question->asked.main, &question->gather.future,
                          gather_failed);
}

static enum ml_async_state gather_done(struct ml_async_task *task)
{
    struct gather *question = task->context;
    assert(task->status == ML_SYNC_OK);
    question->results = json_array();
    for (size_t i = 0; i < SLEEPERS; i++) {
        const double *seconds = question->gathered[i].future->result;
        (void)json_array_append_new(question->results, json_real(*seconds));
    }
    return gather_bad(question);
}

static enum ml_async_state gather_begin(struct ml_async_task *task)
{
    struct gather *question = task->context;
    struct ml_async_loop *loop = &question->asked.loop;
    for (size_t i = 0; i < SLEEPERS; i++) {
        question->sleepers[i] = (struct sleeper){.seconds = lengths_s[i]};
        question->gathered[i].future =
            sleeper_start(loop, &question->sleepers[i]);
    }
    ml_async_gather_open(&question->gather, loop, question->gathered, SLEEPERS);
    return ml_async_await(task, &question->gather.future, gather_done);
}

static json_t *aio_gather_order_and_first_exception(void)
{
    struct gather question;
    return ask(&question, gather_begin);
}

/* ---- cancelling ---- */

struct cancel {
    struct asked asked;
    struct ml_async_task sleeper;
};

static enum ml_async_state cancel_caught(struct ml_async_task *task)
{
    const struct cancel *question = task->context;
    if (task->status == ML_SYNC_CANCELLED)
        say(question->asked.order, "cancelled");
    return ml_async_end(task, task->status, NULL);
}

static enum ml_async_state cancel_sleep(struct ml_async_task *task)
{
    return ml_async_sleep(task, ML_NS_PER_S, cancel_caught);
}

static enum ml_async_state cancel_seen(struct ml_async_task *task)
{
    const struct cancel *question = task->context;
    if (task->status == ML_SYNC_CANCELLED)
        say(question->asked.order, "await-raises");
    return answer_order(task);
}

static enum ml_async_state cancel_it(struct ml_async_task *task)
{
    struct cancel *question = task->context;
    (void)ml_async_cancel(&question->sleeper.future);
    say(question->asked.order, "after-cancel-call");
    return ml_async_await(task, &question->sleeper.future, cancel_seen);
}

static enum ml_async_state cancel_begin(struct ml_async_task *task)
{
    struct cancel *question = task->context;
    ml_async_task_start(&question->sleeper, &question->asked.loop, cancel_sleep,
                        question);
    return ml_async_yield(task, cancel_it);
}

static json_t *aio_cancel_delivered_at_await(void)
{
    struct cancel question;
    return ask(&question, cancel_begin);
}

const struct question questions_async[] = {
    {"aio_call_soon_fifo_and_next_iteration",
     aio_call_soon_fifo_and_next_iteration,
     "[[\"a\", \"b\"], [\"a\", \"b\", \"c\"]]"},
    {"aio_await_without_suspension_does_not_switch",
     aio_await_without_suspension_does_not_switch,
     "[[\"x\", \"x\"], [\"x\", \"x\", \"bg\"]]"},
    {"aio_gather_order_and_first_exception",
     aio_gather_order_and_first_exception,
     "[[0.02, 0.0, 0.01], \"KeyError\", [], [1]]"},
    {"aio_cancel_delivered_at_await", aio_cancel_delivered_at_await,
     "[\"after-cancel-call\", \"cancelled\", \"await-raises\"]"},
    {NULL, NULL, NULL},
};
