/* The policies of Python's pools: the outcome of jobs when a worker dies, and
 * the number of jobs that a worker is given. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "pipeline/processes/policy.h"
#include "support/pipeline/hostile_batch.h"

static const unsigned widths[] = {1, 2, 3};

static bool has_crashed_with(const struct memory_run *run, size_t job,
                             const char *why)
{
    return run->errors[job].status == ML_ERR_CRASH &&
           strstr(run->errors[job].why, why) != NULL;
}

/* Each job taken ends once: it succeeds if it was done before the death, or
 * fails with BrokenProcessPool. */
static void a_death_breaks_the_pool_of_an_executor(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3 * HOSTILE_WAYS; i++) {
        struct ml_pool_settings pool = hostile_ways[i % HOSTILE_WAYS];
        struct memory_run run;
        struct ml_error err;
        pool.policy = ML_POOL_EXECUTOR;
        const struct hostile_batch batch = {.deed = i % 2 ? "die" : "exit-0",
                                            .plan = HOSTILE_PLAN,
                                            .pool = &pool,
                                            .jobs = widths[i / HOSTILE_WAYS],
                                            .count = HOSTILE_JOBS,
                                            .deeds = 1};
        assert_int_equal(hostile_batch_do(&run, &batch, &err), ML_ERR_CRASH);
        assert_non_null(strstr(err.why, "BrokenProcessPool"));
        assert_int_equal(run.ended, run.next);
        for (size_t job = 0; job < run.next; job++) {
            assert_int_equal(run.io[job], 1);
            if (!has_crashed_with(&run, job, "BrokenProcessPool"))
                hostile_assert_echoed(&run, job);
        }
        assert_true(
            has_crashed_with(&run, HOSTILE_JOBS / 2, "BrokenProcessPool"));
        assert_int_equal(run.counts.worker_deaths, 1);
        memory_run_close(&run);
    }
}

static size_t assert_lost_or_echoed(const struct memory_run *run)
{
    size_t lost = 0;
    for (size_t job = 0; job < run->count; job++) {
        assert_int_equal(run->io[job], 1);
        if (has_crashed_with(run, job, "CPython would hang here"))
            lost++;
        else
            hostile_assert_echoed(run, job);
    }
    assert_int_equal(run->counts.lost, lost);
    return lost;
}

/* More deaths than jobs that may be lost at one time (ML_POOL_LOST_MAX). */
static void a_death_in_the_pool_of_mp_loses_its_task(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3 * HOSTILE_WAYS; i++) {
        static const uint32_t chunks[] = {1, 5, 0};
        struct ml_pool_settings pool = hostile_ways[i % HOSTILE_WAYS];
        struct memory_run run;
        struct ml_error err;
        pool.policy = ML_POOL_MP;
        pool.chunk = chunks[i / HOSTILE_WAYS];
        const struct hostile_batch batch = {
            .deed = "die",
            .plan = HOSTILE_PLAN,
            .pool = &pool,
            .jobs = widths[(i + i / HOSTILE_WAYS) % 3],
            .count = HOSTILE_JOBS,
            .deeds = 12};
        assert_int_equal(hostile_batch_do(&run, &batch, &err), ML_OK);
        for (size_t job = 0; job < 12; job++)
            assert_true(
                has_crashed_with(&run, HOSTILE_JOBS / 2 + job, "would hang"));
        const size_t lost = assert_lost_or_echoed(&run);
        const uint64_t deaths = run.counts.worker_deaths;
        const uint32_t chunk = pool.chunk == 0 ? 1 : pool.chunk;
        assert_int_equal(run.counts.chunk, chunk);
        assert_true(lost >= deaths && lost <= deaths * chunk);
        if (chunk == 1)
            assert_int_equal(lost, 12);
        memory_run_close(&run);
    }
}

/* Opening the last input blocks until the lost job has ended: that job must end
 * before the run does. */
static void wait_for_the_lost_job(struct memory_run *run, uint64_t number)
{
    if (number == HOSTILE_JOBS - 1)
        memory_run_await_end(run, HOSTILE_JOBS / 2);
}

static void a_lost_task_ends_before_the_last_input_is_read(void **state)
{
    (void)state;
    const struct ml_pool_settings pool = {.policy = ML_POOL_MP};
    const struct hostile_batch batch = {.deed = "die",
                                        .plan = HOSTILE_PLAN,
                                        .pool = &pool,
                                        .jobs = 2,
                                        .count = HOSTILE_JOBS,
                                        .deeds = 1,
                                        .opening = wait_for_the_lost_job};
    struct memory_run run;
    struct ml_error err;
    assert_int_equal(hostile_batch_do(&run, &batch, &err), ML_OK);
    assert_int_equal(assert_lost_or_echoed(&run), 1);
    memory_run_close(&run);
}

/* As Pool(maxtasksperchild=3).map(f, range(12)): 4 processes with chunks of 1,
 * 2 with chunks of 2.  With two workers one more may start, too late for the
 * last chunk. */
static void children_do_maxtasksperchild_chunks_and_exit(void **state)
{
    (void)state;
    static const char *const deeds[] = {"limit-3", "limit-6"};
    for (size_t i = 0; i < 4 * HOSTILE_WAYS; i++) {
        const uint32_t chunk = i / HOSTILE_WAYS % 2 ? 2 : 1;
        const unsigned width = i < 2 * HOSTILE_WAYS ? 1 : 2;
        struct ml_pool_settings pool = hostile_ways[i % HOSTILE_WAYS];
        struct memory_run run;
        struct ml_error err;
        pool.policy = (enum ml_pool_policy)(i % ML_POOL_POLICY_COUNT);
        pool.chunk = chunk;
        pool.tasks_per_child = 3;
        const struct hostile_batch batch = {.deed = deeds[chunk - 1],
                                            .plan = HOSTILE_PLAN,
                                            .pool = &pool,
                                            .jobs = width,
                                            .count = 12,
                                            .deeds = 6};
        assert_int_equal(hostile_batch_do(&run, &batch, &err), ML_OK);
        for (size_t job = 0; job < 12; job++)
            assert_int_equal(run.errors[job].status, ML_OK);
        assert_int_equal(run.counts.worker_deaths, 0);
        const uint64_t children = run.counts.starts.workers;
        const uint64_t expected = 4 / chunk;
        if (children < expected || children > expected + width - 1)
            fail_msg("%llu processes", (unsigned long long)children);
        memory_run_close(&run);
    }
}

/* The chunk sizes of multiprocessing.Pool of CPython 3.11 for 1, 7, 8, 9 and
 * 100 items with two workers. */
static void chunks_are_those_of_python(void **state)
{
    (void)state;
    static const uint32_t chunks[][2] = {
        {1, 1}, {7, 1}, {8, 1}, {9, 2}, {100, 13}};
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++)
        assert_int_equal(ml_pool_chunk(ML_POOL_MP, chunks[i][0], 2),
                         chunks[i][1]);
    assert_int_equal(ml_pool_chunk(ML_POOL_MP, 0, 2), 1);
    assert_int_equal(ml_pool_chunk(ML_POOL_EXECUTOR, 100, 2), 1);
    assert_int_equal(ml_pool_chunk(ML_POOL_RETRY, 100, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_death_breaks_the_pool_of_an_executor),
        cmocka_unit_test(a_death_in_the_pool_of_mp_loses_its_task),
        cmocka_unit_test(a_lost_task_ends_before_the_last_input_is_read),
        cmocka_unit_test(children_do_maxtasksperchild_chunks_and_exit),
        cmocka_unit_test(chunks_are_those_of_python),
    };
    return cmocka_run_group_tests(tests, hostile_open, hostile_close);
}
