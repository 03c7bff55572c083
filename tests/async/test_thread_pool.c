/* test_thread_pool.c: threads that run futures: number, start and end; map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "python/futures.h"
#include "support/skip.h"
#include "support/step.h"
#include "support/threads.h"

#define MANY 64

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#define SANITIZED                                                              \
    (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define SANITIZED false
#endif

static void open_executor(struct ml_executor *executor, uint32_t threads)
{
    struct ml_error err;
    assert_int_equal(ml_executor_open(executor, threads, NULL, NULL, &err),
                     ML_OK);
}

/* ---- the pool ---- */

/* No thread without address space for a stack, and one with it. */
static bool submits_with_room_only(void)
{
    struct ml_executor executor;
    struct ml_future future;
    struct rlimit before;
    atomic_int count = 0;
    open_executor(&executor, 2);
    ml_future_open(&future, count_up, &count);
    bool fine = getrlimit(RLIMIT_AS, &before) == 0;
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    fine = fine && setrlimit(RLIMIT_AS, &none) == 0 &&
           ml_executor_submit(&executor, &future) == ML_SYNC_NO_THREAD &&
           ml_executor_threads(&executor) == 0 && !ml_future_is_done(&future);
    fine = fine && setrlimit(RLIMIT_AS, &before) == 0 &&
           ml_executor_submit(&executor, &future) == ML_SYNC_OK &&
           ml_future_result(&future, ML_FOREVER, NULL) == ML_SYNC_OK;
    ml_executor_close(&executor);
    return fine;
}

/* In a process of its own; before any other test, because stacks of ended
 * threads are cached and reused. */
static void without_any_thread_a_submit_fails(void **state)
{
    (void)state;
    if (SANITIZED)
        ml_test_skip("sanitizers need the address space");
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(submits_with_room_only() ? 0 : 1);
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void threads_come_as_calls_do_up_to_the_limit(void **state)
{
    (void)state;
    struct ml_executor executor;
    struct ml_future futures[5];
    struct step step;
    open_executor(&executor, 3);
    step_open(&step, 0);
    assert_int_equal(ml_executor_threads(&executor), 0);
    for (uint32_t i = 0; i < 5; i++) {
        ml_future_open(&futures[i], take_step, &step);
        assert_int_equal(ml_executor_submit(&executor, &futures[i]),
                         ML_SYNC_OK);
        assert_int_equal(ml_executor_threads(&executor), i < 3 ? i + 1 : 3);
        assert_int_equal(ml_executor_idle(&executor), 0);
    }
    ml_event_set(&step.go);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(ml_future_result(&futures[i], ML_FOREVER, NULL),
                         ML_SYNC_OK);
    while (ml_executor_idle(&executor) != 3)
        (void)sched_yield();
    ml_executor_close(&executor);
    for (size_t i = 0; i < 5; i++)
        ml_future_close(&futures[i]);
    step_close(&step);
}

static void the_usual_number_of_threads_is_pythons(void **state)
{
    (void)state;
    assert_int_equal(ml_executor_usual_threads(1), 5);
    assert_int_equal(ml_executor_usual_threads(28), 32);
    assert_int_equal(ml_executor_usual_threads(128), 32);
}

struct submission {
    struct ml_executor *executor;
    struct ml_future *future;
};

static int submit_another(void *context)
{
    struct submission *submission = context;
    return (int)ml_executor_submit(submission->executor, submission->future);
}

static void a_call_may_submit_another(void **state)
{
    (void)state;
    struct ml_executor executor;
    struct ml_future outer, inner;
    atomic_int count = 0;
    open_executor(&executor, 1);
    struct submission submission = {&executor, &inner};
    ml_future_open(&inner, count_up, &count);
    ml_future_open(&outer, submit_another, &submission);
    assert_int_equal(ml_executor_submit(&executor, &outer), ML_SYNC_OK);
    assert_int_equal(ml_future_result(&outer, ML_FOREVER, NULL), ML_SYNC_OK);
    assert_int_equal(ml_future_result(&inner, ML_FOREVER, NULL), ML_SYNC_OK);
    ml_executor_close(&executor);
    ml_future_close(&outer);
    ml_future_close(&inner);
}

static void a_shutdown_does_what_is_in_line_and_takes_no_more(void **state)
{
    (void)state;
    struct ml_executor executor;
    struct ml_future futures[MANY], late;
    atomic_int count = 0;
    open_executor(&executor, 2);
    for (size_t i = 0; i < MANY; i++) {
        ml_future_open(&futures[i], count_up, &count);
        assert_int_equal(ml_executor_submit(&executor, &futures[i]),
                         ML_SYNC_OK);
    }
    ml_executor_shut_down(&executor, false, false);
    ml_future_open(&late, count_up, &count);
    assert_int_equal(ml_executor_submit(&executor, &late), ML_SYNC_SHUT_DOWN);
    assert_false(ml_future_is_done(&late));
    ml_executor_shut_down(&executor, true, false);
    ml_executor_shut_down(&executor, true, true);
    assert_int_equal(atomic_load(&count), MANY);
    ml_executor_close(&executor);
    for (size_t i = 0; i < MANY; i++)
        ml_future_close(&futures[i]);
    ml_future_close(&late);
}

static int fail_to_begin(void *context)
{
    struct step *step = context;
    (void)take_step(step);
    return 1;
}

static void a_failed_initializer_breaks_all_that_waits(void **state)
{
    (void)state;
    struct ml_executor executor;
    struct ml_future futures[3], late;
    struct step step;
    struct ml_error err;
    atomic_int count = 0;
    step_open(&step, 0);
    assert_int_equal(ml_executor_open(&executor, 1, fail_to_begin, &step, &err),
                     ML_OK);
    for (size_t i = 0; i < 3; i++) {
        ml_future_open(&futures[i], count_up, &count);
        assert_int_equal(ml_executor_submit(&executor, &futures[i]),
                         ML_SYNC_OK);
    }
    assert_true(ml_future_cancel(&futures[1]));
    ml_event_set(&step.go);
    static const enum ml_sync_status ends[] = {
        ML_SYNC_BROKEN, ML_SYNC_CANCELLED, ML_SYNC_BROKEN};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(ml_future_result(&futures[i], ML_FOREVER, NULL),
                         ends[i]);
    ml_future_open(&late, count_up, &count);
    assert_int_equal(ml_executor_submit(&executor, &late), ML_SYNC_BROKEN);
    ml_executor_close(&executor);
    assert_int_equal(atomic_load(&count), 0);
    for (size_t i = 0; i < 3; i++)
        ml_future_close(&futures[i]);
    ml_future_close(&late);
    step_close(&step);
}

/* ---- map ---- */

static void a_map_out_of_time_cancels_the_rest(void **state)
{
    (void)state;
    struct ml_executor executor;
    struct ml_future futures[3];
    struct ml_map map;
    struct step step;
    size_t at = 7;
    open_executor(&executor, 1);
    step_open(&step, 0);
    for (size_t i = 0; i < 3; i++)
        ml_future_open(&futures[i], take_step, &step);
    assert_int_equal(ml_executor_map(&executor, &map, futures, 3, MS(20)),
                     ML_SYNC_OK);
    /* Cancelling begins in ml_map_next(), so the first one runs. */
    assert_int_equal(ml_event_wait(&step.begun, ML_FOREVER), ML_SYNC_OK);
    assert_int_equal(ml_map_next(&map, &at, NULL), ML_SYNC_TIMEOUT);
    assert_int_equal(at, 7);
    assert_true(ml_future_is_cancelled(&futures[1]));
    assert_true(ml_future_is_cancelled(&futures[2]));
    assert_true(ml_future_is_running(&futures[0]));
    assert_int_equal(ml_map_next(&map, &at, NULL), ML_SYNC_ENDED);
    ml_event_set(&step.go);
    ml_executor_close(&executor);
    for (size_t i = 0; i < 3; i++)
        ml_future_close(&futures[i]);
    step_close(&step);
}

static void a_map_that_fails_says_how_and_ends(void **state)
{
    (void)state;
    struct ml_executor executor;
    struct ml_future futures[MANY];
    struct ml_map map;
    atomic_int count = 0;
    size_t at = 0;
    int raised = 0;
    open_executor(&executor, 2);
    for (size_t i = 0; i < MANY; i++)
        ml_future_open(&futures[i], i == 5 ? refuse : count_up, &count);
    ml_sync_must(ml_executor_map(&executor, &map, futures, MANY, ML_FOREVER));
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(ml_map_next(&map, &at, &raised), ML_SYNC_OK);
        assert_int_equal(at, i);
    }
    assert_int_equal(ml_map_next(&map, &at, &raised), ML_SYNC_RAISED);
    assert_int_equal(raised, 42);
    assert_int_equal(ml_map_next(&map, &at, &raised), ML_SYNC_ENDED);
    ml_executor_shut_down(&executor, true, false);
    struct ml_map late;
    assert_int_equal(ml_executor_map(&executor, &late, futures, 1, ML_FOREVER),
                     ML_SYNC_SHUT_DOWN);
    ml_executor_close(&executor);
    for (size_t i = 0; i < MANY; i++)
        ml_future_close(&futures[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_any_thread_a_submit_fails),
        cmocka_unit_test(threads_come_as_calls_do_up_to_the_limit),
        cmocka_unit_test(the_usual_number_of_threads_is_pythons),
        cmocka_unit_test(a_call_may_submit_another),
        cmocka_unit_test(a_shutdown_does_what_is_in_line_and_takes_no_more),
        cmocka_unit_test(a_failed_initializer_breaks_all_that_waits),
        cmocka_unit_test(a_map_out_of_time_cancels_the_rest),
        cmocka_unit_test(a_map_that_fails_says_how_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
