/* test_futex_event.c: set before, during and after the wait; freed at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "python/lock.h"
#include "support/threads.h"

static void who_was_woken_before_does_not_sleep(void **state)
{
    (void)state;
    struct ml_futex_event sleeper;
    ml_futex_event_open(&sleeper);
    assert_false(ml_futex_event_wait(&sleeper, 0));
    const uint64_t deadline = ml_deadline(MS(2));
    assert_false(ml_futex_event_wait(&sleeper, deadline));
    assert_true(ml_now_ns() >= deadline);
    ml_futex_event_set(&sleeper);
    assert_true(ml_futex_event_wait(&sleeper, 0));
    assert_true(ml_futex_event_wait(&sleeper, ML_NEVER));
}

static void *wake(void *sleeper)
{
    ml_futex_event_set(sleeper);
    return NULL;
}

/* Each round reuses the memory of the last one, whose waker may still run.
 */
static void a_sleeper_may_go_as_soon_as_it_is_woken(void **state)
{
    (void)state;
    for (int round = 0; round < 500; round++) {
        struct ml_futex_event sleeper;
        ml_futex_event_open(&sleeper);
        const pthread_t thread = start(wake, &sleeper);
        assert_true(ml_futex_event_wait(
            &sleeper, round % 2 ? ML_NEVER : ml_deadline(MS(60000))));
        sleeper.next = &sleeper; /* this thread's again */
        finish(thread);
    }
}

static bool is_awake(struct ml_futex_event *sleeper)
{
    return ml_futex_event_wait(sleeper, 0);
}

static void a_lock_wakes_when_it_is_given_back(void **state)
{
    (void)state;
    struct ml_lock lock;
    struct ml_futex_event sleepers[3];
    ml_lock_open(&lock);
    for (size_t i = 0; i < 3; i++)
        ml_futex_event_open(&sleepers[i]);
    ml_lock_wake_at_release(&lock, &sleepers[0]); /* no thread holds it */
    assert_true(is_awake(&sleepers[0]));
    ml_sync_must(ml_lock_acquire(&lock, true, ML_FOREVER));
    ml_lock_wake_at_release(&lock, &sleepers[1]);
    ml_lock_wake_at_release(&lock, &sleepers[2]);
    assert_false(is_awake(&sleepers[1]));
    assert_false(is_awake(&sleepers[2]));
    ml_sync_must(ml_lock_release(&lock));
    assert_true(is_awake(&sleepers[1]));
    assert_true(is_awake(&sleepers[2]));
    ml_lock_close(&lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_woken_before_does_not_sleep),
        cmocka_unit_test(a_sleeper_may_go_as_soon_as_it_is_woken),
        cmocka_unit_test(a_lock_wakes_when_it_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
