/* The memory budget: granted in the order of requests, up to the total. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <stdatomic.h>

#include "base/random.h"
#include "pipeline/core/memory_budget.h"
#include "pipeline/core/waker.h"

static void requests_are_granted_in_their_order(void **state)
{
    (void)state;
    struct ml_budget budget;
    struct ml_budget_request a, b, c;
    struct ml_error err;
    ml_budget_open(&budget, 100);
    assert_int_equal(ml_budget_request(&budget, &a, 60, NULL, &err), ML_OK);
    assert_int_equal(ml_budget_request(&budget, &b, 60, NULL, &err), ML_OK);
    assert_int_equal(ml_budget_request(&budget, &c, 10, NULL, &err), ML_OK);
    assert_true(ml_budget_granted(&budget, &a));
    assert_false(ml_budget_granted(&budget, &b));
    assert_false(
        ml_budget_granted(&budget, &c)); /* it would fit, but waits for b */
    ml_budget_cancel(&budget, &a);
    assert_true(ml_budget_granted(&budget, &b));
    assert_true(ml_budget_granted(&budget, &c));
    ml_budget_cancel(&budget, &b);
    ml_budget_cancel(&budget, &c);
    assert_int_equal(budget.used_bytes, 0);
    ml_budget_close(&budget);
}

static void cancelling_a_request_grants_the_next_ones(void **state)
{
    (void)state;
    struct ml_budget budget;
    struct ml_budget_request a, b, c;
    struct ml_error err;
    ml_budget_open(&budget, 100);
    assert_int_equal(ml_budget_request(&budget, &a, 60, NULL, &err), ML_OK);
    assert_int_equal(ml_budget_request(&budget, &b, 60, NULL, &err), ML_OK);
    assert_int_equal(ml_budget_request(&budget, &c, 10, NULL, &err), ML_OK);
    ml_budget_cancel(&budget, &b);
    assert_true(ml_budget_granted(&budget, &c));
    ml_budget_close(&budget);
}

static void count_wakes(void *context)
{
    ++*(int *)context;
}

/* The dispatcher and the event loop may have requests in one queue: each is
 * woken by its own waker only. */
static void the_requester_is_woken_by_its_grant(void **state)
{
    (void)state;
    struct ml_budget budget;
    struct ml_budget_request first, requests[2];
    struct ml_waker bells[2];
    struct ml_error err;
    int wakes[2] = {0};
    ml_budget_open(&budget, 100);
    assert_int_equal(ml_budget_request(&budget, &first, 100, NULL, &err),
                     ML_OK);
    for (size_t i = 0; i < 2; i++) {
        ml_waker_open_callback(&bells[i], count_wakes, &wakes[i]);
        assert_int_equal(
            ml_budget_request(&budget, &requests[i], 60, &bells[i], &err),
            ML_OK);
        assert_true(ml_waker_prepare_wait(&bells[i], 0, 0));
    }
    ml_budget_cancel(&budget, &first);
    assert_int_equal(wakes[0], 1);
    assert_int_equal(wakes[1], 0); /* it still waits */
    ml_budget_cancel(&budget, &requests[0]);
    assert_int_equal(wakes[0], 1);
    assert_int_equal(wakes[1], 1);
    assert_true(ml_budget_granted(&budget, &requests[1]));
    ml_budget_cancel(&budget, &requests[1]);
    ml_budget_close(&budget);
}

static void a_request_beyond_the_total_is_refused_at_once(void **state)
{
    (void)state;
    struct ml_budget budget;
    struct ml_error err;
    ml_budget_open(&budget, 100);
    assert_int_equal(ml_budget_acquire(&budget, 101, &err), ML_ERR_LIMIT);
    assert_non_null(strstr(err.remedy, "--memory"));
    assert_int_equal(ml_budget_acquire(&budget, 100, &err), ML_OK);
    ml_budget_release(&budget, 100);
    ml_budget_close(&budget);
}

static void *take_one(void *context)
{
    struct ml_error err;
    return ml_budget_acquire(context, 50, &err) == ML_ERR_CANCELLED ? context
                                                                    : NULL;
}

static void cancel_all_ends_all_waits(void **state)
{
    (void)state;
    struct ml_budget budget;
    struct ml_error err;
    pthread_t thread;
    void *result;
    ml_budget_open(&budget, 60);
    assert_int_equal(ml_budget_acquire(&budget, 50, &err), ML_OK);
    assert_int_equal(pthread_create(&thread, NULL, take_one, &budget), 0);
    ml_budget_cancel_all(&budget);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &budget);
    ml_budget_close(&budget);
}

struct crowd {
    struct ml_budget budget;
    atomic_uint held;
};

static void *take_many(void *context)
{
    struct crowd *crowd = context;
    struct ml_random random = {.state = (uint64_t)pthread_self()};
    struct ml_error err;
    for (int i = 0; i < 2000; i++) {
        const uint32_t bytes = 1 + ml_random_below(&random, 70);
        assert_int_equal(ml_budget_acquire(&crowd->budget, bytes, &err), ML_OK);
        assert_true(atomic_fetch_add(&crowd->held, bytes) + bytes <= 100);
        atomic_fetch_sub(&crowd->held, bytes);
        ml_budget_release(&crowd->budget, bytes);
    }
    return NULL;
}

static void many_threads_never_hold_more_than_the_total(void **state)
{
    (void)state;
    struct crowd crowd = {.held = 0};
    pthread_t threads[5];
    ml_budget_open(&crowd.budget, 100);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_many, &crowd),
                         0);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(crowd.budget.used_bytes, 0);
    assert_true(crowd.budget.peak_bytes <= 100);
    ml_budget_close(&crowd.budget);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_granted_in_their_order),
        cmocka_unit_test(cancelling_a_request_grants_the_next_ones),
        cmocka_unit_test(the_requester_is_woken_by_its_grant),
        cmocka_unit_test(a_request_beyond_the_total_is_refused_at_once),
        cmocka_unit_test(cancel_all_ends_all_waits),
        cmocka_unit_test(many_threads_never_hold_more_than_the_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
