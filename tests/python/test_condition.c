/* test_condition.c: Condition: the queue of waiting threads, and the lock
 * around it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "python/condition.h"
#include "support/threads.h"

#define CROWD 20

struct line {
    struct ml_lock lock;
    struct ml_rlock rlock;
    struct ml_condition condition;
    unsigned order[CROWD], woken, late; /* under the lock */
};

static void line_open(struct line *line)
{
    line->woken = line->late = 0;
    ml_lock_open(&line->lock);
    ml_rlock_open(&line->rlock);
    ml_condition_open(&line->condition, &line->lock);
}

static void line_open_rlock(struct line *line)
{
    line->woken = line->late = 0;
    ml_lock_open(&line->lock);
    ml_rlock_open(&line->rlock);
    ml_condition_open_rlock(&line->condition, &line->rlock);
}

static void line_close(struct line *line)
{
    ml_condition_close(&line->condition);
    ml_rlock_close(&line->rlock);
    ml_lock_close(&line->lock);
}

struct sleeper {
    struct line *line;
    unsigned number;
    int64_t timeout_ns;
    enum ml_sync_status status;
    pthread_t thread;
};

static void *sleep_in_line(void *context)
{
    struct sleeper *sleeper = context;
    struct line *line = sleeper->line;
    ml_condition_enter(&line->condition);
    sleeper->status = ml_condition_wait(&line->condition, sleeper->timeout_ns);
    if (sleeper->status == ML_SYNC_OK)
        line->order[line->woken++] = sleeper->number;
    else
        line->late++;
    ml_condition_leave(&line->condition);
    return NULL;
}

/* One after the other, so that their order is known. */
static void start_sleeper(struct sleeper *sleeper, struct line *line,
                          unsigned number, int64_t timeout_ns)
{
    const uint32_t before = ml_condition_waiting(&line->condition);
    *sleeper = (struct sleeper){
        .line = line, .number = number, .timeout_ns = timeout_ns};
    sleeper->thread = start(sleep_in_line, sleeper);
    until_waiting(&line->condition, before + 1);
}

static void notify(struct line *line, uint32_t count)
{
    ml_condition_enter(&line->condition);
    assert_int_equal(ml_condition_notify(&line->condition, count), ML_SYNC_OK);
    ml_condition_leave(&line->condition);
}

static void until_woken(struct line *line, unsigned count)
{
    for (bool there = false; !there;) {
        ml_condition_enter(&line->condition);
        there = line->woken == count;
        ml_condition_leave(&line->condition);
        (void)sched_yield();
    }
}

static void the_first_in_the_line_wakes_first(void **state)
{
    (void)state;
    struct line line;
    struct sleeper sleepers[CROWD];
    line_open(&line);
    for (unsigned i = 0; i < CROWD; i++)
        start_sleeper(&sleepers[i], &line, i, ML_FOREVER);
    for (unsigned i = 0; i < CROWD; i++) {
        notify(&line, 1);
        assert_int_equal(ml_condition_waiting(&line.condition), CROWD - 1 - i);
        until_woken(&line, i + 1);
    }
    for (unsigned i = 0; i < CROWD; i++) {
        finish(sleepers[i].thread);
        assert_int_equal(line.order[i], i);
    }
    line_close(&line);
}

static void as_many_wake_as_are_told_and_no_more_than_there_are(void **state)
{
    (void)state;
    struct line line;
    struct sleeper sleepers[CROWD];
    line_open(&line);
    for (unsigned i = 0; i < CROWD; i++)
        start_sleeper(&sleepers[i], &line, i, ML_FOREVER);
    notify(&line, 0);
    assert_int_equal(ml_condition_waiting(&line.condition), CROWD);
    notify(&line, 7);
    assert_int_equal(ml_condition_waiting(&line.condition), CROWD - 7);
    until_woken(&line, 7);
    for (unsigned i = 0; i < 7; i++)
        assert_true(line.order[i] < 7); /* in any order */
    notify(&line, UINT32_MAX);
    for (unsigned i = 0; i < CROWD; i++)
        finish(sleepers[i].thread);
    assert_int_equal(line.woken, CROWD);
    line_close(&line);
}

/* Wait until `count` threads are queued; false: one timed out first. */
static bool until_queued(struct line *line, uint32_t count)
{
    for (;;) {
        ml_condition_enter(&line->condition);
        const bool there = ml_condition_waiting(&line->condition) == count;
        const bool late = line->late > 0;
        ml_condition_leave(&line->condition);
        if (there || late)
            return there && !late;
        (void)sched_yield();
    }
}

/* The first one times out while another thread holds the lock: it is awake and
 * cannot continue yet, and a notification now is for the second one.  False:
 * the machine was too busy. */
static bool time_out_before_a_notification(int64_t timeout_ns)
{
    struct line line;
    line_open(&line);
    struct sleeper hasty = {.line = &line, .timeout_ns = timeout_ns};
    struct sleeper patient = {.line = &line, .timeout_ns = ML_FOREVER};
    hasty.thread = start(sleep_in_line, &hasty);
    bool got_there = until_queued(&line, 1);
    patient.thread = start(sleep_in_line, &patient);
    got_there = until_queued(&line, 2) && got_there;
    if (!got_there)
        until_waiting(&line.condition, 1);
    ml_condition_enter(&line.condition);
    until_waiting(&line.condition, 1); /* the hasty one has left the queue */
    assert_int_equal(ml_condition_notify(&line.condition, 1), ML_SYNC_OK);
    ml_condition_leave(&line.condition);
    finish(patient.thread);
    finish(hasty.thread);
    assert_int_equal(patient.status, ML_SYNC_OK);
    assert_int_equal(hasty.status, ML_SYNC_TIMEOUT);
    line_close(&line);
    return got_there;
}

static void no_notification_is_spent_on_who_has_timed_out(void **state)
{
    (void)state;
    int64_t timeout_ns = MS(5);
    while (!time_out_before_a_notification(timeout_ns))
        timeout_ns *= 2;
}

/* Notified, and its timeout passes before the lock is released.  False: the
 * machine was too busy to notify in time. */
static bool time_out_after_a_notification(int64_t timeout_ns)
{
    struct line line;
    line_open(&line);
    struct sleeper sleeper = {.line = &line, .timeout_ns = timeout_ns};
    const uint64_t soonest = ml_deadline(timeout_ns);
    sleeper.thread = start(sleep_in_line, &sleeper);
    const bool in_line = until_queued(&line, 1);
    ml_condition_enter(&line.condition);
    assert_int_equal(ml_condition_notify(&line.condition, 1), ML_SYNC_OK);
    const uint64_t now = ml_now_ns();
    while (ml_now_ns() <= now + (uint64_t)timeout_ns)
        (void)sched_yield();
    ml_condition_leave(&line.condition);
    finish(sleeper.thread);
    const bool got_there = in_line && now < soonest;
    if (got_there)
        assert_int_equal(sleeper.status, ML_SYNC_OK);
    line_close(&line);
    return got_there;
}

static void who_was_notified_in_time_is_not_late(void **state)
{
    (void)state;
    int64_t timeout_ns = MS(2);
    while (!time_out_after_a_notification(timeout_ns))
        timeout_ns *= 2;
}

static void who_leaves_the_middle_or_the_end_leaves_the_line_whole(void **state)
{
    (void)state;
    struct line line;
    struct sleeper sleepers[4];
    line_open(&line);
    start_sleeper(&sleepers[0], &line, 0, ML_FOREVER);
    sleepers[1] =
        (struct sleeper){.line = &line, .number = 1, .timeout_ns = MS(1)};
    sleepers[1].thread = start(sleep_in_line, &sleepers[1]);
    finish(sleepers[1].thread); /* it was the last */
    start_sleeper(&sleepers[2], &line, 2, ML_FOREVER);
    start_sleeper(&sleepers[3], &line, 3, ML_FOREVER);
    for (unsigned i = 0; i < 3; i++) {
        notify(&line, 1);
        until_woken(&line, i + 1);
    }
    static const unsigned order[] = {0, 2, 3};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(line.order[i], order[i]);
        finish(sleepers[order[i]].thread);
    }
    assert_int_equal(sleepers[1].status, ML_SYNC_TIMEOUT);
    line_close(&line);
}

static void the_lock_is_held_after_every_way_out(void **state)
{
    (void)state;
    struct line line;
    line_open(&line);
    ml_condition_enter(&line.condition);
    static const int64_t timeouts[] = {-1, 0, MS(1)};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ml_condition_wait(&line.condition, timeouts[i]),
                         ML_SYNC_TIMEOUT);
        assert_true(ml_lock_is_locked(&line.lock));
    }
    ml_condition_leave(&line.condition);
    assert_int_equal(ml_condition_wait(&line.condition, MS(1)),
                     ML_SYNC_NOT_OWNER);
    assert_int_equal(ml_condition_notify_all(&line.condition),
                     ML_SYNC_NOT_OWNER);
    assert_false(ml_lock_is_locked(&line.lock));
    assert_int_equal(ml_condition_waiting(&line.condition), 0);
    line_close(&line);
}

/* ---- on an RLock ---- */

static void *wait_three_deep(void *context)
{
    struct line *line = context;
    for (int i = 0; i < 3; i++)
        ml_condition_enter(&line->condition);
    assert_int_equal(ml_condition_wait(&line->condition, ML_FOREVER),
                     ML_SYNC_OK);
    for (int i = 0; i < 3; i++)
        ml_condition_leave(&line->condition); /* asserts: held */
    return NULL;
}

static void waiting_gives_back_all_levels_of_an_rlock(void **state)
{
    (void)state;
    struct line line;
    line_open_rlock(&line);
    const pthread_t thread = start(wait_three_deep, &line);
    until_waiting(&line.condition, 1);
    /* All levels, or this would wait for ever. */
    notify(&line, 1);
    finish(thread);
    assert_int_equal(ml_rlock_acquire(&line.rlock, false, ML_FOREVER),
                     ML_SYNC_OK);
    assert_int_equal(ml_rlock_release(&line.rlock), ML_SYNC_OK);
    line_close(&line);
}

struct stranger {
    struct ml_condition *condition;
    enum ml_sync_status waited, notified;
};

static void *try_both(void *context)
{
    struct stranger *stranger = context;
    stranger->waited = ml_condition_wait(stranger->condition, 0);
    stranger->notified = ml_condition_notify(stranger->condition, 1);
    return NULL;
}

static void an_rlock_of_another_thread_will_not_do(void **state)
{
    (void)state;
    struct ml_rlock lock;
    struct ml_condition condition;
    ml_rlock_open(&lock);
    ml_condition_open_rlock(&condition, &lock);
    ml_condition_enter(&condition);
    struct stranger stranger = {.condition = &condition};
    finish(start(try_both, &stranger));
    assert_int_equal(stranger.waited, ML_SYNC_NOT_OWNER);
    assert_int_equal(stranger.notified, ML_SYNC_NOT_OWNER);
    ml_condition_leave(&condition);
    ml_condition_close(&condition);
    ml_rlock_close(&lock);
}

/* ---- wait_for ---- */

struct number {
    struct ml_lock lock;
    struct ml_condition changed;
    int value, asked;
};

static bool is_three(void *context)
{
    struct number *number = context;
    number->asked++;
    return number->value == 3;
}

static void *count_to_three(void *context)
{
    struct number *number = context;
    for (int i = 0; i < 3; i++) {
        ml_condition_enter(&number->changed);
        number->value++;
        ml_sync_must(ml_condition_notify_all(&number->changed));
        ml_condition_leave(&number->changed);
    }
    return NULL;
}

static void wait_for_ends_when_it_holds_and_not_before(void **state)
{
    (void)state;
    struct number number = {.value = 0};
    ml_lock_open(&number.lock);
    ml_condition_open(&number.changed, &number.lock);
    assert_int_equal(
        ml_condition_wait_for(&number.changed, is_three, &number, MS(1)),
        ML_SYNC_NOT_OWNER);
    ml_condition_enter(&number.changed);
    assert_int_equal(
        ml_condition_wait_for(&number.changed, is_three, &number, MS(1)),
        ML_SYNC_TIMEOUT);
    const pthread_t thread = start(count_to_three, &number);
    assert_int_equal(
        ml_condition_wait_for(&number.changed, is_three, &number, ML_FOREVER),
        ML_SYNC_OK);
    assert_int_equal(number.value, 3);
    number.asked = 0; /* it holds: neither time nor sleep */
    assert_int_equal(
        ml_condition_wait_for(&number.changed, is_three, &number, -1),
        ML_SYNC_OK);
    assert_int_equal(number.asked, 1);
    ml_condition_leave(&number.changed);
    finish(thread);
    ml_condition_close(&number.changed);
    ml_lock_close(&number.lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_in_the_line_wakes_first),
        cmocka_unit_test(as_many_wake_as_are_told_and_no_more_than_there_are),
        cmocka_unit_test(no_notification_is_spent_on_who_has_timed_out),
        cmocka_unit_test(who_was_notified_in_time_is_not_late),
        cmocka_unit_test(
            who_leaves_the_middle_or_the_end_leaves_the_line_whole),
        cmocka_unit_test(the_lock_is_held_after_every_way_out),
        cmocka_unit_test(waiting_gives_back_all_levels_of_an_rlock),
        cmocka_unit_test(an_rlock_of_another_thread_will_not_do),
        cmocka_unit_test(wait_for_ends_when_it_holds_and_not_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
