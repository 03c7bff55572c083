/* test_semaphore.c: Semaphore, BoundedSemaphore, Event: permits and flags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>

#include "python/event.h"
#include "python/semaphore.h"
#include "support/threads.h"

#define CROWD 6
#define EACH 2000
#define PERMITS 2

static void permits_are_counted(void **state)
{
    (void)state;
    struct ml_semaphore semaphore;
    assert_int_equal(ml_semaphore_open(&semaphore, -1), ML_SYNC_VALUE);
    assert_int_equal(ml_semaphore_open(&semaphore, 2), ML_SYNC_OK);
    assert_int_equal(ml_semaphore_acquire(&semaphore, true, ML_FOREVER),
                     ML_SYNC_OK);
    /* With a free permit the timeout does not matter. */
    assert_int_equal(ml_semaphore_acquire(&semaphore, true, -1), ML_SYNC_OK);
    assert_int_equal(ml_semaphore_acquire(&semaphore, true, -1),
                     ML_SYNC_TIMEOUT);
    assert_int_equal(ml_semaphore_acquire(&semaphore, false, ML_FOREVER),
                     ML_SYNC_TIMEOUT);
    const uint64_t deadline = ml_deadline(MS(2));
    assert_int_equal(ml_semaphore_acquire(&semaphore, true, MS(2)),
                     ML_SYNC_TIMEOUT);
    assert_true(ml_now_ns() >= deadline);
    assert_int_equal(ml_semaphore_acquire(&semaphore, false, 0), ML_SYNC_VALUE);
    assert_int_equal(ml_semaphore_release(&semaphore, 0), ML_SYNC_VALUE);
    assert_int_equal(ml_semaphore_release(&semaphore, 5), ML_SYNC_OK);
    assert_int_equal(ml_semaphore_value(&semaphore), 5); /* began with 2 */
    assert_int_equal(ml_semaphore_release(&semaphore, INT64_MAX),
                     ML_SYNC_VALUE); /* out of range */
    assert_int_equal(ml_semaphore_value(&semaphore), 5);
    ml_semaphore_close(&semaphore);
}

static void a_bounded_one_never_holds_more_than_at_first(void **state)
{
    (void)state;
    struct ml_semaphore semaphore;
    assert_int_equal(ml_semaphore_open_bounded(&semaphore, 3), ML_SYNC_OK);
    for (int i = 0; i < 2; i++)
        ml_sync_must(ml_semaphore_acquire(&semaphore, true, ML_FOREVER));
    assert_int_equal(ml_semaphore_release(&semaphore, 3), ML_SYNC_VALUE);
    assert_int_equal(ml_semaphore_value(&semaphore), 1);
    assert_int_equal(ml_semaphore_release(&semaphore, 2), ML_SYNC_OK);
    assert_int_equal(ml_semaphore_value(&semaphore), 3);
    ml_semaphore_close(&semaphore);
}

struct few {
    struct ml_semaphore semaphore;
    atomic_int inside, most;
};

static void *be_inside_often(void *context)
{
    struct few *few = context;
    for (int i = 0; i < EACH; i++) {
        ml_sync_must(ml_semaphore_acquire(&few->semaphore, true, ML_FOREVER));
        const int inside = atomic_fetch_add(&few->inside, 1) + 1;
        int most = atomic_load(&few->most);
        while (inside > most &&
               !atomic_compare_exchange_weak(&few->most, &most, inside))
            continue;
        if (i % 16 == 0)
            (void)sched_yield(); /* let other threads run */
        atomic_fetch_sub(&few->inside, 1);
        ml_sync_must(ml_semaphore_release(&few->semaphore, 1));
    }
    return NULL;
}

static void never_more_are_inside_than_there_are_permits(void **state)
{
    (void)state;
    struct few few = {.inside = 0, .most = 0};
    pthread_t threads[CROWD];
    ml_sync_must(ml_semaphore_open_bounded(&few.semaphore, PERMITS));
    for (size_t i = 0; i < CROWD; i++)
        threads[i] = start(be_inside_often, &few);
    for (size_t i = 0; i < CROWD; i++)
        finish(threads[i]);
    assert_true(atomic_load(&few.most) >= 1);
    assert_true(atomic_load(&few.most) <= PERMITS);
    assert_int_equal(ml_semaphore_value(&few.semaphore), PERMITS);
    ml_semaphore_close(&few.semaphore);
}

static void *acquire_one(void *semaphore)
{
    ml_sync_must(ml_semaphore_acquire(semaphore, true, ML_FOREVER));
    return NULL;
}

static void as_many_wake_as_are_released(void **state)
{
    (void)state;
    struct ml_semaphore semaphore;
    pthread_t threads[5];
    ml_sync_must(ml_semaphore_open(&semaphore, 0));
    for (size_t i = 0; i < 5; i++)
        threads[i] = start(acquire_one, &semaphore);
    until_waiting(&semaphore.released, 5);
    assert_int_equal(ml_semaphore_release(&semaphore, 3), ML_SYNC_OK);
    assert_int_equal(ml_condition_waiting(&semaphore.released), 2);
    assert_int_equal(ml_semaphore_release(&semaphore, 2), ML_SYNC_OK);
    for (size_t i = 0; i < 5; i++)
        finish(threads[i]);
    assert_int_equal(ml_semaphore_value(&semaphore), 0);
    ml_semaphore_close(&semaphore);
}

/* ---- event ---- */

static void an_event_is_a_level(void **state)
{
    (void)state;
    struct ml_event event;
    ml_event_open(&event);
    assert_false(ml_event_is_set(&event));
    assert_int_equal(ml_event_wait(&event, -1), ML_SYNC_TIMEOUT);
    const uint64_t deadline = ml_deadline(MS(2));
    assert_int_equal(ml_event_wait(&event, MS(2)), ML_SYNC_TIMEOUT);
    assert_true(ml_now_ns() >= deadline);
    ml_event_set(&event);
    ml_event_set(&event);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ml_event_wait(&event, -1), ML_SYNC_OK);
    ml_event_clear(&event);
    assert_false(ml_event_is_set(&event));
    assert_int_equal(ml_event_wait(&event, 0), ML_SYNC_TIMEOUT);
    ml_event_close(&event);
}

static void *wait_for_event(void *event)
{
    ml_sync_must(ml_event_wait(event, ML_FOREVER));
    return NULL;
}

static void who_waited_is_woken_though_it_is_cleared_at_once(void **state)
{
    (void)state;
    struct ml_event event;
    pthread_t threads[CROWD];
    ml_event_open(&event);
    for (size_t i = 0; i < CROWD; i++)
        threads[i] = start(wait_for_event, &event);
    until_waiting(&event.changed, CROWD);
    ml_event_set(&event);
    ml_event_clear(&event);
    for (size_t i = 0; i < CROWD; i++)
        finish(threads[i]);
    ml_event_close(&event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permits_are_counted),
        cmocka_unit_test(a_bounded_one_never_holds_more_than_at_first),
        cmocka_unit_test(never_more_are_inside_than_there_are_permits),
        cmocka_unit_test(as_many_wake_as_are_released),
        cmocka_unit_test(an_event_is_a_level),
        cmocka_unit_test(who_waited_is_woken_though_it_is_cleared_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
