/* The bounded queue: order, close, deferred wake-ups, batches, many threads on
 * both sides. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "pipeline/core/queue.h"
#include "pipeline/core/waker.h"

static void open_queue(struct ml_queue *queue, uint32_t capacity)
{
    struct ml_error err;
    assert_int_equal(ml_queue_open(queue, capacity, &err), ML_OK);
}

static void items_come_out_in_the_order_they_went_in(void **state)
{
    (void)state;
    struct ml_queue queue;
    uint32_t item;
    open_queue(&queue, 4);
    for (uint32_t round = 0; round < 10; round++) {
        for (uint32_t i = 0; i < 3; i++)
            assert_true(ml_queue_push(&queue, round * 3 + i));
        for (uint32_t i = 0; i < 3; i++) {
            assert_true(ml_queue_pop(&queue, &item));
            assert_int_equal(item, round * 3 + i);
        }
    }
    assert_false(ml_queue_try_pop(&queue, &item));
    ml_queue_destroy(&queue);
}

static void an_item_pushed_to_the_front_is_popped_next(void **state)
{
    (void)state;
    struct ml_queue queue;
    uint32_t item;
    open_queue(&queue, 4);
    assert_true(ml_queue_push(&queue, 1));
    assert_true(ml_queue_push(&queue, 2));
    ml_queue_push_front(&queue, 9);
    assert_true(ml_queue_pop(&queue, &item));
    assert_int_equal(item, 9);
    assert_true(ml_queue_pop(&queue, &item));
    assert_int_equal(item, 1);
    ml_queue_destroy(&queue);
}

static void close_lets_pops_drain_and_refuses_pushes(void **state)
{
    (void)state;
    struct ml_queue queue;
    uint32_t item;
    open_queue(&queue, 4);
    assert_true(ml_queue_push(&queue, 7));
    ml_queue_close(&queue);
    assert_false(ml_queue_push(&queue, 8));
    assert_false(ml_queue_drained(&queue));
    assert_true(ml_queue_pop(&queue, &item));
    assert_int_equal(item, 7);
    assert_true(ml_queue_drained(&queue));
    assert_false(ml_queue_pop(&queue, &item));
    ml_queue_destroy(&queue);
}

static void *blocked_push(void *queue)
{
    return ml_queue_push(queue, 2) ? queue : NULL;
}

static void *blocked_pop(void *queue)
{
    uint32_t item;
    return ml_queue_pop(queue, &item) ? queue : NULL;
}

/* The other thread must end, whether it waits before or after the close. */
static void close_wakes_a_blocked_producer_and_a_blocked_consumer(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ml_queue queue;
        pthread_t thread;
        void *result = &queue;
        open_queue(&queue, 1);
        if (i == 0)
            assert_true(ml_queue_push(&queue, 1));
        assert_int_equal(pthread_create(&thread, NULL,
                                        i == 0 ? blocked_push : blocked_pop,
                                        &queue),
                         0);
        ml_queue_close(&queue);
        assert_int_equal(pthread_join(thread, &result), 0);
        assert_null(result);
        ml_queue_destroy(&queue);
    }
}

/* Wait for the clock, without a sleep. */
static void spend(uint64_t ns)
{
    const uint64_t end = ml_now_ns() + ns;
    while (ml_now_ns() < end)
        continue;
}

static void time_without_items_is_counted_until_the_close(void **state)
{
    (void)state;
    struct ml_queue queue;
    uint32_t item;
    open_queue(&queue, 2);
    spend(ML_NS_PER_MS);
    assert_true(ml_queue_push(&queue, 1));
    const uint64_t before = ml_queue_counts(&queue).empty_ns;
    assert_true(before >= ML_NS_PER_MS);
    spend(ML_NS_PER_MS);
    assert_true(ml_queue_push(&queue, 2));
    assert_true(ml_queue_pop(&queue, &item));
    struct ml_queue_counts counts = ml_queue_counts(&queue);
    assert_int_equal(counts.empty_ns, before);
    assert_true(counts.open_ns >= before + ML_NS_PER_MS);
    assert_true(ml_queue_pop(&queue, &item));
    spend(ML_NS_PER_MS);
    ml_queue_close(&queue);
    counts = ml_queue_counts(&queue);
    assert_true(counts.empty_ns >= before + ML_NS_PER_MS);
    assert_true(counts.open_ns >= counts.empty_ns + ML_NS_PER_MS);
    spend(ML_NS_PER_MS);
    const struct ml_queue_counts later = ml_queue_counts(&queue);
    assert_int_equal(later.empty_ns, counts.empty_ns);
    assert_int_equal(later.open_ns, counts.open_ns);
    ml_queue_destroy(&queue);
}

static bool rang(struct ml_waker *waker)
{
    eventfd_t count;
    return eventfd_read(waker->fd, &count) == 0;
}

static void a_push_and_a_close_wake_a_sleeper_that_waits_for_them(void **state)
{
    (void)state;
    struct ml_queue queue;
    struct ml_waker waker;
    struct ml_error err;
    assert_int_equal(ml_waker_open(&waker, &err), ML_OK);
    open_queue(&queue, 4);
    ml_queue_set_waker(&queue, &waker, ML_WAKE_WORK);
    uint32_t seen = ml_waker_epoch(&waker);
    assert_true(
        ml_queue_push(&queue, 1)); /* awake: no call, and no sleep after it */
    assert_false(rang(&waker));
    assert_false(ml_waker_prepare_wait(&waker, seen, ML_WAKE_WORK));
    assert_true(
        ml_waker_prepare_wait(&waker, ml_waker_epoch(&waker), ML_WAKE_BUFFER));
    assert_true(ml_queue_push(&queue, 2)); /* waits for another kind */
    assert_false(rang(&waker));
    ml_waker_finish_wait(&waker, false);
    assert_true(
        ml_waker_prepare_wait(&waker, ml_waker_epoch(&waker), ML_WAKE_WORK));
    assert_true(ml_queue_push(&queue, 3));
    assert_true(rang(&waker));
    assert_true(ml_queue_push(&queue, 4)); /* one push wakes it */
    assert_false(rang(&waker));
    ml_waker_finish_wait(&waker, true);
    assert_true(ml_waker_prepare_wait(&waker, ml_waker_epoch(&waker), 0));
    ml_queue_close(&queue); /* a close wakes for every kind */
    assert_true(rang(&waker));
    ml_queue_destroy(&queue);
    ml_waker_close(&waker);
}

static void a_deferred_push_wakes_at_the_flush(void **state)
{
    (void)state;
    struct ml_queue queue;
    struct ml_waker waker;
    struct ml_error err;
    assert_int_equal(ml_waker_open(&waker, &err), ML_OK);
    open_queue(&queue, 4);
    ml_queue_set_waker(&queue, &waker, ML_WAKE_WORK);
    assert_true(
        ml_waker_prepare_wait(&waker, ml_waker_epoch(&waker), ML_WAKE_WORK));
    assert_true(ml_queue_push_deferred(&queue, 1));
    assert_true(ml_queue_push_deferred(&queue, 2));
    assert_false(rang(&waker));
    ml_queue_flush(&queue);
    assert_true(rang(&waker));
    ml_waker_finish_wait(&waker, false);
    assert_true(
        ml_waker_prepare_wait(&waker, ml_waker_epoch(&waker), ML_WAKE_WORK));
    ml_queue_flush(&queue); /* no wake-up is due any more */
    assert_false(rang(&waker));
    ml_queue_destroy(&queue);
    ml_waker_close(&waker);
}

/* A sleeping consumer, and the item that it popped. */
struct sleeper {
    struct ml_queue *queue;
    uint32_t item;
    atomic_bool done;
    pthread_t thread;
};

static void *sleep_and_pop(void *context)
{
    struct sleeper *sleeper = context;
    assert_true(ml_queue_pop(sleeper->queue, &sleeper->item));
    atomic_store(&sleeper->done, true);
    return NULL;
}

static void start_sleeper(struct sleeper *sleeper, struct ml_queue *queue)
{
    memset(sleeper, 0, sizeof *sleeper);
    sleeper->queue = queue;
    const uint32_t before = queue->waiting;
    assert_int_equal(
        pthread_create(&sleeper->thread, NULL, sleep_and_pop, sleeper), 0);
    for (bool asleep = false; !asleep;) {
        ml_mutex_lock(&queue->lock);
        asleep = queue->waiting == before + 1;
        ml_mutex_unlock(&queue->lock);
        (void)sched_yield();
    }
}

static void a_consumer_of_batches_waits_for_a_batch(void **state)
{
    (void)state;
    struct ml_queue queue;
    struct sleeper sleeper;
    uint32_t item;
    open_queue(&queue, 8);
    ml_queue_set_batch(&queue, 3);
    start_sleeper(&sleeper, &queue);
    assert_true(ml_queue_push(&queue, 1));
    assert_true(ml_queue_push(&queue, 2));
    assert_false(atomic_load(&sleeper.done));
    assert_true(ml_queue_push(&queue, 3));
    assert_int_equal(pthread_join(sleeper.thread, NULL), 0);
    assert_int_equal(sleeper.item, 1);
    assert_true(ml_queue_pop(&queue, &item)); /* not empty: no waiting */
    assert_true(ml_queue_pop(&queue, &item));
    start_sleeper(&sleeper, &queue);
    assert_true(ml_queue_push(&queue, 4));
    ml_queue_close(&queue); /* no batch will come any more */
    assert_int_equal(pthread_join(sleeper.thread, NULL), 0);
    assert_int_equal(sleeper.item, 4);
    ml_queue_destroy(&queue);
}

/* ---- many ---- */

#define SIDES 4
#define EACH 5000

struct crowd {
    struct ml_queue queue;
    atomic_uint sum, taken, producers_left;
};

static void *produce(void *context)
{
    struct crowd *crowd = context;
    for (uint32_t i = 1; i <= EACH; i++)
        assert_true(ml_queue_push(&crowd->queue, i));
    if (atomic_fetch_sub(&crowd->producers_left, 1) == 1)
        ml_queue_close(&crowd->queue);
    return NULL;
}

static void *consume(void *context)
{
    struct crowd *crowd = context;
    uint32_t item;
    while (ml_queue_pop(&crowd->queue, &item)) {
        atomic_fetch_add(&crowd->sum, item);
        atomic_fetch_add(&crowd->taken, 1);
    }
    return NULL;
}

static void many_threads_on_both_sides_lose_and_double_no_item(void **state)
{
    (void)state;
    static const uint32_t capacities[] = {1, 2, 7, 64};
    for (size_t c = 0; c < sizeof capacities / sizeof *capacities; c++) {
        struct crowd crowd = {.producers_left = SIDES};
        pthread_t threads[2 * SIDES];
        open_queue(&crowd.queue, capacities[c]);
        for (size_t i = 0; i < 2 * SIDES; i++)
            assert_int_equal(pthread_create(&threads[i], NULL,
                                            i % 2 ? produce : consume, &crowd),
                             0);
        for (size_t i = 0; i < 2 * SIDES; i++)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(atomic_load(&crowd.taken), SIDES * EACH);
        assert_int_equal(atomic_load(&crowd.sum),
                         SIDES * (EACH * (EACH + 1U) / 2));
        const struct ml_queue_counts counts = ml_queue_counts(&crowd.queue);
        assert_int_equal(counts.pushed, SIDES * EACH);
        assert_int_equal(counts.popped, SIDES * EACH);
        assert_true(counts.fill_peak <= capacities[c]);
        ml_queue_destroy(&crowd.queue);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_in_the_order_they_went_in),
        cmocka_unit_test(an_item_pushed_to_the_front_is_popped_next),
        cmocka_unit_test(close_lets_pops_drain_and_refuses_pushes),
        cmocka_unit_test(time_without_items_is_counted_until_the_close),
        cmocka_unit_test(close_wakes_a_blocked_producer_and_a_blocked_consumer),
        cmocka_unit_test(a_push_and_a_close_wake_a_sleeper_that_waits_for_them),
        cmocka_unit_test(a_deferred_push_wakes_at_the_flush),
        cmocka_unit_test(a_consumer_of_batches_waits_for_a_batch),
        cmocka_unit_test(many_threads_on_both_sides_lose_and_double_no_item),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
