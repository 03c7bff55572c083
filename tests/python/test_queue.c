/* test_queue.c: the queue with task_done, join and shutdown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>

#include "gil/gil.h"
#include "python/queue.h"
#include "support/threads.h"

static enum ml_sync_status put(struct ml_task_queue *queue,
                               struct ml_task *task)
{
    return ml_task_queue_put(queue, task, true, ML_FOREVER);
}

static void what_goes_in_comes_out_in_order(void **state)
{
    (void)state;
    struct ml_task_queue queue;
    struct ml_task tasks[3], *task = NULL;
    ml_task_queue_open(&queue, 3);
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; i < 3; i++) {
            tasks[i].value = &tasks[2 - i];
            assert_int_equal(put(&queue, &tasks[i]), ML_SYNC_OK);
        }
        assert_true(ml_task_queue_is_full(&queue));
        assert_int_equal(ml_task_queue_size(&queue), 3);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(ml_task_queue_get(&queue, true, 0, &task),
                             ML_SYNC_OK);
            assert_ptr_equal(task, &tasks[i]);
            assert_ptr_equal(task->value, &tasks[2 - i]);
        }
        assert_false(ml_task_queue_is_full(&queue));
    }
    assert_int_equal(ml_task_queue_unfinished(&queue), 12);
    ml_task_queue_close(&queue);
}

static void full_and_empty_are_said_in_time(void **state)
{
    (void)state;
    struct ml_task_queue queue;
    struct ml_task first, second, *task = NULL;
    ml_task_queue_open(&queue, 1);
    assert_int_equal(ml_task_queue_get(&queue, false, ML_FOREVER, &task),
                     ML_SYNC_EMPTY);
    uint64_t deadline = ml_deadline(MS(2));
    assert_int_equal(ml_task_queue_get(&queue, true, MS(2), &task),
                     ML_SYNC_EMPTY);
    assert_true(ml_now_ns() >= deadline);
    assert_int_equal(put(&queue, &first), ML_SYNC_OK);
    assert_int_equal(ml_task_queue_put(&queue, &second, true, 0), ML_SYNC_FULL);
    deadline = ml_deadline(MS(2));
    assert_int_equal(ml_task_queue_put(&queue, &second, true, MS(2)),
                     ML_SYNC_FULL);
    assert_true(ml_now_ns() >= deadline);
    assert_int_equal(ml_task_queue_unfinished(&queue), 1);
    assert_null(task);
    ml_task_queue_close(&queue);
}

/* As in Python a timeout is checked before any wait, but only by calls that
 * could wait. */
static void negative_timeouts_are_refused_where_they_count(void **state)
{
    (void)state;
    struct ml_task_queue limited, unlimited;
    struct ml_task tasks[3], *task = NULL;
    ml_task_queue_open(&limited, 2);
    ml_task_queue_open(&unlimited, 0);
    assert_int_equal(ml_task_queue_put(&limited, &tasks[0], true, -1),
                     ML_SYNC_VALUE);
    assert_int_equal(ml_task_queue_put(&limited, &tasks[0], false, -1),
                     ML_SYNC_OK);
    assert_int_equal(ml_task_queue_put(&unlimited, &tasks[1], true, -1),
                     ML_SYNC_OK);
    assert_int_equal(ml_task_queue_get(&unlimited, true, -1, &task),
                     ML_SYNC_VALUE); /* though an item is queued */
    assert_int_equal(ml_task_queue_get(&unlimited, false, -1, &task),
                     ML_SYNC_OK);
    assert_int_equal(ml_task_queue_get(&unlimited, false, -1, &task),
                     ML_SYNC_EMPTY);
    ml_task_queue_close(&unlimited);
    ml_task_queue_close(&limited);
}

/* ---- join ---- */

struct joined {
    struct ml_task_queue queue;
    atomic_bool over;
};

static void *join(void *context)
{
    struct joined *joined = context;
    ml_task_queue_join(&joined->queue);
    atomic_store(&joined->over, true);
    return NULL;
}

static void join_waits_until_all_that_was_put_is_done(void **state)
{
    (void)state;
    struct joined joined = {.over = false};
    struct ml_task tasks[2], *task;
    ml_task_queue_open(&joined.queue, 0);
    ml_task_queue_join(&joined.queue); /* nothing was put */
    assert_int_equal(put(&joined.queue, &tasks[0]), ML_SYNC_OK);
    assert_int_equal(put(&joined.queue, &tasks[1]), ML_SYNC_OK);
    const pthread_t thread = start(join, &joined);
    until_waiting(&joined.queue.all_done, 1);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(
            ml_task_queue_get(&joined.queue, true, ML_FOREVER, &task),
            ML_SYNC_OK);
    assert_int_equal(ml_task_queue_done(&joined.queue), ML_SYNC_OK);
    assert_int_equal(ml_condition_waiting(&joined.queue.all_done), 1);
    assert_false(atomic_load(&joined.over));
    assert_int_equal(ml_task_queue_done(&joined.queue), ML_SYNC_OK);
    finish(thread);
    assert_int_equal(ml_task_queue_done(&joined.queue), ML_SYNC_VALUE);
    ml_task_queue_close(&joined.queue);
}

/* ---- shutdown ---- */

struct blocked {
    struct ml_task_queue *queue;
    struct ml_task task, *got;
    enum ml_sync_status status;
    pthread_t thread;
};

static void *blocked_put(void *context)
{
    struct blocked *blocked = context;
    blocked->status = put(blocked->queue, &blocked->task);
    return NULL;
}

static void *blocked_get(void *context)
{
    struct blocked *blocked = context;
    blocked->status =
        ml_task_queue_get(blocked->queue, true, ML_FOREVER, &blocked->got);
    return NULL;
}

static void a_shutdown_sends_away_all_who_wait(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        const bool full = way % 2;
        struct ml_task_queue queue;
        struct ml_task task;
        struct blocked blocked[3];
        ml_task_queue_open(&queue, 1);
        if (full)
            assert_int_equal(put(&queue, &task), ML_SYNC_OK);
        for (size_t i = 0; i < 3; i++) {
            blocked[i] = (struct blocked){.queue = &queue};
            blocked[i].thread =
                start(full ? blocked_put : blocked_get, &blocked[i]);
        }
        until_waiting(full ? &queue.not_full : &queue.not_empty, 3);
        (void)ml_task_queue_shut_down(&queue, way / 2);
        for (size_t i = 0; i < 3; i++) {
            finish(blocked[i].thread);
            assert_int_equal(blocked[i].status, ML_SYNC_SHUT_DOWN);
        }
        ml_task_queue_close(&queue);
    }
}

static void what_an_immediate_shutdown_drops_is_handed_back(void **state)
{
    (void)state;
    struct joined joined = {.over = false};
    struct ml_task_queue *queue = &joined.queue;
    struct ml_task tasks[4], *task = NULL;
    ml_task_queue_open(queue, 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(put(queue, &tasks[i]), ML_SYNC_OK);
    assert_int_equal(ml_task_queue_get(queue, true, 0, &task), ML_SYNC_OK);
    const pthread_t thread = start(join, &joined);
    until_waiting(&queue->all_done, 1);
    struct ml_task *dropped = ml_task_queue_shut_down(queue, true);
    for (size_t i = 1; i < 4; i++, dropped = dropped->next)
        assert_ptr_equal(dropped, &tasks[i]);
    assert_null(dropped);
    assert_int_equal(ml_task_queue_unfinished(queue), 1); /* was fetched */
    assert_int_equal(ml_task_queue_get(queue, true, 0, &task),
                     ML_SYNC_SHUT_DOWN);
    assert_int_equal(ml_task_queue_done(queue), ML_SYNC_OK);
    finish(thread);
    assert_null(ml_task_queue_shut_down(queue, true));
    ml_task_queue_close(queue);
}

static void a_shutdown_drops_no_more_than_is_unfinished(void **state)
{
    (void)state;
    struct ml_task_queue queue;
    struct ml_task tasks[2];
    ml_task_queue_open(&queue, 0);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(put(&queue, &tasks[i]), ML_SYNC_OK);
    assert_int_equal(ml_task_queue_done(&queue), ML_SYNC_OK);
    assert_non_null(ml_task_queue_shut_down(&queue, true));
    assert_int_equal(ml_task_queue_unfinished(&queue), 0);
    assert_int_equal(ml_task_queue_size(&queue), 0);
    ml_task_queue_close(&queue);
}

/* ---- many ---- */

#define SIDES 3
#define EACH 2000

struct crowd {
    struct ml_task_queue queue;
    struct ml_task tasks[SIDES][EACH];
    atomic_uint next_side, seen[SIDES][EACH];
};

static void *produce(void *context)
{
    struct crowd *crowd = context;
    const unsigned side = atomic_fetch_add(&crowd->next_side, 1);
    for (size_t i = 0; i < EACH; i++) {
        crowd->tasks[side][i].value = &crowd->seen[side][i];
        ml_sync_must(put(&crowd->queue, &crowd->tasks[side][i]));
    }
    return NULL;
}

static void *consume(void *context)
{
    struct crowd *crowd = context;
    struct ml_task *task;
    while (ml_task_queue_get(&crowd->queue, true, ML_FOREVER, &task) ==
           ML_SYNC_OK) {
        atomic_fetch_add((atomic_uint *)task->value, 1);
        ml_sync_must(ml_task_queue_done(&crowd->queue));
    }
    return NULL;
}

static void many_on_both_sides_lose_and_double_nothing(void **state)
{
    (void)state;
    static const int64_t limits[] = {1, 3, 0};
    for (size_t l = 0; l < 3; l++) {
        struct crowd *crowd = test_calloc(1, sizeof *crowd);
        pthread_t producers[SIDES], consumers[SIDES];
        ml_task_queue_open(&crowd->queue, limits[l]);
        for (size_t i = 0; i < SIDES; i++) {
            producers[i] = start(produce, crowd);
            consumers[i] = start(consume, crowd);
        }
        for (size_t i = 0; i < SIDES; i++)
            finish(producers[i]);
        ml_task_queue_join(&crowd->queue);
        for (size_t i = 0; i < SIDES; i++) {
            for (size_t k = 0; k < EACH; k++)
                assert_int_equal(atomic_load(&crowd->seen[i][k]), 1);
        }
        assert_null(ml_task_queue_shut_down(&crowd->queue, false));
        for (size_t i = 0; i < SIDES; i++)
            finish(consumers[i]);
        ml_task_queue_close(&crowd->queue);
        test_free(crowd);
    }
}

/* One item fits: each side always waits for the other, which can continue only
 * if the waiting side has released the GIL. */
struct belt {
    struct ml_gil gil;
    struct ml_task_queue queue;
    struct ml_task tasks[EACH];
    struct ml_gil_thread sides[2];
    size_t in_order;
};

static void *fill(void *context)
{
    struct belt *belt = context;
    ml_gil_acquire(&belt->gil, &belt->sides[0]);
    for (size_t i = 0; i < EACH; i++)
        ml_sync_must(put(&belt->queue, &belt->tasks[i]));
    ml_task_queue_join(&belt->queue);
    ml_gil_release(&belt->gil, &belt->sides[0]);
    return NULL;
}

static void *empty(void *context)
{
    struct belt *belt = context;
    struct ml_task *task = NULL;
    ml_gil_acquire(&belt->gil, &belt->sides[1]);
    for (size_t i = 0; i < EACH; i++) {
        ml_sync_must(ml_task_queue_get(&belt->queue, true, ML_FOREVER, &task));
        belt->in_order += task == &belt->tasks[i];
        ml_sync_must(ml_task_queue_done(&belt->queue));
    }
    ml_gil_release(&belt->gil, &belt->sides[1]);
    return NULL;
}

static void who_waits_lets_the_interpreter_go(void **state)
{
    (void)state;
    for (int flavour = 0; flavour < ML_GIL_FLAVOUR_COUNT; flavour++) {
        struct belt *belt = test_calloc(1, sizeof *belt);
        struct ml_error err;
        assert_int_equal(ml_gil_open(&belt->gil, (enum ml_gil_flavour)flavour,
                                     ML_GIL_INTERVAL_NS, &err),
                         ML_OK);
        ml_task_queue_open_under(&belt->queue, 1, &belt->gil);
        const pthread_t sides[] = {start(fill, belt), start(empty, belt)};
        finish(sides[0]);
        finish(sides[1]);
        assert_int_equal(belt->in_order, EACH);
        for (size_t side = 0; side < 2 && flavour != ML_GIL_OFF; side++)
            assert_true(belt->sides[side].counts.acquisitions > 1);
        ml_task_queue_close(&belt->queue);
        ml_gil_close(&belt->gil);
        test_free(belt);
    }
}

static void a_timeout_comes_back_with_the_interpreter(void **state)
{
    (void)state;
    struct ml_gil gil;
    struct ml_gil_thread thread = {0};
    struct ml_task_queue queue;
    struct ml_task *task = NULL;
    struct ml_error err;
    assert_int_equal(ml_gil_open(&gil, ML_GIL_311, ML_GIL_INTERVAL_NS, &err),
                     ML_OK);
    ml_task_queue_open_under(&queue, 1, &gil);
    ml_gil_acquire(&gil, &thread);
    assert_int_equal(ml_task_queue_get(&queue, false, ML_FOREVER, &task),
                     ML_SYNC_EMPTY);
    assert_int_equal(thread.counts.acquisitions, 1); /* it kept the GIL */
    assert_int_equal(ml_task_queue_get(&queue, true, MS(2), &task),
                     ML_SYNC_EMPTY);
    assert_int_equal(thread.counts.acquisitions, 2);
    ml_gil_release(&gil, &thread); /* asserts: held */
    ml_task_queue_close(&queue);
    ml_gil_close(&gil);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out_in_order),
        cmocka_unit_test(full_and_empty_are_said_in_time),
        cmocka_unit_test(negative_timeouts_are_refused_where_they_count),
        cmocka_unit_test(join_waits_until_all_that_was_put_is_done),
        cmocka_unit_test(a_shutdown_sends_away_all_who_wait),
        cmocka_unit_test(what_an_immediate_shutdown_drops_is_handed_back),
        cmocka_unit_test(a_shutdown_drops_no_more_than_is_unfinished),
        cmocka_unit_test(many_on_both_sides_lose_and_double_nothing),
        cmocka_unit_test(who_waits_lets_the_interpreter_go),
        cmocka_unit_test(a_timeout_comes_back_with_the_interpreter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
