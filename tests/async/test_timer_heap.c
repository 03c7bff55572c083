/* test_timer_heap.c: timers fire in the order of their times, also after
 * removals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "async/timer_heap.h"
#include "base/random.h"

#define TIMERS 200
#define ROUNDS 30

static void calls_are_first_in_first_out(void **state)
{
    (void)state;
    struct ml_async_handle_queue line = {0};
    struct ml_async_handle calls[3];
    assert_null(ml_async_handle_queue_pop(&line));
    for (int round = 0; round < 2; round++) { /* empty in between */
        for (size_t i = 0; i < 3; i++)
            ml_async_handle_queue_push(&line, &calls[i]);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(line.count, 3 - i);
            assert_ptr_equal(ml_async_handle_queue_pop(&line), &calls[i]);
        }
        assert_null(ml_async_handle_queue_pop(&line));
    }
}

/* Add, remove the first, remove any, at random; the first is always the
 * earliest. */
static void the_first_is_due_first(void **state)
{
    (void)state;
    static struct ml_async_timer timers[TIMERS];
    struct ml_random random = {7};
    for (int round = 0; round < ROUNDS; round++) {
        struct ml_async_timer *heap = NULL;
        size_t count = 0;
        memset(timers, 0, sizeof timers);
        for (int step = 0; step < TIMERS * 4; step++) {
            struct ml_async_timer *timer =
                &timers[ml_random_next(&random) % TIMERS];
            if (heap && ml_random_next(&random) % 4 == 0)
                timer = heap;
            count += timer->set ? -(size_t)1 : 1;
            if (timer->set)
                ml_async_timers_remove(&heap, timer);
            else
                ml_async_timers_add(&heap, timer, ml_random_next(&random) % 50);
            assert_true((heap == NULL) == (count == 0));
            for (size_t i = 0; i < TIMERS; i++)
                assert_true(!timers[i].set || heap->due_ns <= timers[i].due_ns);
        }
        for (uint64_t last = 0; heap; count--) {
            struct ml_async_timer *timer = heap;
            assert_true(timer->due_ns >= last);
            last = timer->due_ns;
            ml_async_timers_remove(&heap, timer);
            assert_false(timer->set);
        }
        assert_int_equal(count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_are_first_in_first_out),
        cmocka_unit_test(the_first_is_due_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
