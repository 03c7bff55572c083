/* The event loop: waits overlap without threads, computing blocks it and is
 * measured, a stop ends every wait.
 *
 * Slow: whole runs, several rounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "codec/registry.h"
#include "os/mutex.h"
#include "support/pipeline/memory_run.h"

#define PICTURES 48
#define ROUNDS 5 /* at least one of them undisturbed by other processes */

static struct test_file small, large;

static void make_picture(struct test_file *file, uint32_t side)
{
    const struct ml_shape shape = {side, side, ML_GRAY, 8, 1, 1};
    struct test_frame frame;
    struct ml_sink sink = {.options = ml_sink_options_default};
    struct ml_error err;
    test_frame_open(&frame, &shape);
    test_frame_paint(&frame, side);
    assert_int_equal(
        test_encode(&sink, &ml_codec_jpeg, &frame, 0, 8 << 20, file, &err),
        ML_OK);
    test_frame_close(&frame);
}

static int make_pictures(void **state)
{
    (void)state;
    make_picture(&small, 40);
    make_picture(&large, 1000);
    return 0;
}

static int free_pictures(void **state)
{
    (void)state;
    test_file_close(&small);
    test_file_close(&large);
    return 0;
}

static const char *const no_filters[] = {NULL};

/* Run, with no failed job; gives the loop's counts, its lag if there are no
 * delays.  Returns the time of the run. */
static uint64_t go_well(const struct test_file *picture, size_t count,
                        const char *const *filters, uint64_t delay_ns,
                        const char *plan, struct ml_run_counts *counts)
{
    struct test_file inputs[PICTURES];
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct memory_run run;
    struct ml_error err;
    for (size_t i = 0; i < count; i++)
        inputs[i] = *picture;
    memory_run_order(&settings, &chain, filters);
    settings.io_delay_ns = delay_ns;
    settings.loop_lag = delay_ns == 0;
    memory_run_open(&run, inputs, count);
    const uint64_t start = ml_now_ns();
    assert_int_equal(memory_run_go(&run, &settings, plan, 2, &err), ML_OK);
    const uint64_t took_ns = ml_now_ns() - start;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(run.errors[i].status, ML_OK);
    *counts = run.counts;
    memory_run_close(&run);
    return took_ns;
}

static void delays_overlap_as_many_as_are_in_flight(void **state)
{
    (void)state;
    static const char *const ways[] = {
        "read,decode,filter,encode,write@loop:16",
        "read@loop:16 | decode,filter,encode@threads:2 | write@loop",
        "read@loop:16 | decode,filter,encode@processes:2 | write@loop"};
    const uint64_t delay_ns = 100 * ML_NS_PER_MS;
    const uint64_t quick_ns =
        PICTURES * delay_ns / 4; /* a sixteenth is expected */
    for (size_t w = 0; w < 3; w++) {
        uint64_t best_ns = UINT64_MAX;
        for (int round = 0; round < ROUNDS && best_ns >= quick_ns; round++) {
            struct ml_run_counts counts;
            const uint64_t took_ns = go_well(&small, PICTURES, no_filters,
                                             delay_ns, ways[w], &counts);
            assert_true(counts.loops);
            assert_int_equal(counts.loop.delays, PICTURES);
            assert_int_equal(counts.loop.delays_most, 16);
            assert_int_equal(counts.loop.file_works, 3 * PICTURES);
            assert_false(counts.loop.lag_watched);
            assert_int_equal(counts.loop.lag.count, 0);
            assert_true(took_ns >= PICTURES / 16 * delay_ns);
            if (took_ns < best_ns)
                best_ns = took_ns;
        }
        assert_true(best_ns < quick_ns);
    }
}

/* The loop sleeps once for each wake-up: the delay, three file works, a free
 * entry of the table of jobs, and sometimes a file work that is done before the
 * loop sleeps.  A ticking timer would wake it 300 times. */
static void a_loop_that_waits_sleeps(void **state)
{
    (void)state;
    struct ml_run_counts counts;
    (void)go_well(&small, 1, no_filters, 300 * ML_NS_PER_MS,
                  "read,decode,filter,encode,write@loop:4", &counts);
    assert_in_range(counts.loop.polls, 1, 20);
    assert_in_range(counts.loop.iterations, counts.loop.polls, 60);
}

static void threads_wait_one_after_the_other(void **state)
{
    (void)state;
    const uint64_t delay_ns = 2 * ML_NS_PER_MS;
    struct ml_run_counts counts;
    assert_true(go_well(&small, 8, no_filters, delay_ns,
                        "read,decode,filter,encode,write@inline",
                        &counts) >= 8 * delay_ns);
    assert_false(counts.loops);
    assert_true(go_well(&small, 8, no_filters, delay_ns,
                        "read@threads:2 | decode,filter,encode@threads:2 | "
                        "write@threads:1",
                        &counts) >= 4 * delay_ns);
}

static void computing_blocks_the_loop_and_is_measured(void **state)
{
    (void)state;
    static const char *const spin[] = {"spin:120ms", NULL};
    struct ml_run_counts counts;
    (void)go_well(&large, 2, spin, 0, "read,decode,filter,encode,write@loop",
                  &counts);
    /* On a busy machine another task may block it as long. */
    assert_true(counts.loop.slow_tasks >= 2);
    assert_true(counts.loop.slowest_ns >= 120 * ML_NS_PER_MS);
    assert_true(counts.loop.blocked_ns >= 240 * ML_NS_PER_MS);
    assert_true(counts.loop.lag.max_ns >= 100 * ML_NS_PER_MS);
    /* Also of a stage that computes last and writes nothing. */
    (void)go_well(&large, 1, spin, 0,
                  "read,decode,filter,encode@loop | write@threads:1", &counts);
    assert_true(counts.loop.slow_tasks >= 1);
    assert_true(counts.loop.lag.max_ns >= 100 * ML_NS_PER_MS);
}

static void computing_in_threads_does_not_block_it(void **state)
{
    (void)state;
    static const char *const spin[] = {"spin:120ms", NULL};
    static const char *const ways[] = {
        "read@loop | decode,filter,encode@threads:1 | write@loop",
        "read@loop | decode,filter,encode@processes:1 | write@loop"};
    for (size_t w = 0; w < 2; w++) {
        struct ml_run_counts counts = {.loop.blocked_ns = 1};
        /* The system may keep the loop from a CPU for as long. */
        for (int round = 0; round < ROUNDS && counts.loop.blocked_ns; round++)
            (void)go_well(&large, 2, spin, 0, ways[w], &counts);
        assert_int_equal(counts.loop.blocked_ns, 0);
        /* Its timer ran: a tick a millisecond, at least one in twelve. */
        assert_true(counts.loop.lag.count >= 20);
        assert_true(ml_histogram_quantile(&counts.loop.lag, 0.5) <
                    100 * ML_NS_PER_MS);
    }
}

/* Each iteration of the loop waits a switch interval for the lock: most of the
 * time that the threads compute is lag.  Without the lock it would be a tenth
 * of a millisecond a tick. */
static void threads_with_the_lock_make_the_loop_late(void **state)
{
    (void)state;
    static const char *const spin[] = {"spin:120ms", NULL};
    struct ml_run_counts counts = {.loop.blocked_ns = 1};
    for (int round = 0; round < ROUNDS && counts.loop.blocked_ns; round++)
        (void)go_well(&large, 2, spin, 0,
                      "read@loop | decode,filter,encode@gil:1 | write@loop",
                      &counts);
    assert_int_equal(counts.loop.blocked_ns, 0);
    assert_true(counts.loop.lag.sum_ns >= 120 * ML_NS_PER_MS);
    assert_int_equal(counts.gil.threads, 2); /* the loop is one of them */
    assert_true(counts.gil.gil.requests > 0);
    assert_true(counts.gil.gil.switches > 10);
}

/* ---- stopping ---- */

struct stopper {
    struct memory_run *run;
    pthread_t thread;
    struct ml_mutex lock; /* guards `begun` */
    struct ml_cond changed;
    bool begun;
};

static void *stop_once_begun(void *context)
{
    struct stopper *stopper = context;
    ml_mutex_lock(&stopper->lock);
    while (!stopper->begun)
        ml_cond_wait(&stopper->changed, &stopper->lock);
    ml_mutex_unlock(&stopper->lock);
    ml_run_stop(stopper->run->run);
    return NULL;
}

static void note_begun(struct memory_run *run)
{
    struct stopper *stopper = run->each_context;
    ml_mutex_lock(&stopper->lock);
    stopper->begun = true;
    ml_cond_signal(&stopper->changed);
    ml_mutex_unlock(&stopper->lock);
}

/* The stop may wake the run before ml_run_stop() returns. */
static void join_stopper(struct memory_run *run)
{
    struct stopper *stopper = run->each_context;
    assert_int_equal(pthread_join(stopper->thread, NULL), 0);
}

static void a_stop_ends_delays_of_an_hour(void **state)
{
    (void)state;
    static const char *const ways[] = {
        "read,decode,filter,encode,write@inline",
        "read@threads:2 | decode,filter,encode@threads:1 | write@threads:1",
        "read@threads:2 | decode,filter,encode@processes:1 | write@threads:1",
        "read,decode,filter,encode,write@loop:4",
        "read@loop:4 | decode,filter,encode@processes:1 | write@loop",
        "read@loop:4 | decode,filter,encode@gil:1 | write@loop",
        "read@gil:2 | decode,filter,encode@gil:1 | write@gil:1",
        "read@loop:4 | decode,filter,encode@threads:1 | write@threads:1"};
    struct test_file inputs[PICTURES];
    for (size_t i = 0; i < PICTURES; i++)
        inputs[i] = small;
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        struct ml_chain chain;
        struct ml_run_settings settings;
        struct memory_run run;
        struct ml_error err;
        struct stopper stopper = {.run = &run};
        memory_run_order(&settings, &chain, no_filters);
        settings.io_delay_ns = 3600 * ML_NS_PER_S;
        memory_run_open(&run, inputs, PICTURES);
        run.each_next = note_begun;
        run.gone = join_stopper;
        run.each_context = &stopper;
        ml_mutex_open(&stopper.lock);
        ml_cond_open(&stopper.changed);
        assert_int_equal(
            pthread_create(&stopper.thread, NULL, stop_once_begun, &stopper),
            0);
        assert_int_equal(memory_run_go(&run, &settings, ways[w], 2, &err),
                         ML_OK);
        assert_true(run.next >= 1 && run.next < PICTURES);
        for (size_t i = 0; i < run.next; i++) {
            assert_int_equal(run.io[i], 1);
            assert_int_equal(run.errors[i].status, ML_ERR_CANCELLED);
            assert_int_equal(run.errors[i].step, ML_STEP_READ);
        }
        ml_cond_close(&stopper.changed);
        ml_mutex_close(&stopper.lock);
        memory_run_close(&run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_overlap_as_many_as_are_in_flight),
        cmocka_unit_test(a_loop_that_waits_sleeps),
        cmocka_unit_test(threads_wait_one_after_the_other),
        cmocka_unit_test(computing_blocks_the_loop_and_is_measured),
        cmocka_unit_test(computing_in_threads_does_not_block_it),
        cmocka_unit_test(threads_with_the_lock_make_the_loop_late),
        cmocka_unit_test(a_stop_ends_delays_of_an_hour),
    };
    return cmocka_run_group_tests(tests, make_pictures, free_pictures);
}
