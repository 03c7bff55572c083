/* test_wait.c: Event, Semaphore and Queue of tasks: order, barging, the state
 * after a cancel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/random.h"
#include "python/asyncio/gather.h"
#include "python/asyncio/queue.h"
#include "python/asyncio/semaphore.h"
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

/* ---- Event ---- */

/* Waits for it `left` times; notes its name each time, or 'c'. */
struct listener {
    struct ml_async_task task;
    struct ml_async_event *event;
    struct notes *notes;
    char name;
    int left;
};

static enum ml_async_state listener_step(struct ml_async_task *task);

static enum ml_async_state listener_told(struct ml_async_task *task)
{
    struct listener *listener = task->context;
    note(listener->notes,
         task->status == ML_SYNC_OK ? listener->name : outcome(task->status));
    return --listener->left > 0 ? listener_step(task)
                                : ml_async_end(task, task->status, NULL);
}

static enum ml_async_state listener_step(struct ml_async_task *task)
{
    const struct listener *listener = task->context;
    return ml_async_event_wait(listener->event, task, listener_told);
}

static void an_event_lets_all_go_who_wait_then(void **state)
{
    (void)state;
    struct ml_async_event event = {0};
    struct listener listeners[4];
    struct notes notes = {0};
    for (size_t i = 0; i < 4; i++) {
        listeners[i] = (struct listener){.event = &event,
                                         .notes = &notes,
                                         .name = (char)('0' + i),
                                         .left = i == 3 ? 1 : 2};
        ml_async_task_start(&listeners[i].task, loop, listener_step,
                            &listeners[i]);
    }
    turn(1);
    assert_true(ml_async_cancel(&listeners[3].task.future));
    ml_async_event_set(&event);
    ml_async_event_clear(&event);
    turn(1); /* they wait again */
    assert_string_equal(notes.text, "c012");
    turn(2);
    assert_int_equal(notes.count, 4);
    ml_async_event_set(&event);
    turn(1);
    assert_string_equal(notes.text, "c012012");
    assert_null(event.waiters.first);
    listeners[0].left = 2; /* set: no task waits or switches */
    ml_async_task_start(&listeners[0].task, loop, listener_step, &listeners[0]);
    turn(1);
    assert_string_equal(notes.text, "c01201200");
}

/* ---- Semaphore ---- */

/* Takes a permit and keeps it; notes its name, or 'c'. */
struct taker {
    struct ml_async_task task;
    struct ml_async_semaphore *semaphore;
    struct notes *notes;
    char name;
};

static enum ml_async_state taker_told(struct ml_async_task *task)
{
    const struct taker *taker = task->context;
    note(taker->notes,
         task->status == ML_SYNC_OK ? taker->name : outcome(task->status));
    return ml_async_end(task, task->status, NULL);
}

static enum ml_async_state taker_begin(struct ml_async_task *task)
{
    const struct taker *taker = task->context;
    return ml_async_semaphore_acquire(taker->semaphore, task, taker_told);
}

static void taker_start(struct taker *taker, char name, struct notes *notes,
                        struct ml_async_semaphore *semaphore)
{
    *taker =
        (struct taker){.semaphore = semaphore, .notes = notes, .name = name};
    ml_async_task_start(&taker->task, loop, taker_begin, taker);
}

static void permits_go_to_who_came_first(void **state)
{
    (void)state;
    struct ml_async_semaphore semaphore = {.value = 2};
    struct taker takers[6];
    struct notes notes = {0};
    for (size_t i = 0; i < 6; i++)
        taker_start(&takers[i], (char)('a' + i), &notes, &semaphore);
    turn(1);
    assert_string_equal(notes.text, "ab"); /* without a switch */
    assert_true(ml_async_semaphore_locked(&semaphore));
    ml_async_semaphore_release(&semaphore);
    ml_async_semaphore_release(&semaphore);
    ml_async_semaphore_release(&semaphore);
    turn(1);
    assert_string_equal(notes.text, "abcde");
    ml_async_semaphore_release(&semaphore);
    ml_async_semaphore_release(&semaphore);
    turn(1);
    assert_string_equal(notes.text, "abcdef");
    assert_int_equal(semaphore.value, 1);
    assert_false(ml_async_semaphore_locked(&semaphore));
}

/* A permit is free, but a task was woken for it and has not run yet. */
static void no_task_overtakes_a_woken_one(void **state)
{
    (void)state;
    struct ml_async_semaphore semaphore = {.value = 0};
    struct taker early, late;
    struct notes notes = {0};
    taker_start(&early, 'e', &notes, &semaphore);
    turn(1);
    taker_start(&late, 'l', &notes, &semaphore); /* it runs before early */
    ml_async_semaphore_release(&semaphore);
    ml_async_semaphore_release(&semaphore);
    assert_int_equal(semaphore.value, 1);
    assert_true(ml_async_semaphore_locked(&semaphore));
    turn(1);
    assert_string_equal(notes.text, "e"); /* late waits for the next permit */
    turn(1);
    assert_string_equal(notes.text, "el");
    assert_int_equal(semaphore.value, 0);
}

/* While it waits, and once it has been granted a permit: another task gets
 * it. */
static void a_cancelled_task_loses_no_permit(void **state)
{
    (void)state;
    for (int served = 0; served < 2; served++) {
        struct ml_async_semaphore semaphore = {.value = 0};
        struct taker a, b;
        struct notes notes = {0};
        taker_start(&a, 'a', &notes, &semaphore);
        taker_start(&b, 'b', &notes, &semaphore);
        turn(1);
        if (served)
            ml_async_semaphore_release(&semaphore);
        assert_true(ml_async_cancel(&a.task.future));
        if (!served)
            ml_async_semaphore_release(&semaphore);
        turn(2);
        assert_int_equal(notes.count, 2);
        assert_int_equal(a.task.future.status, ML_SYNC_CANCELLED);
        assert_int_equal(b.task.future.status, ML_SYNC_OK);
        assert_int_equal(semaphore.value, 0);
        assert_null(semaphore.waiters.first);
    }
}

/* ---- Queue ---- */

static void no_more_than_the_limit_without_waiting(void **state)
{
    (void)state;
    struct ml_async_queue queue = {.limit = 2}, endless = {.limit = -1};
    struct ml_async_item items[50], *item = NULL;
    assert_int_equal(ml_async_queue_get_nowait(&queue, &item), ML_SYNC_EMPTY);
    assert_int_equal(ml_async_queue_put_nowait(&queue, &items[0]), ML_SYNC_OK);
    assert_int_equal(ml_async_queue_put_nowait(&queue, &items[1]), ML_SYNC_OK);
    assert_int_equal(ml_async_queue_put_nowait(&queue, &items[2]),
                     ML_SYNC_FULL);
    assert_int_equal(ml_async_queue_get_nowait(&queue, &item), ML_SYNC_OK);
    assert_ptr_equal(item, &items[0]);
    assert_int_equal(queue.size, 1);
    for (size_t i = 0; i < 50; i++)
        assert_int_equal(ml_async_queue_put_nowait(&endless, &items[i]),
                         ML_SYNC_OK);
    assert_int_equal(endless.size, 50);
}

#define ITEMS 300

/* Puts or gets ITEMS; at random it yields in between. */
struct mover {
    struct ml_async_task task;
    struct ml_async_queue *queue;
    struct ml_random random;
    struct ml_async_item items[ITEMS];
    size_t count;
    bool puts;
};

static enum ml_async_state mover_step(struct ml_async_task *task)
{
    struct mover *mover = task->context;
    struct ml_async_item *item = &mover->items[mover->count];
    if (mover->count == ITEMS)
        return ml_async_end(task, ML_SYNC_OK, NULL);
    mover->count++;
    item->value = item;
    return ml_async_queue_put(mover->queue, task, item, mover_step);
}

static enum ml_async_state mover_get(struct ml_async_task *task);

static enum ml_async_state mover_got(struct ml_async_task *task)
{
    struct mover *mover = task->context;
    assert_int_equal(task->status, ML_SYNC_OK);
    struct ml_async_item *item = ml_async_queue_got(task);
    assert_ptr_equal(item->value, item);
    item->value = NULL; /* each only once */
    mover->count++;
    return ml_random_below(&mover->random, 3) == 0
               ? ml_async_yield(task, mover_get)
               : mover_get(task);
}

static enum ml_async_state mover_get(struct ml_async_task *task)
{
    struct mover *mover = task->context;
    return mover->count == ITEMS
               ? ml_async_end(task, ML_SYNC_OK, NULL)
               : ml_async_queue_get(mover->queue, task, mover_got);
}

#define MOVERS 6

static void every_item_comes_once_through_any_queue(void **state)
{
    (void)state;
    static struct mover movers[MOVERS];
    for (int64_t limit = 0; limit < 5; limit++) {
        struct ml_async_queue queue = {.limit = limit};
        struct ml_async_gather gather;
        struct ml_async_gathered gathered[MOVERS];
        for (size_t i = 0; i < MOVERS; i++) {
            movers[i].queue = &queue;
            movers[i].random.state = i + 1;
            movers[i].count = 0;
            movers[i].puts = i % 2 == 0;
            ml_async_task_start(&movers[i].task, loop,
                                movers[i].puts ? mover_step : mover_get,
                                &movers[i]);
            gathered[i].future = &movers[i].task.future;
        }
        ml_async_gather_open(&gather, loop, gathered, MOVERS);
        ml_async_run_until(loop, &gather.future);
        assert_int_equal(gather.future.status, ML_SYNC_OK);
        assert_int_equal(queue.size, 0);
        for (size_t i = 0; i < MOVERS; i++) {
            for (size_t k = 0; movers[i].puts && k < ITEMS; k++)
                assert_null(movers[i].items[k].value);
        }
        assert_null(queue.getters.first);
        assert_null(queue.putters.first);
    }
}

/* Puts one item, or gets one; notes its name, or the outcome. */
struct one {
    struct ml_async_task task;
    struct ml_async_queue *queue;
    struct ml_async_item item;
    struct notes *notes;
    char name;
    bool puts;
};

static enum ml_async_state one_told(struct ml_async_task *task)
{
    const struct one *one = task->context;
    note(one->notes,
         task->status == ML_SYNC_OK ? one->name : outcome(task->status));
    return ml_async_end(task, task->status, NULL);
}

static enum ml_async_state one_begin(struct ml_async_task *task)
{
    struct one *one = task->context;
    return one->puts
               ? ml_async_queue_put(one->queue, task, &one->item, one_told)
               : ml_async_queue_get(one->queue, task, one_told);
}

static void one_start(struct one *one, char name, bool puts,
                      struct notes *notes, struct ml_async_queue *queue)
{
    *one = (struct one){
        .queue = queue, .notes = notes, .name = name, .puts = puts};
    ml_async_task_start(&one->task, loop, one_begin, one);
}

/* A task that is woken and cancelled before it runs wakes the next: no item and
 * no space is lost. */
static void a_cancelled_one_wakes_the_next(void **state)
{
    (void)state;
    for (int puts = 0; puts < 2; puts++) {
        struct ml_async_queue queue = {.limit = 1};
        struct ml_async_item item, *got;
        struct one a, b;
        struct notes notes = {0};
        if (puts)
            assert_int_equal(ml_async_queue_put_nowait(&queue, &item),
                             ML_SYNC_OK);
        one_start(&a, 'a', puts, &notes, &queue);
        one_start(&b, 'b', puts, &notes, &queue);
        turn(1);
        if (puts)
            assert_int_equal(ml_async_queue_get_nowait(&queue, &got),
                             ML_SYNC_OK);
        else
            assert_int_equal(ml_async_queue_put_nowait(&queue, &item),
                             ML_SYNC_OK);
        assert_true(ml_async_cancel(&a.task.future));
        turn(2);
        assert_string_equal(notes.text, "cb");
        assert_int_equal(queue.size, puts);
        assert_null(queue.getters.first);
        assert_null(queue.putters.first);
    }
}

/* An item put before the woken task runs may go to any task. */
static void an_arriving_task_may_be_first(void **state)
{
    (void)state;
    struct ml_async_queue queue = {.limit = 0};
    struct ml_async_item items[2];
    struct one waiter, late;
    struct notes notes = {0};
    one_start(&waiter, 'w', false, &notes, &queue);
    turn(1);
    one_start(&late, 'l', false, &notes, &queue);
    assert_int_equal(ml_async_queue_put_nowait(&queue, &items[0]), ML_SYNC_OK);
    turn(1);
    assert_string_equal(notes.text, "l");
    assert_int_equal(ml_async_queue_put_nowait(&queue, &items[1]), ML_SYNC_OK);
    turn(2);
    assert_string_equal(notes.text, "lw");
}

/* With space and items, a put and a get end in the step that begins them. */
static void an_await_that_need_not_wait_does_not_switch(void **state)
{
    (void)state;
    struct ml_async_queue queue = {.limit = 2};
    struct one put, get;
    struct notes notes = {0};
    one_start(&put, 'p', true, &notes, &queue);
    one_start(&get, 'g', false, &notes, &queue);
    turn(1);
    assert_string_equal(notes.text, "pg");
    assert_int_equal(loop->counts.calls, 2);
}

#define LOOP_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown(test, open_loop, close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_TEST(an_event_lets_all_go_who_wait_then),
        LOOP_TEST(permits_go_to_who_came_first),
        LOOP_TEST(no_task_overtakes_a_woken_one),
        LOOP_TEST(a_cancelled_task_loses_no_permit),
        LOOP_TEST(no_more_than_the_limit_without_waiting),
        LOOP_TEST(every_item_comes_once_through_any_queue),
        LOOP_TEST(a_cancelled_one_wakes_the_next),
        LOOP_TEST(an_arriving_task_may_be_first),
        LOOP_TEST(an_await_that_need_not_wait_does_not_switch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
