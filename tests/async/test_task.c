/* test_task.c: tasks: outcomes of awaits, cancelling at every moment,
 * gather. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "python/asyncio/gather.h"
#include "support/async.h"

static struct hand_loop hand_of_test; /* each test opens and closes it */

static struct ml_async_loop *const loop = &hand_of_test.loop;

static int open_loop(void **state)
{
    (void)state;
    hand_loop_open(&hand_of_test);
    return 0;
}

static int close_loop(void **state)
{
    (void)state;
    ml_async_loop_close(loop);
    return 0;
}

static void turn(int times)
{
    for (int i = 0; i < times; i++)
        hand_loop_turn(&hand_of_test);
}

/* Notes 'b' when it begins, then the outcome of its await, and ends with
 * that. */
struct waiter {
    struct ml_async_task task;
    struct notes notes;
    struct ml_async_future *future; /* NULL: sleep */
    uint64_t ns;
    bool cancels_itself;
};

static enum ml_async_state waiter_told(struct ml_async_task *task)
{
    struct waiter *waiter = task->context;
    note(&waiter->notes, outcome(task->status));
    return ml_async_end(task, task->status, &waiter->ns);
}

static enum ml_async_state waiter_begin(struct ml_async_task *task)
{
    struct waiter *waiter = task->context;
    note(&waiter->notes, 'b');
    if (waiter->cancels_itself)
        assert_true(ml_async_cancel(&task->future));
    return waiter->future ? ml_async_await(task, waiter->future, waiter_told)
                          : ml_async_sleep(task, waiter->ns, waiter_told);
}

static void waiter_start(struct waiter *waiter, struct ml_async_future *future,
                         uint64_t ns)
{
    *waiter = (struct waiter){.future = future, .ns = ns};
    ml_async_task_start(&waiter->task, loop, waiter_begin, waiter);
}

/* ---- futures ---- */

static void all_who_await_a_future_are_called_in_order(void **state)
{
    (void)state;
    struct ml_async_future future;
    struct waiter a, b, late;
    int result = 1;
    ml_async_future_open(&future, loop);
    waiter_start(&a, &future, 0);
    waiter_start(&b, &a.task.future, 0); /* another task's end */
    turn(2);
    assert_false(a.task.future.done);
    ml_async_set_result(&future, ML_SYNC_RAISED, &result);
    assert_string_equal(a.notes.text, "b"); /* not at once */
    turn(1);
    assert_string_equal(a.notes.text, "br");
    assert_true(a.task.future.done);
    assert_string_equal(b.notes.text, "b");
    turn(1);
    assert_string_equal(b.notes.text, "br");
    waiter_start(&late, &future, 0); /* already done: no switch */
    turn(1);
    assert_string_equal(late.notes.text, "br");
    assert_ptr_equal(future.result, &result);
    assert_false(ml_async_cancel(&future));
    assert_int_equal(future.status, ML_SYNC_RAISED);
}

static void a_sleep_of_nothing_is_a_turn_for_others(void **state)
{
    (void)state;
    struct waiter waiter;
    waiter_start(&waiter, NULL, 0);
    turn(1);
    assert_string_equal(waiter.notes.text, "b");
    assert_int_equal(ml_async_timeout_ms(loop), 0);
    turn(1);
    assert_string_equal(waiter.notes.text, "b.");
}

/* ---- cancelling ---- */

static void who_has_not_begun_never_begins(void **state)
{
    (void)state;
    struct waiter waiter;
    waiter_start(&waiter, NULL, 1);
    assert_true(ml_async_cancel(&waiter.task.future));
    assert_false(waiter.task.future.done); /* in the next iteration */
    turn(1);
    assert_true(waiter.task.future.done);
    assert_int_equal(waiter.task.future.status, ML_SYNC_CANCELLED);
    assert_int_equal(waiter.notes.count, 0);
}

static void a_cancelled_sleep_takes_its_timer_along(void **state)
{
    (void)state;
    struct waiter waiter;
    waiter_start(&waiter, NULL, 3600 * ML_NS_PER_S);
    turn(1);
    assert_true(ml_async_timeout_ms(loop) > 0);
    assert_true(ml_async_cancel(&waiter.task.future));
    assert_string_equal(waiter.notes.text, "b"); /* at the next resumption */
    turn(1);
    assert_string_equal(waiter.notes.text, "bc");
    assert_int_equal(ml_async_timeout_ms(loop), -1);
}

/* The timer is due, its call is queued or made: whether the sleep has ended or
 * not, the task is cancelled once. */
static void a_sleep_that_is_over_can_be_cancelled_until_its_turn(void **state)
{
    (void)state;
    for (int when = 0; when < 3; when++) {
        struct waiter waiter;
        waiter_start(&waiter, NULL, ML_NS_PER_MS);
        turn(1);
        hand_of_test.now_ns += ML_NS_PER_MS;
        if (when == 1)
            ml_async_process_events(loop);
        if (when == 2)
            turn(1); /* done; the task is ready */
        assert_true(ml_async_cancel(&waiter.task.future));
        turn(2);
        assert_string_equal(waiter.notes.text, "bc");
        assert_int_equal(waiter.task.future.status, ML_SYNC_CANCELLED);
        assert_false(ml_async_cancel(&waiter.task.future));
        turn(2);
        assert_int_equal(waiter.notes.count, 2);
        assert_int_equal(ml_async_timeout_ms(loop), -1);
    }
}

/* Cancelling is a request: it may be caught. */
static enum ml_async_state stubborn_again(struct ml_async_task *task)
{
    struct waiter *waiter = task->context;
    note(&waiter->notes, outcome(task->status));
    return task->status == ML_SYNC_CANCELLED
               ? ml_async_sleep(task, ML_NS_PER_MS, stubborn_again)
               : ml_async_end(task, ML_SYNC_OK, NULL);
}

/* The timer's call is queued behind the task's wake-up: it must not end what
 * the task awaits next. */
static void a_cancelled_sleep_that_was_due_ends_nothing_else(void **state)
{
    (void)state;
    struct waiter waiter, other;
    waiter_start(&waiter, NULL, 5 * ML_NS_PER_MS);
    turn(1);
    waiter.task.step = stubborn_again;
    assert_true(ml_async_cancel(&waiter.task.future));
    waiter_start(&other, NULL, 0); /* first in the queue again next time */
    hand_of_test.now_ns += 5 * ML_NS_PER_MS;
    turn(1);
    assert_string_equal(waiter.notes.text, "bc");
    assert_string_equal(other.notes.text, "b");
    turn(3);
    assert_string_equal(waiter.notes.text, "bc");
    assert_string_equal(other.notes.text, "b.");
    hand_of_test.now_ns += ML_NS_PER_MS;
    turn(2);
    assert_string_equal(waiter.notes.text, "bc.");
}

static void who_only_awaits_its_turn_is_told_then(void **state)
{
    (void)state;
    struct waiter waiter;
    waiter_start(&waiter, NULL, 0);
    turn(1);
    assert_true(ml_async_cancel(&waiter.task.future));
    turn(1);
    assert_string_equal(waiter.notes.text, "bc");
}

static void who_cancels_itself_is_told_where_it_awaits(void **state)
{
    (void)state;
    struct waiter waiter;
    struct ml_async_future never;
    ml_async_future_open(&never, loop);
    waiter_start(&waiter, &never, 0);
    waiter.cancels_itself = true;
    turn(2);
    assert_string_equal(waiter.notes.text, "bc");
    assert_int_equal(never.status, ML_SYNC_CANCELLED);
}

static void a_cancelling_may_be_caught(void **state)
{
    (void)state;
    struct waiter waiter;
    waiter_start(&waiter, NULL, 5 * ML_NS_PER_MS);
    turn(1);
    waiter.task.step = stubborn_again;
    assert_true(ml_async_cancel(&waiter.task.future));
    ml_async_run_until(loop, &waiter.task.future);
    assert_string_equal(waiter.notes.text, "bc.");
    assert_int_equal(waiter.task.future.status, ML_SYNC_OK);
}

/* ---- gather ---- */

#define MANY 4

static void gather_start(struct ml_async_gather *gather,
                         struct ml_async_gathered *gathered,
                         struct waiter *waiters)
{
    for (size_t i = 0; i < MANY; i++) {
        waiter_start(&waiters[i], NULL, (MANY - i) * ML_NS_PER_MS);
        gathered[i].future = &waiters[i].task.future;
    }
    ml_async_gather_open(gather, loop, gathered, MANY);
}

static void gather_has_results_in_order_and_waits_for_all(void **state)
{
    (void)state;
    struct waiter waiters[MANY];
    struct ml_async_gather gather;
    struct ml_async_gathered gathered[MANY];
    gather_start(&gather, gathered, waiters);
    ml_async_run_until(loop, &gather.future);
    assert_int_equal(gather.future.status, ML_SYNC_OK);
    for (size_t i = 0; i < MANY; i++)
        assert_ptr_equal(gathered[i].future->result, &waiters[i].ns);
    assert_int_equal(gather.left, 0);
}

static void cancelling_a_gather_cancels_all(void **state)
{
    (void)state;
    struct waiter waiters[MANY];
    struct ml_async_gather gather;
    struct ml_async_gathered gathered[MANY];
    gather_start(&gather, gathered, waiters);
    turn(1);
    assert_true(ml_async_cancel(&gather.future));
    turn(2);
    assert_true(gather.future.done);
    assert_int_equal(gather.future.status, ML_SYNC_CANCELLED);
    for (size_t i = 0; i < MANY; i++)
        assert_string_equal(waiters[i].notes.text, "bc");
    assert_false(ml_async_cancel(&gather.future));
}

static void one_that_is_cancelled_ends_the_gather_only(void **state)
{
    (void)state;
    struct waiter waiters[MANY];
    struct ml_async_gather gather;
    struct ml_async_gathered gathered[MANY];
    gather_start(&gather, gathered, waiters);
    turn(1);
    assert_true(ml_async_cancel(&waiters[2].task.future));
    turn(2);
    assert_int_equal(gather.future.status, ML_SYNC_CANCELLED);
    assert_false(waiters[0].task.future.done);
    ml_async_run_until(loop, &waiters[0].task.future);
    turn(1);
    assert_string_equal(waiters[0].notes.text, "b.");
    assert_int_equal(gather.left, 0);
}

static void a_gather_of_nothing_is_done(void **state)
{
    (void)state;
    struct ml_async_gather gather;
    ml_async_gather_open(&gather, loop, NULL, 0);
    assert_true(gather.future.done);
    assert_int_equal(gather.future.status, ML_SYNC_OK);
}

/* ---- time ---- */

static enum ml_async_state hold_then_end(struct ml_async_task *task)
{
    hand_of_test.now_ns += 30 * ML_NS_PER_MS;
    assert_int_equal(ml_async_task_running_ns(task), 70 * ML_NS_PER_MS);
    return ml_async_end(task, ML_SYNC_OK, NULL);
}

static enum ml_async_state hold_long(struct ml_async_task *task)
{
    hand_of_test.now_ns += 70 * ML_NS_PER_MS;
    return ml_async_yield(task, hold_then_end);
}

/* Stands for a wait for the interpreter lock. */
static void wait_before(void *context, struct ml_async_task *task)
{
    (void)context;
    (void)task;
    hand_of_test.now_ns += 500 * ML_NS_PER_MS;
}

static void the_longest_that_a_task_held_the_loop_is_its_own(void **state)
{
    (void)state;
    struct ml_async_task task;
    loop->before = wait_before;
    ml_async_task_start(&task, loop, hold_long, NULL);
    turn(2);
    assert_true(task.future.done);
    assert_int_equal(loop->counts.slow_calls, 0);
}

#define LOOP_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown(test, open_loop, close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_TEST(all_who_await_a_future_are_called_in_order),
        LOOP_TEST(a_sleep_of_nothing_is_a_turn_for_others),
        LOOP_TEST(who_has_not_begun_never_begins),
        LOOP_TEST(a_cancelled_sleep_takes_its_timer_along),
        LOOP_TEST(a_sleep_that_is_over_can_be_cancelled_until_its_turn),
        LOOP_TEST(a_cancelled_sleep_that_was_due_ends_nothing_else),
        LOOP_TEST(who_only_awaits_its_turn_is_told_then),
        LOOP_TEST(who_cancels_itself_is_told_where_it_awaits),
        LOOP_TEST(a_cancelling_may_be_caught),
        LOOP_TEST(gather_has_results_in_order_and_waits_for_all),
        LOOP_TEST(cancelling_a_gather_cancels_all),
        LOOP_TEST(one_that_is_cancelled_ends_the_gather_only),
        LOOP_TEST(a_gather_of_nothing_is_done),
        LOOP_TEST(the_longest_that_a_task_held_the_loop_is_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
