/* A run that is stopped, whose workers are killed or cannot start: every
 * started job ends exactly once, and no result is lost.
 *
 * Slow: every plan with faults of every kind.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <signal.h>
#include <string.h>
#include <cmocka.h>

#include "base/random.h"
#include "support/pipeline/batch.h"
#include "support/workers.h"

/* ---- stopping ---- */

static void stop_after_five(struct memory_run *run, size_t ended)
{
    if (ended == 5)
        ml_run_stop(run->run);
}

static void a_stop_ends_every_started_job_and_starts_no_other(void **state)
{
    (void)state;
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct ml_error err;
    memory_run_order(&settings, &chain, batch_filters);
    for (size_t p = 0; p < batch_plan_count; p++) {
        struct memory_run run;
        settings.pool.transport =
            (enum ml_transport_id)(p % ML_TRANSPORT_COUNT);
        memory_run_open(&run, batch_pictures, BATCH_PICTURES);
        run.each = stop_after_five;
        assert_int_equal(
            memory_run_go(&run, &settings, batch_plans[p], 2, &err), ML_OK);
        assert_true(run.ended >= 5);
        assert_int_equal(run.ended, run.next);
        for (size_t i = 0; i < BATCH_PICTURES; i++)
            assert_int_equal(run.io[i], i < run.next ? 1 : 0);
        memory_run_close(&run);
    }
}

/* ---- dying workers ---- */

static void kill_one(struct memory_run *run, size_t ended)
{
    struct ml_random *random = run->each_context;
    int pids[16];
    if (ended % 3 != 0)
        return;
    const size_t count = test_workers(pids, 16);
    if (count > 0)
        (void)kill(pids[ml_random_below(random, (uint32_t)count)], SIGKILL);
}

static void killed_workers_lose_no_result(void **state)
{
    (void)state;
    enum { many = 150 };
    struct ml_random random = {.state = 1};
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct memory_run serial, run;
    struct ml_error err;
    struct test_file inputs[many];
    for (size_t i = 0; i < many; i++)
        inputs[i] = batch_pictures[i % BATCH_PICTURES];
    memory_run_order(&settings, &chain, batch_filters);
    batch_serial(&serial, &settings);
    for (size_t p = 0; p < batch_plan_count; p++) {
        if (!strstr(batch_plans[p], "processes"))
            continue;
        settings.pool.transport = p == 1   ? ML_TRANSPORT_PICKLE
                                  : p == 5 ? ML_TRANSPORT_PICKLE_INLINE
                                           : ML_TRANSPORT_SHM;
        memory_run_open(&run, inputs, many);
        run.each = kill_one;
        run.each_context = &random;
        if (memory_run_go(&run, &settings, batch_plans[p], 2, &err) != ML_OK)
            fail_msg("%s: after %zu of %d: %s: %s", batch_plans[p], run.ended,
                     many, err.what, err.why);
        assert_true(run.counts.worker_deaths > 0);
        for (size_t i = 0; i < many; i++) {
            assert_int_equal(run.io[i], 1);
            if (run.errors[i].status !=
                serial.errors[i % BATCH_PICTURES].status)
                fail_msg("%s: job %zu: %s: %s", batch_plans[p], i,
                         run.errors[i].what, run.errors[i].why);
            assert_int_equal(run.outputs[i].size,
                             serial.outputs[i % BATCH_PICTURES].size);
            if (run.outputs[i].size)
                assert_memory_equal(run.outputs[i].data,
                                    serial.outputs[i % BATCH_PICTURES].data,
                                    run.outputs[i].size);
        }
        memory_run_close(&run);
    }
    memory_run_close(&serial);
}

static void a_worker_program_that_cannot_start_is_one_clear_error(void **state)
{
    (void)state;
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct memory_run run;
    struct ml_error err;
    static const char *const programs[] = {"/nonexistent/minilab",
                                           "/bin/false"};
    memory_run_order(&settings, &chain, batch_filters);
    for (size_t i = 0; i < 2; i++) {
        settings.worker_program = programs[i];
        memory_run_open(&run, batch_pictures, BATCH_PICTURES);
        assert_int_not_equal(
            memory_run_go(&run, &settings, batch_plans[1], 2, &err), ML_OK);
        assert_true(err.what[0] != '\0' && err.remedy[0] != '\0');
        for (size_t k = 0; k < run.next; k++)
            assert_int_equal(run.io[k], 1);
        memory_run_close(&run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_ends_every_started_job_and_starts_no_other),
        cmocka_unit_test(killed_workers_lose_no_result),
        cmocka_unit_test(a_worker_program_that_cannot_start_is_one_clear_error),
    };
    return cmocka_run_group_tests(tests, batch_make, batch_free);
}
