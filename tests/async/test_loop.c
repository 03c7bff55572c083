/* test_loop.c: the event loop: iterations, timers, calls of other threads,
 * lag. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "python/asyncio/gather.h"
#include "support/async.h"
#include "support/threads.h"

/* ---- iterations ---- */

struct noter {
    struct ml_async_handle call;
    struct notes *notes;
    char what;
    struct ml_async_loop *again; /* to queue itself once more, or NULL */
};

static void noter_run(void *context)
{
    struct noter *noter = context;
    note(noter->notes, noter->what);
    if (noter->again)
        ml_async_call_soon(noter->again, &noter->call);
    noter->again = NULL;
}

static void noter_open(struct noter *noter, struct notes *notes, char what)
{
    *noter = (struct noter){.notes = notes, .what = what};
    noter->call = (struct ml_async_handle){.run = noter_run, .context = noter};
}

static void what_gets_ready_meanwhile_is_called_in_the_next_one(void **state)
{
    (void)state;
    struct hand_loop hand;
    struct notes notes = {0};
    struct noter a, b;
    hand_loop_open(&hand);
    noter_open(&a, &notes, 'a');
    noter_open(&b, &notes, 'b');
    a.again = &hand.loop;
    ml_async_call_soon(&hand.loop, &a.call);
    ml_async_call_soon(&hand.loop, &b.call);
    assert_int_equal(ml_async_timeout_ms(&hand.loop), 0);
    hand_loop_turn(&hand);
    assert_string_equal(notes.text, "ab");
    hand_loop_turn(&hand);
    assert_string_equal(notes.text, "aba");
    assert_int_equal(ml_async_timeout_ms(&hand.loop), -1);
    assert_int_equal(hand.loop.counts.iterations, 2);
    assert_int_equal(hand.loop.counts.calls, 3);
    ml_async_loop_close(&hand.loop);
}

static void timers_come_behind_what_is_ready(void **state)
{
    (void)state;
    struct hand_loop hand;
    struct notes notes = {0};
    struct noter a, timed;
    struct ml_async_timer timer = {0}, never = {0};
    hand_loop_open(&hand);
    noter_open(&a, &notes, 'a');
    noter_open(&timed, &notes, 't');
    timer.call = timed.call;
    never.call = timed.call;
    ml_async_call_at(&hand.loop, &timer, hand.now_ns);
    ml_async_call_at(&hand.loop, &never, hand.now_ns + 1);
    ml_async_call_soon(&hand.loop, &a.call);
    hand_loop_turn(&hand);
    assert_string_equal(notes.text, "at");
    /* A nanosecond is a millisecond of sleep. */
    assert_int_equal(ml_async_timeout_ms(&hand.loop), 1);
    ml_async_timer_stop(&hand.loop, &never);
    ml_async_timer_stop(&hand.loop, &never); /* not set: no effect */
    assert_int_equal(ml_async_timeout_ms(&hand.loop), -1);
    ml_async_loop_close(&hand.loop);
}

/* ---- the real clock ---- */

#define TIMERS 6

struct timed {
    struct ml_async_timer timer;
    uint64_t came_ns;
    struct ml_async_future *last; /* its result is set last */
};

static void timed_run(void *context)
{
    struct timed *timed = context;
    timed->came_ns = ml_now_ns();
    if (timed->last)
        ml_async_set_result(timed->last, ML_SYNC_OK, NULL);
}

/* At most one sleep each: no tick, no early wake-up. */
static void timers_are_never_early_and_wake_once(void **state)
{
    (void)state;
    struct ml_async_loop loop;
    struct ml_async_future end;
    struct timed timed[TIMERS];
    struct ml_error err;
    assert_int_equal(ml_async_loop_open(&loop, &err), ML_OK);
    ml_async_future_open(&end, &loop);
    for (size_t i = 0; i < TIMERS; i++) {
        timed[i] = (struct timed){.last = i == 0 ? &end : NULL};
        timed[i].timer.call =
            (struct ml_async_handle){.run = timed_run, .context = &timed[i]};
        ml_async_call_at(&loop, &timed[i].timer,
                         ml_now_ns() + (TIMERS - i) * 5300000);
    }
    ml_async_run_until(&loop, &end);
    for (size_t i = 0; i < TIMERS; i++)
        assert_true(timed[i].came_ns >= timed[i].timer.due_ns);
    assert_in_range(loop.counts.polls, 1, TIMERS);
    ml_async_loop_close(&loop);
}

/* ---- other threads ---- */

#define CALLERS 3
#define CALLS 2000

struct crowd {
    struct ml_async_loop loop;
    struct ml_async_future end;
    size_t count;
};

struct caller {
    struct crowd *crowd;
    size_t count; /* of its calls that arrived, in order */
    struct one_call {
        struct ml_async_handle call;
        struct caller *caller;
        size_t number;
    } calls[CALLS];
};

static void one_comes(void *context)
{
    struct one_call *one = context;
    struct crowd *crowd = one->caller->crowd;
    assert_int_equal(one->number, one->caller->count);
    one->caller->count++;
    if (++crowd->count == CALLERS * CALLS)
        ml_async_set_result(&crowd->end, ML_SYNC_OK, NULL);
}

static void *call_often(void *context)
{
    struct caller *caller = context;
    for (size_t i = 0; i < CALLS; i++) {
        struct one_call *one = &caller->calls[i];
        *one = (struct one_call){.caller = caller, .number = i};
        one->call = (struct ml_async_handle){.run = one_comes, .context = one};
        ml_async_call_soon_threadsafe(&caller->crowd->loop, &one->call);
    }
    return NULL;
}

static void calls_of_other_threads_come_in_their_order(void **state)
{
    (void)state;
    static struct caller callers[CALLERS];
    struct crowd crowd = {.count = 0};
    pthread_t threads[CALLERS];
    struct ml_error err;
    assert_int_equal(ml_async_loop_open(&crowd.loop, &err), ML_OK);
    ml_async_future_open(&crowd.end, &crowd.loop);
    for (size_t i = 0; i < CALLERS; i++) {
        callers[i].crowd = &crowd;
        callers[i].count = 0;
        threads[i] = start(call_often, &callers[i]);
    }
    ml_async_run_until(&crowd.loop, &crowd.end);
    for (size_t i = 0; i < CALLERS; i++) {
        finish(threads[i]);
        assert_int_equal(callers[i].count, CALLS);
    }
    ml_async_loop_close(&crowd.loop);
}

/* A loop that always has a ready call still takes calls of other threads. */
static void ready_calls_do_not_delay_other_threads(void **state)
{
    (void)state;
    struct hand_loop hand;
    struct notes notes = {0};
    struct noter busy, outside;
    hand_loop_open(&hand);
    noter_open(&busy, &notes, 'b');
    noter_open(&outside, &notes, 'o');
    for (int i = 0; i < 3; i++) {
        busy.again = &hand.loop;
        if (i == 0)
            ml_async_call_soon(&hand.loop, &busy.call);
        if (i == 1)
            ml_async_call_soon_threadsafe(&hand.loop, &outside.call);
        hand_loop_turn(&hand);
    }
    assert_string_equal(notes.text, "bbob");
    ml_async_loop_close(&hand.loop);
}

/* ---- lag ---- */

struct holder {
    struct ml_async_handle call;
    struct hand_loop *hand;
    uint64_t ns;
};

static void holder_run(void *context)
{
    const struct holder *holder = context;
    holder->hand->now_ns += holder->ns;
    assert_int_equal(ml_async_running_ns(&holder->hand->loop), holder->ns);
}

static void hold(struct hand_loop *hand, struct holder *holder, uint64_t ms)
{
    *holder = (struct holder){.hand = hand, .ns = ms * ML_NS_PER_MS};
    holder->call =
        (struct ml_async_handle){.run = holder_run, .context = holder};
    ml_async_call_soon(&hand->loop, &holder->call);
}

static void count_slow(void *context, const struct ml_async_handle *call,
                       uint64_t ns)
{
    uint64_t *told_ns = context;
    assert_non_null(call);
    *told_ns += ns;
}

static void each_call_is_held_against_its_own_time(void **state)
{
    (void)state;
    struct hand_loop hand;
    struct holder holders[3];
    uint64_t told_ns = 0;
    hand_loop_open(&hand);
    hand.loop.slow = count_slow;
    hand.loop.context = &told_ns;
    hold(&hand, &holders[0], 99);
    hold(&hand, &holders[1], 100);
    hold(&hand, &holders[2], 30);
    hand_loop_turn(&hand);
    assert_int_equal(told_ns, 100 * ML_NS_PER_MS);
    assert_int_equal(hand.loop.counts.slow_calls, 1);
    assert_int_equal(hand.loop.counts.slowest_ns, 100 * ML_NS_PER_MS);
    assert_int_equal(holders[0].call.running_ns, 99 * ML_NS_PER_MS);
    assert_int_equal(holders[2].call.running_ns, 30 * ML_NS_PER_MS);
    ml_async_loop_close(&hand.loop);
}

static void lag_is_how_late_a_timer_of_a_millisecond_comes(void **state)
{
    (void)state;
    struct hand_loop hand;
    struct holder holder;
    struct ml_histogram lag = {0};
    hand_loop_open(&hand);
    ml_async_lag_start(&hand.loop, &lag);
    for (int i = 0; i < 10; i++) { /* in time, ten times */
        ml_async_poll(&hand.loop, ml_async_timeout_ms(&hand.loop));
        hand_loop_turn(&hand);
    }
    assert_int_equal(lag.count, 10);
    assert_int_equal(lag.max_ns, 0);
    hold(&hand, &holder, 50);
    hand_loop_turn(&hand);
    hand_loop_turn(&hand);
    assert_int_equal(lag.count, 11);
    assert_int_equal(lag.max_ns, 49 * ML_NS_PER_MS);
    hold(&hand, &holder, 70); /* and the end, before the tick could come */
    hand_loop_turn(&hand);
    ml_async_lag_stop(&hand.loop);
    assert_int_equal(lag.count, 12);
    assert_int_equal(lag.max_ns, 69 * ML_NS_PER_MS);
    assert_int_equal(ml_async_timeout_ms(&hand.loop), -1); /* no tick */
    ml_async_lag_stop(&hand.loop);
    assert_int_equal(lag.count, 12);
    ml_async_loop_close(&hand.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_gets_ready_meanwhile_is_called_in_the_next_one),
        cmocka_unit_test(timers_come_behind_what_is_ready),
        cmocka_unit_test(timers_are_never_early_and_wake_once),
        cmocka_unit_test(calls_of_other_threads_come_in_their_order),
        cmocka_unit_test(ready_calls_do_not_delay_other_threads),
        cmocka_unit_test(each_call_is_held_against_its_own_time),
        cmocka_unit_test(lag_is_how_late_a_timer_of_a_millisecond_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
