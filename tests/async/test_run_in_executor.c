/* test_run_in_executor.c: calls that tasks await in threads: outcomes,
 * cancelling, shutdown of the executor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "async/run_in_executor.h"
#include "python/asyncio/gather.h"
#include "python/futures.h"
#include "support/async.h"
#include "support/step.h"

#define JOBS 40

struct place {
    struct ml_async_loop loop;
    struct ml_executor executor;
    struct ml_executor_call jobs[JOBS];
    struct step step;
};

static void place_open(struct place *place, uint32_t threads,
                       int (*initializer)(void *))
{
    struct ml_error err;
    assert_int_equal(ml_async_loop_open(&place->loop, &err), ML_OK);
    assert_int_equal(
        ml_executor_open(&place->executor, threads, initializer, NULL, &err),
        ML_OK);
    step_open(&place->step, 0);
}

static void place_close(struct place *place, size_t jobs)
{
    ml_event_set(&place->step.go);
    ml_executor_close(&place->executor);
    for (size_t i = 0; i < jobs; i++)
        ml_executor_call_close(&place->jobs[i]);
    ml_async_loop_close(&place->loop);
    step_close(&place->step);
}

static enum ml_sync_status submit(struct place *place, size_t i,
                                  int (*call)(void *), void *context)
{
    return ml_async_run_in_executor(&place->loop, &place->executor,
                                    &place->jobs[i], call, context);
}

static enum ml_sync_status end_of(struct place *place, size_t i)
{
    ml_async_run_until(&place->loop, &place->jobs[i].future);
    return place->jobs[i].future.status;
}

static void all_jobs_come_home(void **state)
{
    (void)state;
    struct place place;
    atomic_int count = 0;
    place_open(&place, 3, NULL);
    for (size_t i = 0; i < JOBS; i++)
        assert_int_equal(
            submit(&place, i, i % 4 == 3 ? refuse : count_up, &count),
            ML_SYNC_OK);
    for (size_t i = 0; i < JOBS; i++)
        assert_int_equal(end_of(&place, i),
                         i % 4 == 3 ? ML_SYNC_RAISED : ML_SYNC_OK);
    assert_int_equal(atomic_load(&count), JOBS - JOBS / 4);
    place_close(&place, JOBS);
}

/* The first runs: only the wait for it is cancelled.  The second has not begun,
 * and never will. */
static void cancelling_stops_what_has_not_begun(void **state)
{
    (void)state;
    struct place place;
    atomic_int count = 0;
    place_open(&place, 1, NULL);
    assert_int_equal(submit(&place, 0, take_step, &place.step), ML_SYNC_OK);
    assert_int_equal(submit(&place, 1, count_up, &count), ML_SYNC_OK);
    ml_sync_must(ml_event_wait(&place.step.begun, ML_FOREVER));
    for (size_t i = 0; i < 2; i++) {
        assert_true(ml_async_cancel(&place.jobs[i].future));
        assert_int_equal(end_of(&place, i), ML_SYNC_CANCELLED);
    }
    assert_true(ml_future_is_running(&place.jobs[0].inner));
    assert_true(ml_future_is_cancelled(&place.jobs[1].inner));
    ml_event_set(&place.step.go);
    ml_executor_shut_down(&place.executor, true, false);
    ml_async_process_events(&place.loop);
    ml_async_run_ready(&place.loop); /* both arrive without a waiting task */
    assert_int_equal(place.jobs[0].future.status, ML_SYNC_CANCELLED);
    assert_int_equal(atomic_load(&count), 0);
    place_close(&place, 2);
}

/* It ran when it was cancelled, and has ended since: its memory may be freed,
 * and the loop does not use it. */
static void a_closed_job_never_arrives(void **state)
{
    (void)state;
    struct place place;
    place_open(&place, 1, NULL);
    assert_int_equal(submit(&place, 0, take_step, &place.step), ML_SYNC_OK);
    ml_sync_must(ml_event_wait(&place.step.begun, ML_FOREVER));
    assert_true(ml_async_cancel(&place.jobs[0].future));
    ml_event_set(&place.step.go);
    ml_executor_shut_down(&place.executor, true, false);
    assert_true(place.jobs[0].arrival.queued);
    ml_executor_call_close(&place.jobs[0]);
    assert_int_equal(place.loop.threadsafe_calls.count + place.loop.ready.count,
                     0);
    memset(&place.jobs[0], 0xff, sizeof place.jobs[0]);
    ml_async_process_events(&place.loop);
    ml_async_run_ready(&place.loop);
    assert_int_equal(place.loop.counts.calls, 0);
    place_close(&place, 0);
}

static void who_waits_hears_of_the_executors_end(void **state)
{
    (void)state;
    struct place place;
    atomic_int count = 0;
    place_open(&place, 1, NULL);
    assert_int_equal(submit(&place, 0, take_step, &place.step), ML_SYNC_OK);
    assert_int_equal(submit(&place, 1, count_up, &count), ML_SYNC_OK);
    ml_sync_must(ml_event_wait(&place.step.begun, ML_FOREVER));
    ml_executor_shut_down(&place.executor, false, true);
    assert_int_equal(end_of(&place, 1), ML_SYNC_CANCELLED);
    assert_int_equal(submit(&place, 2, count_up, &count), ML_SYNC_SHUT_DOWN);
    ml_event_set(&place.step.go);
    assert_int_equal(end_of(&place, 0), ML_SYNC_OK);
    assert_int_equal(atomic_load(&count), 0);
    place_close(&place, 2);
}

static void who_waits_hears_that_it_is_broken(void **state)
{
    (void)state;
    struct place place;
    atomic_int count = 0;
    place_open(&place, 1, refuse);
    const enum ml_sync_status status = submit(&place, 0, count_up, &count);
    if (status == ML_SYNC_OK)
        assert_int_equal(end_of(&place, 0), ML_SYNC_BROKEN);
    else
        assert_int_equal(status, ML_SYNC_BROKEN);
    assert_int_equal(atomic_load(&count), 0);
    place_close(&place, status == ML_SYNC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_jobs_come_home),
        cmocka_unit_test(cancelling_stops_what_has_not_begun),
        cmocka_unit_test(a_closed_job_never_arrives),
        cmocka_unit_test(who_waits_hears_of_the_executors_end),
        cmocka_unit_test(who_waits_hears_that_it_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
