/* Threads of the pipeline under an interpreter lock: with every policy the
 * bytes are those of serial, and the counts are right.  And computing that is
 * done several times. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "codec/registry.h"
#include "support/pipeline/memory_run.h"

#define PICTURES 10
#define SHORT_NS UINT64_C(20000)
#define HOUR_NS (3600 * ML_NS_PER_S)

static const char serial[] = "read,decode,filter,encode,write@inline";
static const char under_lock[] =
    "read@gil:R | decode,filter,encode@gil:N | write@gil:1";
static const char *const filters[] = {"blur:1.5", "sleep:1ms", "resize:90x90",
                                      NULL};

static struct test_file pictures[PICTURES];

static int make_pictures(void **state)
{
    (void)state;
    for (size_t i = 0; i < PICTURES; i++) {
        const struct ml_shape shape = {.width = (uint32_t)(100 + 17 * i),
                                       .height = (uint32_t)(300 - 11 * i),
                                       .layout = ML_RGB,
                                       .bits = 8,
                                       .sub_x = 1,
                                       .sub_y = 1};
        struct test_frame frame;
        struct ml_sink sink = {.options = ml_sink_options_default};
        struct ml_error err;
        test_frame_open(&frame, &shape);
        test_frame_paint(&frame, i);
        assert_int_equal(test_encode(&sink, &ml_codec_jpeg, &frame, 0, 4 << 20,
                                     &pictures[i], &err),
                         ML_OK);
        test_frame_close(&frame);
    }
    return 0;
}

static int free_pictures(void **state)
{
    (void)state;
    for (size_t i = 0; i < PICTURES; i++)
        test_file_close(&pictures[i]);
    return 0;
}

static void go(struct memory_run *run, struct ml_run_settings *settings,
               const char *plan, unsigned jobs)
{
    struct ml_error err;
    memory_run_open(run, pictures, PICTURES);
    if (memory_run_go(run, settings, plan, jobs, &err) != ML_OK)
        fail_msg("%s: %s: %s", plan, err.what, err.why);
}

static void assert_same_bytes(const struct memory_run *a,
                              const struct memory_run *b)
{
    for (size_t i = 0; i < PICTURES; i++) {
        assert_int_equal(b->errors[i].status, ML_OK);
        assert_int_equal(a->outputs[i].size, b->outputs[i].size);
        assert_memory_equal(a->outputs[i].data, b->outputs[i].data,
                            a->outputs[i].size);
    }
}

static uint64_t rows(const struct memory_run *run, enum ml_compute_phase part)
{
    return run->counts.gil.paces[part].rows;
}

/* What holds in whichever order the threads ran. */
static void check_books(const struct memory_run *run,
                        const struct ml_gil_settings *settings)
{
    const struct ml_gil_stats *guards = &run->counts.gil;
    const struct ml_gil_counts *gil = &guards->gil;
    const bool locked = settings->flavour != ML_GIL_OFF;
    const bool looks = locked && settings->policy == ML_GIL_HOLD;
    assert_int_equal(guards->threads, 2 + 3 + 1);
    assert_int_equal(gil->holds.count, gil->acquisitions);
    assert_true(gil->honoured <= gil->requests);
    assert_true(gil->forced <= gil->honoured);
    assert_true(gil->switches <= gil->acquisitions);
    assert_int_equal(gil->checkpoints > 0, looks);
    assert_int_equal(rows(run, ML_PHASE_ENCODE) > 0,
                     locked && settings->policy != ML_GIL_RELEASE);
    if (!locked) {
        assert_int_equal(gil->acquisitions, 0);
        return;
    }
    /* Each job is opened, read, written and ended without the lock. */
    assert_true(gil->acquisitions >= 4 * PICTURES);
    if (settings->each) {
        assert_int_equal(gil->waits.count, 0);
        assert_int_equal(gil->switches, guards->threads);
    }
}

static void under_any_lock_the_bytes_are_those_of_serial(void **state)
{
    (void)state;
    static const struct ml_gil_settings locks[] = {
        {.policy = ML_GIL_HOLD, .interval_ns = SHORT_NS},
        {.policy = ML_GIL_RELEASE, .interval_ns = SHORT_NS},
        {.policy = ML_GIL_NOCHECK, .interval_ns = SHORT_NS},
        {.policy = ML_GIL_HOLD, .flavour = ML_GIL_313, .interval_ns = SHORT_NS},
        {.policy = ML_GIL_HOLD, .flavour = ML_GIL_OFF, .interval_ns = SHORT_NS},
        {.policy = ML_GIL_HOLD, .each = true},
        {.policy = ML_GIL_RELEASE},
    };
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct memory_run want;
    memory_run_order(&settings, &chain, filters);
    settings.transform.threads_per_picture = 2; /* not while the lock is held */
    go(&want, &settings, serial, 1);
    assert_int_equal(want.counts.gil.threads, 0);
    for (size_t i = 0; i < sizeof locks / sizeof *locks; i++) {
        struct memory_run run;
        settings.gil = locks[i];
        go(&run, &settings, under_lock, 3);
        assert_same_bytes(&want, &run);
        check_books(&run, &locks[i]);
        memory_run_close(&run);
    }
    memory_run_close(&want);
}

static void computing_three_times_makes_the_same_bytes(void **state)
{
    (void)state;
    static const char *const plans[] = {
        serial, under_lock,
        "read@threads:2 | decode,filter,encode@processes:N | write@threads:1",
        "read@threads:1 | decode@processes:1 | filter@gil:N | "
        "encode,write@threads:2"};
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct memory_run want, once, thrice;
    memory_run_order(&settings, &chain, filters);
    go(&want, &settings, serial, 1);
    go(&once, &settings, under_lock, 2);
    settings.transform.repeat_count = 3;
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        go(&thrice, &settings, plans[i], 2);
        assert_same_bytes(&want, &thrice);
        if (i == 1) { /* and it was computed three times */
            assert_int_equal(rows(&thrice, ML_PHASE_FILTER),
                             3 * rows(&once, ML_PHASE_FILTER));
            assert_int_equal(rows(&thrice, ML_PHASE_DECODE),
                             3 * rows(&once, ML_PHASE_DECODE));
        }
        memory_run_close(&thrice);
    }
    /* Memory is requested once: else jobs would wait for ever. */
    settings.memory_bytes = (uint64_t)4 << 20;
    go(&thrice, &settings,
       "read@threads:1 | decode,filter@threads:2 | encode,write@threads:1", 1);
    assert_same_bytes(&want, &thrice);
    assert_true(thrice.counts.memory_peak_bytes <= settings.memory_bytes);
    memory_run_close(&thrice);
    memory_run_close(&once);
    memory_run_close(&want);
}

/* ---- one thread's guard ---- */

struct bench {
    struct ml_gil gil;
    struct ml_gil_guard guard;
};

static struct bench *open_bench(const struct ml_gil_settings *settings)
{
    struct ml_error err;
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    assert_int_equal(ml_gil_open(&bench->gil, settings->flavour,
                                 settings->interval_ns, &err),
                     ML_OK);
    assert_int_equal(
        ml_gil_guard_open(&bench->guard, settings, &bench->gil, &err), ML_OK);
    ml_gil_guard_acquire(&bench->guard);
    return bench;
}

static void close_bench(struct bench *bench)
{
    ml_gil_guard_release(&bench->guard);
    ml_gil_guard_close(&bench->guard);
    ml_gil_close(&bench->gil);
    free(bench);
}

static void save_and_restore_nest(void **state)
{
    (void)state;
    const struct ml_gil_settings settings = {.interval_ns = HOUR_NS};
    struct bench *bench = open_bench(&settings);
    ml_gil_guard_save_thread(&bench->guard);
    ml_gil_guard_save_thread(&bench->guard);
    assert_false(bench->gil.locked);
    ml_gil_guard_restore_thread(&bench->guard);
    assert_false(bench->gil.locked);
    ml_gil_guard_restore_thread(&bench->guard);
    assert_true(bench->gil.locked);
    ml_gil_guard_save_thread(NULL); /* a thread without a lock */
    ml_gil_guard_restore_thread(NULL);
    close_bench(bench);
}

/* The target is a 50th of an interval: 72 s here, which no row takes, except by
 * the time that the test sets. */
static void slow_rows_have_more_checkpoints_than_fast_ones(void **state)
{
    (void)state;
    const struct ml_gil_settings settings = {.interval_ns = HOUR_NS};
    struct bench *bench = open_bench(&settings);
    struct ml_yield_hooks *yield_hooks =
        ml_gil_guard_begin_compute(&bench->guard);
    const uint32_t first = yield_hooks->rows[ML_YIELD_SOURCE];
    yield_hooks->yield(yield_hooks->context, ML_YIELD_SOURCE, first);
    assert_int_equal(yield_hooks->rows[ML_YIELD_SOURCE], 2 * first);
    bench->guard.since_ns = ml_now_ns() - HOUR_NS;
    yield_hooks->yield(yield_hooks->context, ML_YIELD_SOURCE, 2 * first);
    assert_int_equal(yield_hooks->rows[ML_YIELD_SOURCE], 1);
    assert_int_equal(yield_hooks->rows[ML_YIELD_SINK],
                     first); /* each place its own */
    yield_hooks->yield(yield_hooks->context, ML_YIELD_SOURCE,
                       0); /* no rows: no change */
    assert_int_equal(yield_hooks->rows[ML_YIELD_SOURCE], 1);
    assert_int_equal(bench->guard.thread.counts.checkpoints, 3);
    assert_true(bench->guard.counts.paces[ML_PHASE_DECODE].periods.max_ns >=
                HOUR_NS);
    ml_gil_guard_end_compute(&bench->guard, ML_STEP_DECODE, ML_STEP_ENCODE,
                             &(struct ml_step_times){0});
    close_bench(bench);
}

static void waiting_for_the_lock_is_not_counted_as_work(void **state)
{
    (void)state;
    const struct ml_gil_settings settings = {.interval_ns = HOUR_NS};
    struct bench *bench = open_bench(&settings);
    struct ml_step_times times = {100, 200, 300};
    (void)ml_gil_guard_begin_compute(&bench->guard);
    bench->guard.waited_ns[ML_PHASE_DECODE] = 30;
    bench->guard.waited_ns[ML_PHASE_FILTER] = 500; /* two clock readings */
    ml_gil_guard_end_compute(&bench->guard, ML_STEP_DECODE, ML_STEP_ENCODE,
                             &times);
    assert_int_equal(times.source_ns, 70);
    assert_int_equal(times.filter_ns, 0);
    assert_int_equal(times.sink_ns, 300);
    close_bench(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(under_any_lock_the_bytes_are_those_of_serial),
        cmocka_unit_test(computing_three_times_makes_the_same_bytes),
        cmocka_unit_test(save_and_restore_nest),
        cmocka_unit_test(slow_rows_have_more_checkpoints_than_fast_ones),
        cmocka_unit_test(waiting_for_the_lock_is_not_counted_as_work),
    };
    return cmocka_run_group_tests(tests, make_pictures, free_pictures);
}
