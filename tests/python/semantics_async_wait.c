/* semantics_async_wait.c: asyncio: Semaphore, Queue, timers, slow callbacks,
 * executors. */
#include "semantics_async.h"

#include <stdlib.h>
#include <string.h>

#include "async/run_in_executor.h"
#include "python/asyncio/queue.h"
#include "python/asyncio/semaphore.h"
#include "support/step.h"

/* ---- Semaphore ---- */

#define EARLY 4

struct permits;

/* Acquires a permit, notes it, yields, releases it. */
struct permit_taker {
    struct ml_async_task task;
    struct permits *question;
    json_t *name;
};

struct permits {
    struct asked asked;
    struct ml_async_semaphore semaphore;
    struct permit_taker takers[EARLY + 1];
    struct ml_async_gather gather;
    struct ml_async_gathered gathered[EARLY + 1];
};

static enum ml_async_state permit_back(struct ml_async_task *task)
{
    const struct permit_taker *taker = task->context;
    ml_async_semaphore_release(&taker->question->semaphore);
    return ml_async_end(task, ML_SYNC_OK, NULL);
}

static enum ml_async_state permit_taken(struct ml_async_task *task)
{
    const struct permit_taker *taker = task->context;
    (void)json_array_append_new(taker->question->asked.order, taker->name);
    return ml_async_yield(task, permit_back);
}

static enum ml_async_state permit_take(struct ml_async_task *task)
{
    const struct permit_taker *taker = task->context;
    return ml_async_semaphore_acquire(&taker->question->semaphore, task,
                                      permit_taken);
}

static void permits_start(struct permits *question, size_t i, json_t *name)
{
    struct permit_taker *taker = &question->takers[i];
    taker->question = question;
    taker->name = name;
    ml_async_task_start(&taker->task, &question->asked.loop, permit_take,
                        taker);
    question->gathered[i].future = &taker->task.future;
}

static enum ml_async_state permits_late(struct ml_async_task *task)
{
    struct permits *question = task->context;
    permits_start(question, EARLY, json_string("late"));
    ml_async_gather_open(&question->gather, &question->asked.loop,
                         question->gathered, EARLY + 1);
    return ml_async_await(task, &question->gather.future, answer_order);
}

static enum ml_async_state permits_wait(struct ml_async_task *task)
{
    return ml_async_yield(task, permits_late);
}

static enum ml_async_state permits_begin(struct ml_async_task *task)
{
    struct permits *question = task->context;
    question->semaphore = (struct ml_async_semaphore){.value = 1};
    for (size_t i = 0; i < EARLY; i++)
        permits_start(question, i, json_integer((json_int_t)i));
    return ml_async_yield(task, permits_wait);
}

static json_t *aio_semaphore_fifo_no_barging(void)
{
    struct permits question;
    return ask(&question, permits_begin);
}

/* ---- Queue ---- */

#define ITEMS 7

struct pressure {
    struct asked asked;
    struct ml_async_queue queue;
    struct ml_async_item items[ITEMS];
    struct ml_async_task producer;
    size_t put, got;
    int64_t most;
    bool blocked;
};

static enum ml_async_state producer_step(struct ml_async_task *task);

static enum ml_async_state producer_has_put(struct ml_async_task *task)
{
    struct pressure *question = task->context;
    assert(task->status == ML_SYNC_OK);
    if (question->queue.size > question->most)
        question->most = question->queue.size;
    return producer_step(task);
}

static enum ml_async_state producer_step(struct ml_async_task *task)
{
    struct pressure *question = task->context;
    if (question->put == ITEMS)
        return ml_async_end(task, ML_SYNC_OK, NULL);
    return ml_async_queue_put(&question->queue, task,
                              &question->items[question->put++],
                              producer_has_put);
}

static enum ml_async_state pressure_answer(struct ml_async_task *task)
{
    struct pressure *question = task->context;
    struct ml_async_item *item;
    const enum ml_sync_status status =
        ml_async_queue_get_nowait(&question->queue, &item);
    /* asyncio has exceptions of its own. */
    json_t *error = status == ML_SYNC_EMPTY ? json_string("QueueEmpty")
                                            : raised(status, "QueueFull");
    return ml_async_end(task, ML_SYNC_OK,
                        json_pack("[I, b, o, o]", (json_int_t)question->most,
                                  (int)question->blocked, question->asked.order,
                                  error));
}

static enum ml_async_state pressure_got(struct ml_async_task *task)
{
    struct pressure *question = task->context;
    const struct ml_async_item *item = ml_async_queue_got(task);
    (void)json_array_append_new(question->asked.order,
                                json_integer(item - question->items));
    return ++question->got < ITEMS
               ? ml_async_queue_get(&question->queue, task, pressure_got)
               : pressure_answer(task);
}

static enum ml_async_state pressure_look(struct ml_async_task *task)
{
    struct pressure *question = task->context;
    question->blocked = !question->producer.future.done;
    return ml_async_queue_get(&question->queue, task, pressure_got);
}

static enum ml_async_state pressure_begin(struct ml_async_task *task)
{
    struct pressure *question = task->context;
    question->queue = (struct ml_async_queue){.limit = 2};
    question->put = question->got = 0;
    question->most = 0;
    ml_async_task_start(&question->producer, &question->asked.loop,
                        producer_step, question);
    return ml_async_sleep(task, 10 * ML_NS_PER_MS, pressure_look);
}

static json_t *aio_queue_backpressure(void)
{
    struct pressure question;
    return ask(&question, pressure_begin);
}

/* ---- timers ---- */

#define TIMERS 4

static const struct {
    const char *name;
    unsigned after_ms; /* from now, plus 10 ms */
} timed[TIMERS] = {{"late", 10}, {"a", 0}, {"b", 0}, {"c", 0}};

struct timers {
    struct asked asked;
    struct one_timer {
        struct ml_async_timer timer;
        struct timers *question;
        const char *name;
    } timers[TIMERS];
};

static void timer_says(void *context)
{
    const struct one_timer *one = context;
    say(one->question->asked.order, one->name);
}

static int by_name(const void *a, const void *b)
{
    json_t *const *left = a, *const *right = b;
    return strcmp(json_string_value(*left), json_string_value(*right));
}

/* [the last, the rest sorted]: timers of equal time fire in any order. */
static enum ml_async_state timers_answer(struct ml_async_task *task)
{
    const struct timers *question = task->context;
    json_t *order = question->asked.order, *others[TIMERS - 1];
    json_t *sorted = json_array();
    assert(json_array_size(order) == TIMERS);
    for (size_t i = 0; i < TIMERS - 1; i++)
        others[i] = json_array_get(order, i);
    qsort(others, TIMERS - 1, sizeof *others, by_name);
    for (size_t i = 0; i < TIMERS - 1; i++)
        (void)json_array_append(sorted, others[i]);
    json_t *answer =
        json_pack("[O, o]", json_array_get(order, TIMERS - 1), sorted);
    json_decref(order);
    return ml_async_end(task, ML_SYNC_OK, answer);
}

static enum ml_async_state timers_begin(struct ml_async_task *task)
{
    struct timers *question = task->context;
    struct ml_async_loop *loop = &question->asked.loop;
    const uint64_t at = ml_async_now_ns(loop) + 10 * ML_NS_PER_MS;
    for (size_t i = 0; i < TIMERS; i++) {
        struct one_timer *one = &question->timers[i];
        *one = (struct one_timer){.question = question, .name = timed[i].name};
        one->timer.call =
            (struct ml_async_handle){.run = timer_says, .context = one};
        ml_async_call_at(loop, &one->timer,
                         at + timed[i].after_ms * ML_NS_PER_MS);
    }
    return ml_async_sleep(task, 50 * ML_NS_PER_MS, timers_answer);
}

static json_t *aio_timer_order(void)
{
    struct timers question;
    return ask(&question, timers_begin);
}

/* ---- slow callbacks ---- */

struct slow {
    struct asked asked;
    json_int_t warnings, first;
};

static void slow_warns(void *context, const struct ml_async_handle *call,
                       uint64_t ns)
{
    struct slow *question = context;
    assert(call == &question->asked.main.wake && ns >= ML_ASYNC_SLOW_NS);
    question->warnings++;
}

static enum ml_async_state slow_answer(struct ml_async_task *task)
{
    const struct slow *question = task->context;
    json_decref(question->asked.order);
    return ml_async_end(
        task, ML_SYNC_OK,
        json_pack("[I, I, f]", question->first, question->warnings,
                  (double)question->asked.loop.slow_ns / (double)ML_NS_PER_S));
}

static enum ml_async_state slow_long(struct ml_async_task *task)
{
    struct slow *question = task->context;
    question->first = question->warnings;
    question->asked.now_ns += 120 * ML_NS_PER_MS; /* time.sleep(0.12) */
    return ml_async_yield(task, slow_answer);
}

static enum ml_async_state slow_begin(struct ml_async_task *task)
{
    struct slow *question = task->context;
    question->warnings = 0;
    question->asked.loop.slow = slow_warns;
    question->asked.loop.context = question;
    question->asked.now_ns += 80 * ML_NS_PER_MS;
    return ml_async_yield(task, slow_long);
}

static json_t *aio_slow_callback_warning(void)
{
    struct slow question;
    return ask(&question, slow_begin);
}

/* ---- executors ---- */

struct elsewhere {
    struct asked asked;
    struct ml_executor executor;
    struct ml_executor_call job;
    struct step step;
    json_t *done; /* 1 is appended by the thread */
    bool cancelled;
};

static int elsewhere_call(void *context)
{
    struct elsewhere *question = context;
    (void)take_step(&question->step);
    (void)json_array_append_new(question->done, json_integer(1));
    return 0;
}

/* The thread runs on, and only the executor's shutdown waits for it. */
static enum ml_async_state elsewhere_seen(struct ml_async_task *task)
{
    struct elsewhere *question = task->context;
    json_t *error = raised(task->status, "Exception");
    json_t *before = json_deep_copy(question->done);
    ml_event_set(&question->step.go);
    json_t *finished = raised(
        ml_future_result(&question->job.inner, ML_FOREVER, NULL), "Exception");
    ml_executor_close(&question->executor);
    ml_executor_call_close(&question->job);
    json_decref(question->asked.order);
    return ml_async_end(task, ML_SYNC_OK,
                        json_pack("[b, o, o, o, o]", (int)question->cancelled,
                                  error, before, finished, question->done));
}

static enum ml_async_state elsewhere_begin(struct ml_async_task *task)
{
    struct elsewhere *question = task->context;
    ml_sync_must(ml_async_run_in_executor(&question->asked.loop,
                                          &question->executor, &question->job,
                                          elsewhere_call, question));
    ml_sync_must(ml_event_wait(&question->step.begun, ML_FOREVER));
    question->cancelled = ml_async_cancel(&question->job.future);
    return ml_async_await(task, &question->job.future, elsewhere_seen);
}

static json_t *aio_cancel_executor_future_leaves_thread_running(void)
{
    struct elsewhere question;
    struct ml_error err;
    const enum ml_status status =
        ml_executor_open(&question.executor, 1, NULL, NULL, &err);
    assert(status == ML_OK);
    (void)status;
    question.done = json_array();
    step_open(&question.step, 0);
    json_t *answer = ask(&question, elsewhere_begin);
    step_close(&question.step);
    return answer;
}

const struct question questions_async_wait[] = {
    {"aio_semaphore_fifo_no_barging", aio_semaphore_fifo_no_barging,
     "[0, 1, 2, 3, \"late\"]"},
    {"aio_queue_backpressure", aio_queue_backpressure,
     "[2, true, [0, 1, 2, 3, 4, 5, 6], \"QueueEmpty\"]"},
    {"aio_timer_order", aio_timer_order, "[\"late\", [\"a\", \"b\", \"c\"]]"},
    {"aio_slow_callback_warning", aio_slow_callback_warning, "[0, 1, 0.1]"},
    {"aio_cancel_executor_future_leaves_thread_running",
     aio_cancel_executor_future_leaves_thread_running,
     "[true, \"CancelledError\", [], null, [1]]"},
    {NULL, NULL, NULL},
};
