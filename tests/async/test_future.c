/* test_future.c: futures: outcomes, cancelling, as_completed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "python/futures.h"
#include "support/step.h"
#include "support/threads.h"

#define MANY 64

static void open_executor(struct ml_executor *executor, uint32_t threads)
{
    struct ml_error err;
    assert_int_equal(ml_executor_open(executor, threads, NULL, NULL, &err),
                     ML_OK);
}

/* ---- futures ---- */

static void a_future_tells_how_its_call_ended(void **state)
{
    (void)state;
    struct ml_executor executor;
    struct ml_future fine, bad;
    atomic_int count = 0;
    int raised = 0;
    open_executor(&executor, 2);
    ml_future_open(&fine, count_up, &count);
    ml_future_open(&bad, refuse, NULL);
    assert_false(ml_future_is_done(&fine));
    assert_int_equal(ml_future_result(&fine, MS(1), &raised), ML_SYNC_TIMEOUT);
    assert_int_equal(ml_executor_submit(&executor, &fine), ML_SYNC_OK);
    assert_int_equal(ml_executor_submit(&executor, &bad), ML_SYNC_OK);
    assert_int_equal(ml_future_result(&fine, ML_FOREVER, &raised), ML_SYNC_OK);
    assert_int_equal(atomic_load(&count), 1);
    assert_int_equal(raised, 0);
    assert_int_equal(ml_future_result(&bad, ML_FOREVER, &raised),
                     ML_SYNC_RAISED);
    assert_int_equal(raised, 42);
    assert_int_equal(ml_future_result(&bad, -1, NULL), ML_SYNC_RAISED);
    assert_true(ml_future_is_done(&bad));
    assert_false(ml_future_cancel(&bad));
    ml_executor_close(&executor);
    ml_future_close(&bad);
    ml_future_close(&fine);
}

static void only_what_is_pending_can_be_cancelled(void **state)
{
    (void)state;
    struct ml_executor executor;
    struct ml_future running, waiting;
    struct step step;
    atomic_int count = 0;
    open_executor(&executor, 1);
    step_open(&step, 0);
    ml_future_open(&running, take_step, &step);
    ml_future_open(&waiting, count_up, &count);
    assert_int_equal(ml_executor_submit(&executor, &running), ML_SYNC_OK);
    assert_int_equal(ml_executor_submit(&executor, &waiting), ML_SYNC_OK);
    assert_int_equal(ml_event_wait(&step.begun, ML_FOREVER), ML_SYNC_OK);
    assert_true(ml_future_is_running(&running));
    assert_false(ml_future_cancel(&running));
    assert_int_equal(ml_future_result(&running, 0, NULL), ML_SYNC_TIMEOUT);
    assert_true(ml_future_cancel(&waiting));
    assert_true(ml_future_cancel(&waiting)); /* it is */
    assert_int_equal(ml_future_result(&waiting, 0, NULL), ML_SYNC_CANCELLED);
    ml_event_set(&step.go);
    ml_executor_close(&executor);
    assert_false(ml_future_is_cancelled(&running));
    assert_true(ml_future_is_cancelled(&waiting));
    assert_int_equal(atomic_load(&count), 0); /* never called */
    ml_future_close(&waiting);
    ml_future_close(&running);
    step_close(&step);
}

struct asker {
    struct ml_future *future;
    enum ml_sync_status status;
};

static void *ask(void *context)
{
    struct asker *asker = context;
    asker->status = ml_future_result(asker->future, ML_FOREVER, NULL);
    return NULL;
}

/* Before it waits or while it waits: enough rounds that both happen.  Time
 * passes by the clock: on a busy machine a thread that yields is away for
 * milliseconds, which 20,000 yields make minutes of. */
static void who_waits_for_a_result_hears_of_the_cancelling(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct ml_future future;
        ml_future_open(&future, refuse, NULL);
        struct asker asker = {.future = &future};
        const pthread_t thread = start(ask, &asker);
        const uint64_t end = ml_now_ns() + (uint64_t)round * 2000;
        while (ml_now_ns() < end)
            continue;
        (void)sched_yield();
        assert_true(ml_future_cancel(&future));
        finish(thread);
        assert_int_equal(asker.status, ML_SYNC_CANCELLED);
        ml_future_close(&future);
    }
}

/* Its thread may still be returning when the owner has seen the end. */
static void a_future_may_be_closed_once_it_is_done(void **state)
{
    (void)state;
    struct ml_executor executor;
    atomic_int count = 0;
    open_executor(&executor, 3);
    for (int i = 0; i < 3000; i++) {
        struct ml_future future;
        ml_future_open(&future, count_up, &count);
        ml_sync_must(ml_executor_submit(&executor, &future));
        ml_sync_must(ml_future_result(&future, ML_FOREVER, NULL));
        ml_future_close(&future);
    }
    ml_executor_close(&executor);
    assert_int_equal(atomic_load(&count), 3000);
}

static void tell(void *context)
{
    atomic_fetch_add((atomic_int *)context, 1);
}

/* Once, in each case: finished, cancelled, dropped, already done. */
static void a_done_callback_is_called_once(void **state)
{
    (void)state;
    struct ml_executor executor;
    struct ml_future futures[4];
    struct step step;
    atomic_int called[4] = {0};
    open_executor(&executor, 1);
    step_open(&step, 0);
    for (size_t i = 0; i < 4; i++) {
        ml_future_open(&futures[i], take_step, &step);
        if (i < 3)
            ml_future_set_done_callback(&futures[i], tell, &called[i]);
        assert_int_equal(ml_executor_submit(&executor, &futures[i]),
                         ML_SYNC_OK);
    }
    ml_sync_must(ml_event_wait(&step.begun, ML_FOREVER));
    assert_true(ml_future_cancel(&futures[1]));
    assert_int_equal(atomic_load(&called[1]), 1); /* in this thread */
    assert_true(ml_future_cancel(&futures[1]));
    ml_executor_shut_down(&executor, false, true); /* drops 2 and 3 */
    assert_int_equal(atomic_load(&called[2]), 1);
    assert_int_equal(atomic_load(&called[0]), 0);
    ml_event_set(&step.go);
    ml_executor_close(&executor);
    ml_future_set_done_callback(&futures[3], tell, &called[3]);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(atomic_load(&called[i]), 1);
        ml_future_close(&futures[i]);
    }
    step_close(&step);
}

/* ---- as_completed ---- */

static void what_is_done_already_comes_first(void **state)
{
    (void)state;
    struct ml_executor executor;
    struct ml_as_completed completion;
    struct ml_as_completed_waiter waiters[3];
    struct ml_future futures[3], *future = NULL;
    struct step step;
    atomic_int count = 0;
    open_executor(&executor, 2);
    step_open(&step, 7);
    for (size_t i = 0; i < 3; i++) {
        if (i == 0)
            ml_future_open(&futures[i], take_step, &step);
        else
            ml_future_open(&futures[i], count_up, &count);
        ml_sync_must(ml_executor_submit(&executor, &futures[i]));
    }
    ml_sync_must(ml_future_result(&futures[1], ML_FOREVER, NULL));
    ml_sync_must(ml_future_result(&futures[2], ML_FOREVER, NULL));
    ml_as_completed_open(&completion, waiters, futures, 3, MS(20));
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(ml_as_completed_next(&completion, &future),
                         ML_SYNC_OK);
        assert_ptr_equal(future, &futures[i]);
    }
    assert_int_equal(ml_as_completed_next(&completion, &future),
                     ML_SYNC_TIMEOUT);
    ml_as_completed_close(&completion); /* one still has its waiter */
    ml_as_completed_open(&completion, waiters, futures, 1, ML_FOREVER);
    ml_event_set(&step.go);
    assert_int_equal(ml_as_completed_next(&completion, &future), ML_SYNC_OK);
    assert_int_equal(ml_as_completed_next(&completion, &future), ML_SYNC_ENDED);
    ml_as_completed_close(&completion);
    ml_executor_close(&executor);
    for (size_t i = 0; i < 3; i++)
        ml_future_close(&futures[i]);
    step_close(&step);
}

/* Cancelled ones come once the thread has noticed them, those dropped by the
 * shutdown at once. */
static void the_cancelled_come_too(void **state)
{
    (void)state;
    for (int drop = 0; drop < 2; drop++) {
        struct ml_executor executor;
        struct ml_as_completed completion;
        struct ml_as_completed_waiter waiters[4];
        struct ml_future futures[4], *future = NULL;
        struct step step;
        open_executor(&executor, 1);
        step_open(&step, 0);
        for (size_t i = 0; i < 4; i++) {
            ml_future_open(&futures[i], take_step, &step);
            ml_sync_must(ml_executor_submit(&executor, &futures[i]));
        }
        ml_sync_must(ml_event_wait(&step.begun, ML_FOREVER));
        assert_true(ml_future_cancel(&futures[2]));
        ml_as_completed_open(&completion, waiters, futures, 4, ML_FOREVER);
        if (drop)
            ml_executor_shut_down(&executor, false, true);
        else
            ml_event_set(&step.go);
        unsigned cancelled = 0;
        for (size_t i = 0; i < (drop ? 3 : 4); i++) {
            assert_int_equal(ml_as_completed_next(&completion, &future),
                             ML_SYNC_OK);
            cancelled += ml_future_is_cancelled(future);
        }
        assert_int_equal(cancelled, drop ? 3 : 1);
        ml_event_set(&step.go);
        if (drop) {
            assert_int_equal(ml_as_completed_next(&completion, &future),
                             ML_SYNC_OK);
            assert_ptr_equal(future, &futures[0]);
        }
        ml_as_completed_close(&completion);
        ml_executor_close(&executor);
        for (size_t i = 0; i < 4; i++)
            ml_future_close(&futures[i]);
        step_close(&step);
    }
}

static void two_may_watch_the_same_futures(void **state)
{
    (void)state;
    struct ml_executor executor;
    struct ml_as_completed completions[2];
    struct ml_as_completed_waiter waiters[2][MANY];
    struct ml_future futures[MANY], *future = NULL;
    atomic_int count = 0;
    open_executor(&executor, 2);
    for (size_t i = 0; i < MANY; i++)
        ml_future_open(&futures[i], count_up, &count);
    for (size_t c = 0; c < 2; c++)
        ml_as_completed_open(&completions[c], waiters[c], futures, MANY,
                             ML_FOREVER);
    for (size_t i = 0; i < MANY; i++)
        ml_sync_must(ml_executor_submit(&executor, &futures[i]));
    for (size_t c = 0; c < 2; c++) {
        bool seen[MANY] = {false};
        for (size_t i = 0; i < MANY; i++) {
            assert_int_equal(ml_as_completed_next(&completions[c], &future),
                             ML_SYNC_OK);
            assert_false(seen[future - futures]);
            seen[future - futures] = true;
        }
        assert_int_equal(ml_as_completed_next(&completions[c], &future),
                         ML_SYNC_ENDED);
        ml_as_completed_close(&completions[c]);
    }
    ml_executor_close(&executor);
    for (size_t i = 0; i < MANY; i++)
        ml_future_close(&futures[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_future_tells_how_its_call_ended),
        cmocka_unit_test(only_what_is_pending_can_be_cancelled),
        cmocka_unit_test(who_waits_for_a_result_hears_of_the_cancelling),
        cmocka_unit_test(a_future_may_be_closed_once_it_is_done),
        cmocka_unit_test(a_done_callback_is_called_once),
        cmocka_unit_test(what_is_done_already_comes_first),
        cmocka_unit_test(the_cancelled_come_too),
        cmocka_unit_test(two_may_watch_the_same_futures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
