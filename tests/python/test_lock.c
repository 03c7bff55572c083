/* test_lock.c: Lock and RLock: owners, and mutual exclusion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "python/lock.h"
#include "support/threads.h"

#define CROWD 4
#define EACH 5000

static void every_status_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int a = 0; a < ML_SYNC_STATUS_COUNT; a++) {
        const char *name = ml_sync_name((enum ml_sync_status)a);
        assert_true(strlen(name) > 1);
        for (int b = 0; b < a; b++)
            assert_string_not_equal(name, ml_sync_name((enum ml_sync_status)b));
    }
    assert_string_equal(ml_sync_name(ML_SYNC_STATUS_COUNT), "?");
}

static void a_deadline_is_the_timeout_from_now(void **state)
{
    (void)state;
    const uint64_t before = ml_now_ns();
    const uint64_t deadline = ml_deadline(MS(1000));
    assert_true(deadline >= before + ML_NS_PER_S);
    assert_true(deadline <= ml_now_ns() + ML_NS_PER_S);
    assert_true(ml_deadline(-5) <= ml_now_ns());
    assert_true(ml_deadline(ML_FOREVER) == ML_NEVER);
}

static void a_lock_that_is_held_cannot_be_taken(void **state)
{
    (void)state;
    struct ml_lock lock;
    ml_lock_open(&lock);
    assert_false(ml_lock_is_locked(&lock));
    assert_int_equal(ml_lock_acquire(&lock, false, ML_FOREVER), ML_SYNC_OK);
    assert_true(ml_lock_is_locked(&lock));
    assert_int_equal(ml_lock_acquire(&lock, false, ML_FOREVER),
                     ML_SYNC_TIMEOUT);
    assert_int_equal(ml_lock_acquire(&lock, true, 0), ML_SYNC_TIMEOUT);
    const uint64_t deadline = ml_deadline(MS(2));
    assert_int_equal(ml_lock_acquire(&lock, true, MS(2)), ML_SYNC_TIMEOUT);
    assert_true(ml_now_ns() >= deadline);
    assert_true(
        ml_lock_is_locked(&lock)); /* a failed acquire changes nothing */
    assert_int_equal(ml_lock_release(&lock), ML_SYNC_OK);
    assert_int_equal(ml_lock_release(&lock), ML_SYNC_NOT_OWNER);
    ml_lock_close(&lock);
}

static void arguments_that_contradict_are_refused(void **state)
{
    (void)state;
    struct ml_lock lock;
    struct ml_rlock rlock;
    ml_lock_open(&lock);
    ml_rlock_open(&rlock);
    assert_int_equal(ml_lock_acquire(&lock, true, -1), ML_SYNC_VALUE);
    assert_int_equal(ml_lock_acquire(&lock, false, 0), ML_SYNC_VALUE);
    assert_int_equal(ml_rlock_acquire(&rlock, true, -1), ML_SYNC_VALUE);
    assert_int_equal(ml_rlock_acquire(&rlock, false, MS(1)), ML_SYNC_VALUE);
    assert_false(ml_lock_is_locked(&lock));
    assert_false(ml_rlock_is_mine(&rlock));
    ml_rlock_close(&rlock);
    ml_lock_close(&lock);
}

/* A lock and a number that only its holder may change. */
struct guarded {
    struct ml_lock lock;
    struct ml_rlock rlock;
    unsigned count;
};

static void *acquire_and_count(void *context)
{
    struct guarded *guarded = context;
    for (int i = 0; i < EACH; i++) {
        ml_sync_must(ml_lock_acquire(&guarded->lock, true, ML_FOREVER));
        guarded->count++;
        ml_sync_must(ml_lock_release(&guarded->lock));
    }
    return NULL;
}

static void *acquire_twice_and_count(void *context)
{
    struct guarded *guarded = context;
    for (int i = 0; i < EACH; i++) {
        ml_sync_must(ml_rlock_acquire(&guarded->rlock, true, ML_FOREVER));
        ml_sync_must(ml_rlock_acquire(&guarded->rlock, false, ML_FOREVER));
        guarded->count++;
        ml_sync_must(ml_rlock_release(&guarded->rlock));
        guarded->count++;
        ml_sync_must(ml_rlock_release(&guarded->rlock));
    }
    return NULL;
}

static void one_at_a_time_is_inside(void **state)
{
    (void)state;
    void *(*const ways[])(void *) = {acquire_and_count,
                                     acquire_twice_and_count};
    for (unsigned way = 0; way < 2; way++) {
        struct guarded guarded = {.count = 0};
        pthread_t threads[CROWD];
        ml_lock_open(&guarded.lock);
        ml_rlock_open(&guarded.rlock);
        for (size_t i = 0; i < CROWD; i++)
            threads[i] = start(ways[way], &guarded);
        for (size_t i = 0; i < CROWD; i++)
            finish(threads[i]);
        assert_int_equal(guarded.count, (way + 1) * CROWD * EACH);
        ml_rlock_close(&guarded.rlock);
        ml_lock_close(&guarded.lock);
    }
}

static void *release_for_another(void *context)
{
    ml_sync_must(ml_lock_release(context));
    return NULL;
}

static void who_waits_is_woken_whoever_releases(void **state)
{
    (void)state;
    struct ml_lock lock;
    ml_lock_open(&lock);
    ml_sync_must(ml_lock_acquire(&lock, true, ML_FOREVER));
    const pthread_t thread = start(release_for_another, &lock);
    assert_int_equal(ml_lock_acquire(&lock, true, ML_FOREVER), ML_SYNC_OK);
    finish(thread);
    assert_int_equal(ml_lock_release(&lock), ML_SYNC_OK);
    ml_lock_close(&lock);
}

static void an_rlock_is_given_back_as_often_as_it_was_taken(void **state)
{
    (void)state;
    struct ml_rlock lock;
    ml_rlock_open(&lock);
    assert_int_equal(ml_rlock_release(&lock), ML_SYNC_NOT_OWNER);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ml_rlock_acquire(&lock, true, ML_FOREVER), ML_SYNC_OK);
    assert_int_equal(ml_rlock_release_all(&lock), 3);
    assert_false(ml_rlock_is_mine(&lock));
    assert_int_equal(ml_rlock_release(&lock), ML_SYNC_NOT_OWNER);
    ml_rlock_restore(&lock, 3);
    for (int i = 0; i < 3; i++) {
        assert_true(ml_rlock_is_mine(&lock));
        assert_int_equal(ml_rlock_release(&lock), ML_SYNC_OK);
    }
    assert_int_equal(ml_rlock_release(&lock), ML_SYNC_NOT_OWNER);
    ml_rlock_close(&lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_name_of_its_own),
        cmocka_unit_test(a_deadline_is_the_timeout_from_now),
        cmocka_unit_test(a_lock_that_is_held_cannot_be_taken),
        cmocka_unit_test(arguments_that_contradict_are_refused),
        cmocka_unit_test(one_at_a_time_is_inside),
        cmocka_unit_test(who_waits_is_woken_whoever_releases),
        cmocka_unit_test(an_rlock_is_given_back_as_often_as_it_was_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
