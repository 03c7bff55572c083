/* semantics_executor.c: ThreadPoolExecutor, Future, as_completed. */
#include "semantics.h"

#include "python/futures.h"
#include "support/step.h"

static void open_executor(struct ml_executor *executor, uint32_t threads,
                          int (*initializer)(void *))
{
    struct ml_error err;
    const enum ml_status status =
        ml_executor_open(executor, threads, initializer, NULL, &err);
    assert(status == ML_OK);
}

static int do_nothing(void *context)
{
    (void)context;
    return 0;
}

/* ---- map, as_completed ---- */

/* Lengths are names here, not times: a call that would sleep longer is released
 * later, in the order 1, 2, 0. */
static json_t *map_of_steps(struct ml_executor *executor)
{
    static const double lengths[] = {0.03, 0.0, 0.01};
    struct step steps[3];
    struct ml_future futures[3];
    struct ml_map map;
    json_t *order = json_array();
    for (size_t i = 0; i < 3; i++) {
        step_open(&steps[i], 0);
        ml_future_open(&futures[i], take_step, &steps[i]);
    }
    steps[1].then = &steps[2].go;
    steps[2].then = &steps[0].go;
    ml_event_set(&steps[1].go);
    ml_sync_must(ml_executor_map(executor, &map, futures, 3, ML_FOREVER));
    for (size_t at; ml_map_next(&map, &at, NULL) == ML_SYNC_OK;)
        (void)json_array_append_new(order, json_real(lengths[at]));
    for (size_t i = 0; i < 3; i++) {
        ml_future_close(&futures[i]);
        step_close(&steps[i]);
    }
    return order;
}

static json_t *executor_map_order_and_exception(void)
{
    struct ml_executor executor;
    struct ml_future futures[4];
    struct ml_map map;
    json_t *seen = json_array();
    open_executor(&executor, 4, NULL);
    json_t *order = map_of_steps(&executor);
    for (size_t i = 0; i < 4; i++)
        ml_future_open(&futures[i], i == 2 ? refuse : do_nothing, NULL);
    ml_sync_must(ml_executor_map(&executor, &map, futures, 4, ML_FOREVER));
    for (size_t i = 0; i < 4; i++) {
        size_t at = 0;
        const enum ml_sync_status status = ml_map_next(&map, &at, NULL);
        (void)json_array_append_new(seen, status == ML_SYNC_OK
                                              ? json_integer((json_int_t)at)
                                              : raised(status, "KeyError"));
    }
    ml_executor_close(&executor);
    for (size_t i = 0; i < 4; i++)
        ml_future_close(&futures[i]);
    return json_pack("[o, o]", order, seen);
}

static json_t *as_completed_order(void)
{
    static const double lengths[] = {0.09, 0.0, 0.045};
    static const size_t ends[] = {1, 2, 0}; /* shortest first */
    struct ml_executor executor;
    struct ml_as_completed completion;
    struct ml_as_completed_waiter watches[3];
    struct ml_future futures[3], *future = NULL;
    struct step steps[3];
    json_t *order = json_array();
    open_executor(&executor, 3, NULL);
    for (size_t i = 0; i < 3; i++) {
        step_open(&steps[i], 0);
        ml_future_open(&futures[i], take_step, &steps[i]);
        ml_sync_must(ml_executor_submit(&executor, &futures[i]));
    }
    ml_as_completed_open(&completion, watches, futures, 3, ML_FOREVER);
    for (size_t i = 0; i < 3; i++) {
        ml_event_set(&steps[ends[i]].go);
        ml_sync_must(ml_as_completed_next(&completion, &future));
        (void)json_array_append_new(order,
                                    json_real(lengths[future - futures]));
    }
    ml_as_completed_close(&completion);
    ml_executor_close(&executor);
    for (size_t i = 0; i < 3; i++) {
        ml_future_close(&futures[i]);
        step_close(&steps[i]);
    }
    return order;
}

/* ---- cancelling, threads, shutdown ---- */

#define FUTURES_MAX 9

/* Futures that all take the same step. */
struct many {
    struct ml_executor executor;
    struct step step;
    struct ml_future futures[FUTURES_MAX];
    size_t count;
};

static void many_open(struct many *many, uint32_t threads)
{
    many->count = 0;
    open_executor(&many->executor, threads, NULL);
    step_open(&many->step, 0);
}

static void many_submit(struct many *many, size_t count)
{
    assert(count <= FUTURES_MAX);
    for (; many->count < count; many->count++) {
        struct ml_future *future = &many->futures[many->count];
        ml_future_open(future, take_step, &many->step);
        ml_sync_must(ml_executor_submit(&many->executor, future));
    }
}

static void many_close(struct many *many)
{
    ml_event_set(&many->step.go);
    ml_executor_close(&many->executor);
    for (size_t i = 0; i < many->count; i++)
        ml_future_close(&many->futures[i]);
    step_close(&many->step);
}

static json_t *uncancellable_thread_1worker(void)
{
    struct many many;
    json_int_t uncancellable = 0;
    many_open(&many, 1);
    many_submit(&many, 8);
    ml_sync_must(ml_event_wait(&many.step.begun, ML_FOREVER));
    for (size_t i = 0; i < 8; i++)
        uncancellable += !ml_future_cancel(&many.futures[i]);
    many_close(&many);
    return json_integer(uncancellable);
}

static json_t *thread_executor_reuses_idle(void)
{
    struct many many;
    many_open(&many, 4);
    for (size_t i = 0; i < 3; i++) {
        struct ml_future future;
        ml_future_open(&future, do_nothing, NULL);
        ml_sync_must(ml_executor_submit(&many.executor, &future));
        ml_sync_must(ml_future_result(&future, ML_FOREVER, NULL));
        ml_future_close(&future);
        while (ml_executor_idle(&many.executor) == 0)
            (void)sched_yield();
    }
    const uint32_t few = ml_executor_threads(&many.executor);
    many_submit(&many, 9);
    const uint32_t all = ml_executor_threads(&many.executor);
    many_close(&many);
    return json_pack("[i, i]", (int)few, (int)all);
}

static json_t *executor_initializer_failure(void)
{
    struct ml_executor executor;
    struct ml_future first, second;
    open_executor(&executor, 1, refuse);
    ml_future_open(&first, do_nothing, NULL);
    ml_future_open(&second, do_nothing, NULL);
    enum ml_sync_status status = ml_executor_submit(&executor, &first);
    if (status == ML_SYNC_OK)
        status = ml_future_result(&first, ML_FOREVER, NULL);
    json_t *answer = json_pack(
        "[o, o]", raised(status, "BrokenThreadPool"),
        raised(ml_executor_submit(&executor, &second), "BrokenThreadPool"));
    ml_executor_close(&executor);
    ml_future_close(&second);
    ml_future_close(&first);
    return answer;
}

static json_t *shutdown_cancel_futures(void)
{
    struct many many;
    struct ml_future late;
    json_int_t cancelled = 0;
    many_open(&many, 1);
    many_submit(&many, 5);
    ml_sync_must(ml_event_wait(&many.step.begun, ML_FOREVER));
    ml_executor_shut_down(&many.executor, false, true);
    ml_event_set(&many.step.go);
    ml_executor_shut_down(&many.executor, true, false);
    for (size_t i = 0; i < 5; i++)
        cancelled += ml_future_is_cancelled(&many.futures[i]);
    ml_future_open(&late, do_nothing, NULL);
    json_t *answer = json_pack(
        "[I, o]", cancelled,
        raised(ml_executor_submit(&many.executor, &late), "RuntimeError"));
    ml_future_close(&late);
    many_close(&many);
    return answer;
}

const struct question questions_executor[] = {
    {"executor_map_order_and_exception", executor_map_order_and_exception,
     "[[0.03, 0.0, 0.01], [0, 1, \"KeyError\", \"StopIteration\"]]"},
    {"as_completed_order", as_completed_order, "[0.0, 0.045, 0.09]"},
    {"uncancellable_thread_1worker", uncancellable_thread_1worker, "1"},
    {"thread_executor_reuses_idle", thread_executor_reuses_idle, "[1, 4]"},
    {"executor_initializer_failure", executor_initializer_failure,
     "[\"BrokenThreadPool\", \"BrokenThreadPool\"]"},
    {"shutdown_cancel_futures", shutdown_cancel_futures,
     "[4, \"RuntimeError\"]"},
    {NULL, NULL, NULL},
};
