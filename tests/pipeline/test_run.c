/* Runs over pictures in memory: every plan makes the bytes of serial, every job
 * ends exactly once, dead workers cost nobody a result. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/random.h"
#include "pipeline/message.h"
#include "support/memory_run.h"

#define PICTURES 24
#define BROKEN 5 /* of them; the rest are whole */

static struct test_file pictures[PICTURES];

static void make_picture(struct test_file *file, size_t index)
{
    const struct ml_shape shape = {
        .width = (uint32_t)(40 + 37 * index),
        .height = (uint32_t)(400 - 13 * index),
        .layout = index % 5 == 4 ? ML_GRAY : ML_RGB,
        .bits = 8,
        .sub_x = 1,
        .sub_y = 1,
    };
    struct test_frame frame;
    struct ml_sink sink = {.options = ml_sink_options_default};
    struct ml_error err;
    test_frame_open(&frame, &shape);
    test_frame_paint(&frame, index);
    sink.options.progressive = index % 7 == 3;
    sink.options.subsample = index % 3 == 0 ? 444 : 420;
    assert_int_equal(
        test_encode(&sink, &ml_codec_jpeg, &frame, 0, 4 << 20, file, &err),
        ML_OK);
    test_frame_close(&frame);
}

static int make_pictures(void **state)
{
    (void)state;
    for (size_t i = 0; i < PICTURES; i++)
        make_picture(&pictures[i], i);
    pictures[BROKEN].size /= 2; /* truncated */
    memcpy(pictures[BROKEN + 1].data, "no picture", 10);
    return 0;
}

static int free_pictures(void **state)
{
    (void)state;
    for (size_t i = 0; i < PICTURES; i++)
        test_file_close(&pictures[i]);
    return 0;
}

static const char *const filters[] = {"resize:200x150", "blur:1.5", "invert",
                                      "sharpen:0.7", NULL};

/* Runs must agree in every byte and in every error. */
static void assert_runs_equal(const struct memory_run *a,
                              const struct memory_run *b)
{
    for (size_t i = 0; i < PICTURES; i++) {
        assert_int_equal(b->ends[i], 1);
        assert_int_equal(a->errors[i].status, b->errors[i].status);
        assert_int_equal(a->errors[i].step, b->errors[i].step);
        assert_string_equal(a->errors[i].why, b->errors[i].why);
        assert_int_equal(a->outputs[i].size, b->outputs[i].size);
        if (a->outputs[i].size)
            assert_memory_equal(a->outputs[i].data, b->outputs[i].data,
                                a->outputs[i].size);
    }
}

static void go_serial(struct memory_run *run, struct ml_run_settings *settings)
{
    struct ml_error err;
    memory_run_open(run, pictures, PICTURES);
    assert_int_equal(memory_run_go(run, settings,
                                   "read,decode,filter,encode,write@inline", 1,
                                   &err),
                     ML_OK);
    for (size_t i = 0; i < PICTURES; i++) {
        assert_int_equal(run->ends[i], 1);
        if (i != BROKEN && i != BROKEN + 1)
            assert_int_equal(run->errors[i].status, ML_OK);
    }
    assert_int_equal(run->errors[BROKEN].status, ML_ERR_TRUNCATED);
    assert_int_equal(run->errors[BROKEN + 1].status, ML_ERR_FORMAT);
}

static const char *const plans[] = {
    "read@threads:R | decode,filter,encode@threads:N | write@threads:1",
    "read@threads:R | decode,filter,encode@processes:N | write@threads:1",
    "read@threads:1 | decode@threads:1 | filter@threads:1 | encode@threads:1 "
    "| write@threads:1",
    "read@inline | decode@inline | filter,encode,write@inline",
    "read,decode,filter,encode,write@threads:N",
    "read@gil:R | decode,filter,encode@gil:N | write@gil:1",
    "read@gil:1 | decode,filter@gil:N | encode@processes:N | write@gil:1",
    "read,decode@threads:N | filter@processes:N | encode,write@threads:1",
    "read@threads:2 | decode@processes:N | filter@processes:1 | "
    "encode@processes:N | write@threads:2",
    "read@threads:1 | decode@processes:1 | filter,encode,write@threads:N",
    "read@threads:1 | decode,filter@threads:N | encode@processes:N | "
    "write@threads:1",
    "read,decode,filter@threads:N | encode,write@threads:2",
    "read@threads:3 | decode,filter@processes:N | encode,write@threads:N",
    "read@threads:1 | decode@threads:N | filter,encode@processes:N | "
    "write@threads:3",
    "read@threads:2 | decode,filter@processes:2 | encode@processes:N | "
    "write@threads:1",
    "read,decode,filter,encode,write@loop",
    "read@loop | decode,filter,encode@processes:N | write@loop",
    "read@loop:N | decode,filter,encode@threads:N | write@loop",
    "read@loop | decode@loop | filter@loop | encode@loop | write@loop",
    "read@threads:N | decode@loop:N | filter@processes:N | encode@loop | "
    "write@threads:1",
    "read,decode@loop:N | filter@threads:N | encode,write@loop:N",
    "read@loop | decode,filter,encode@gil:N | write@loop",
    "read,decode@loop:N | filter@gil:N | encode,write@loop:N",
    "read@threads:1 | decode@processes:N | filter@loop | encode@threads:N | "
    "write@loop:1",
};

static void assert_plan_makes_bytes_of(const struct memory_run *serial,
                                       struct ml_run_settings *settings,
                                       const char *plan)
{
    static const unsigned widths[] = {1, 2, 5};
    for (size_t w = 0; w < 3; w++) {
        struct memory_run run;
        struct ml_error err;
        memory_run_open(&run, pictures, PICTURES);
        if (memory_run_go(&run, settings, plan, widths[w], &err) != ML_OK)
            fail_msg("%s, %u: %s: %s", plan, widths[w], err.what, err.why);
        assert_runs_equal(serial, &run);
        memory_run_close(&run);
    }
}

static const enum ml_transport_id pickles[] = {ML_TRANSPORT_PICKLE,
                                               ML_TRANSPORT_PICKLE_INLINE};

static void every_plan_and_width_makes_the_bytes_of_serial(void **state)
{
    (void)state;
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct memory_run serial;
    memory_run_order(&settings, &chain, filters);
    go_serial(&serial, &settings);
    for (size_t p = 0; p < sizeof plans / sizeof *plans; p++) {
        settings.pool.transport = ML_TRANSPORT_SHM;
        assert_plan_makes_bytes_of(&serial, &settings, plans[p]);
        settings.pool.transport = pickles[p % 2];
        if (strstr(plans[p], "processes"))
            assert_plan_makes_bytes_of(&serial, &settings, plans[p]);
    }
    memory_run_close(&serial);
}

/* Four copies of each byte each way; a pipe holds so much and no more. */
static void pickling_counts_its_copies_and_full_pipes(void **state)
{
    (void)state;
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct ml_error err;
    static const char *const plain[] = {"invert", NULL};
    memory_run_order(&settings, &chain, plain);
    settings.order.to = &ml_codec_pnm;
    for (size_t i = 0; i < 2; i++) {
        struct memory_run run;
        uint64_t bytes = 0, fills = 0;
        settings.pool.transport = pickles[i];
        memory_run_open(&run, pictures, BROKEN); /* these are whole */
        assert_int_equal(memory_run_go(&run, &settings, plans[1], 2, &err),
                         ML_OK);
        for (size_t p = 0; p < BROKEN; p++) {
            bytes += pictures[p].size + run.outputs[p].size;
            fills += pictures[p].size / ML_PIPE_BYTES +
                     run.outputs[p].size / ML_PIPE_BYTES;
        }
        const struct ml_transport_counts *counts = &run.counts.transport;
        assert_true(run.counts.processes && fills > 0);
        assert_int_equal(counts->messages, 2 * BROKEN);
        assert_int_equal(counts->bytes_copied, ML_MESSAGE_COPIES * bytes);
        assert_int_equal(run.counts.bytes_copied, 0);
        assert_true(counts->pipe_full_waits >= fills);
        assert_true(counts->switches + counts->worker_switches > 0);
        assert_true(counts->transfer_ns > 0 && counts->put_ns > 0);
        memory_run_close(&run);
    }
}

static void little_memory_makes_jobs_wait_but_all_are_done(void **state)
{
    (void)state;
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct memory_run serial;
    struct ml_error err;
    memory_run_order(&settings, &chain, filters);
    go_serial(&serial, &settings);
    settings.memory_bytes = (uint64_t)16 << 20;
    for (size_t p = 0; p < 2 * sizeof plans / sizeof *plans; p++) {
        struct memory_run run;
        settings.pool.transport =
            (enum ml_transport_id)(p % ML_TRANSPORT_COUNT);
        memory_run_open(&run, pictures, PICTURES);
        assert_int_equal(memory_run_go(&run, &settings, plans[p / 2], 2, &err),
                         ML_OK);
        assert_runs_equal(&serial, &run);
        assert_true(run.counts.memory_peak_bytes <= settings.memory_bytes);
        memory_run_close(&run);
    }
    memory_run_close(&serial);
}

static void a_picture_that_never_fits_is_refused_by_name(void **state)
{
    (void)state;
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct ml_error err;
    static const char *const turn[] = {"blur:60", NULL};
    memory_run_order(&settings, &chain, turn);
    settings.memory_bytes = (uint64_t)512 << 10;
    for (size_t p = 0; p < 6; p++) {
        struct memory_run run;
        size_t refused = 0;
        memory_run_open(&run, pictures, PICTURES);
        assert_int_equal(memory_run_go(&run, &settings, plans[p], 2, &err),
                         ML_OK);
        for (size_t i = 0; i < PICTURES; i++) {
            assert_int_equal(run.ends[i], 1);
            if (run.errors[i].status == ML_ERR_LIMIT) {
                assert_non_null(strstr(run.errors[i].remedy, "--memory"));
                refused++;
            }
        }
        assert_true(refused > 0);
        memory_run_close(&run);
    }
}

/* ---- small pictures and large ones ---- */

#define CROWD 400
#define LARGE_AT 80

/* When the jobs ended, in the order in which they did, and which was when the
 * large one. */
struct crowd {
    uint64_t ended_ns[CROWD + 1]; /* [n]: n have ended */
    size_t large_end;             /* so many had, with the large one */
};

static void note_end(struct memory_run *run, size_t ended)
{
    struct crowd *crowd = run->each_context;
    crowd->ended_ns[ended] = ml_now_ns();
    if (run->ends[LARGE_AT] && crowd->large_end == 0)
        crowd->large_end = ended;
}

static void make_large_picture(struct test_file *file, uint32_t side)
{
    const struct ml_shape shape = {.width = side,
                                   .height = side,
                                   .layout = ML_RGB,
                                   .bits = 8,
                                   .sub_x = 1,
                                   .sub_y = 1};
    struct test_frame frame;
    struct ml_sink sink = {.options = ml_sink_options_default};
    struct ml_error err;
    sink.options.quality = 100;
    test_frame_open(&frame, &shape);
    test_frame_paint(&frame, 1);
    assert_int_equal(
        test_encode(&sink, &ml_codec_jpeg, &frame, 0, 64 << 20, file, &err),
        ML_OK);
    test_frame_close(&frame);
    assert_true(file->size > ML_SLOT_SMALL);
}

static void go_crowd(struct memory_run *run, struct crowd *crowd,
                     const struct test_file *inputs, const char *plan,
                     const char *const *chosen)
{
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct ml_error err;
    memory_run_order(&settings, &chain, chosen);
    memset(crowd, 0, sizeof *crowd);
    memory_run_open(run, inputs, CROWD);
    run->each = note_end;
    run->each_context = crowd;
    assert_int_equal(memory_run_go(run, &settings, plan, 1, &err), ML_OK);
    assert_int_equal(run->ended, CROWD);
    assert_int_equal(run->errors[LARGE_AT].status, ML_OK);
}

/* Small results are passed quietly; before it begins a large picture, whoever
 * made them tells of them. */
static void small_results_do_not_wait_for_a_large_picture(void **state)
{
    (void)state;
    static const char *const slow[] = {"blur:8", NULL};
    static const char *const in_order[] = {
        "read@threads:1 | decode,filter,encode@threads:1 | write@threads:1",
        "read@threads:1 | decode,filter,encode@processes:1 | write@threads:1"};
    static struct crowd crowd;
    static struct test_file inputs[CROWD];
    struct test_file large, medium;
    make_large_picture(&large, 3000);
    make_large_picture(&medium, 900); /* meanwhile, what follows is read */
    for (size_t i = 0; i < CROWD; i++)
        inputs[i] = pictures[BROKEN + 1]; /* refused in microseconds */
    inputs[LARGE_AT - 3] = medium;
    inputs[LARGE_AT] = large;
    /* The worker tells of some by the clock: once could be by chance. */
    for (size_t round = 0; round < 6; round++) {
        const size_t p = round > 0;
        struct memory_run run;
        if (p == 1) /* for then commands would not lie with the worker */
            inputs[LARGE_AT - 3] = inputs[0];
        go_crowd(&run, &crowd, inputs, in_order[p], slow);
        assert_int_equal(crowd.large_end, LARGE_AT + 1);
        const struct ml_work_times *times = &run.reports[LARGE_AT].times;
        const uint64_t work_ns =
            times->source_ns + times->filter_ns + times->sink_ns;
        const uint64_t before_ns = crowd.ended_ns[crowd.large_end] -
                                   crowd.ended_ns[crowd.large_end - 1];
        if (before_ns < work_ns / 2)
            fail_msg("%s: the result before was told of %llu us before, of "
                     "%llu us at work",
                     in_order[p], (unsigned long long)before_ns / 1000,
                     (unsigned long long)work_ns / 1000);
        memory_run_close(&run);
    }
    test_file_close(&large);
    test_file_close(&medium);
}

static void a_large_picture_does_not_wait_for_all_small_ones(void **state)
{
    (void)state;
    static struct crowd crowd;
    static struct test_file inputs[CROWD];
    struct test_file large;
    make_large_picture(&large, 600);
    for (size_t i = 0; i < CROWD; i++)
        inputs[i] = pictures[0];
    inputs[LARGE_AT] = large;
    for (size_t p = 0; p < 2; p++) {
        struct memory_run run;
        go_crowd(&run, &crowd, inputs, plans[p], filters);
        /* At most all slots are before it. */
        if (crowd.large_end > LARGE_AT + 80)
            fail_msg("%s: number %d ended as number %zu", plans[p], LARGE_AT,
                     crowd.large_end);
        memory_run_close(&run);
    }
    test_file_close(&large);
}

/* ---- stopping ---- */

static void stop_after_five(struct memory_run *run, size_t ended)
{
    if (ended == 5)
        ml_run_stop(run->run);
}

static void a_stop_ends_every_begun_job_and_starts_no_other(void **state)
{
    (void)state;
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct ml_error err;
    memory_run_order(&settings, &chain, filters);
    for (size_t p = 0; p < sizeof plans / sizeof *plans; p++) {
        struct memory_run run;
        settings.pool.transport =
            (enum ml_transport_id)(p % ML_TRANSPORT_COUNT);
        memory_run_open(&run, pictures, PICTURES);
        run.each = stop_after_five;
        assert_int_equal(memory_run_go(&run, &settings, plans[p], 2, &err),
                         ML_OK);
        assert_true(run.ended >= 5);
        assert_int_equal(run.ended, run.next);
        for (size_t i = 0; i < PICTURES; i++)
            assert_int_equal(run.ends[i], i < run.next ? 1 : 0);
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
    const size_t count = ml_run_workers(run->run, pids, 16);
    if (count > 0)
        (void)kill(pids[ml_random_upto(random, (uint32_t)count)], SIGKILL);
}

static void killed_workers_cost_nobody_a_result(void **state)
{
    (void)state;
    enum { many = 300 };
    struct ml_random random = {.state = 1};
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct memory_run serial, run;
    struct ml_error err;
    struct test_file inputs[many];
    for (size_t i = 0; i < many; i++)
        inputs[i] = pictures[i % PICTURES];
    memory_run_order(&settings, &chain, filters);
    go_serial(&serial, &settings);
    for (size_t p = 0; p < sizeof plans / sizeof *plans; p++) {
        if (!strstr(plans[p], "processes"))
            continue;
        settings.pool.transport = p == 1   ? ML_TRANSPORT_PICKLE
                                  : p == 5 ? ML_TRANSPORT_PICKLE_INLINE
                                           : ML_TRANSPORT_SHM;
        memory_run_open(&run, inputs, many);
        run.each = kill_one;
        run.each_context = &random;
        if (memory_run_go(&run, &settings, plans[p], 2, &err) != ML_OK)
            fail_msg("%s: after %zu of %d: %s: %s", plans[p], run.ended, many,
                     err.what, err.why);
        assert_true(run.counts.worker_deaths > 0);
        for (size_t i = 0; i < many; i++) {
            assert_int_equal(run.ends[i], 1);
            if (run.errors[i].status != serial.errors[i % PICTURES].status)
                fail_msg("%s: job %zu: %s: %s", plans[p], i, run.errors[i].what,
                         run.errors[i].why);
            assert_int_equal(run.outputs[i].size,
                             serial.outputs[i % PICTURES].size);
            if (run.outputs[i].size)
                assert_memory_equal(run.outputs[i].data,
                                    serial.outputs[i % PICTURES].data,
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
    memory_run_order(&settings, &chain, filters);
    for (size_t i = 0; i < 2; i++) {
        settings.worker_program = programs[i];
        memory_run_open(&run, pictures, PICTURES);
        assert_int_not_equal(memory_run_go(&run, &settings, plans[1], 2, &err),
                             ML_OK);
        assert_true(err.what[0] != '\0' && err.remedy[0] != '\0');
        for (size_t k = 0; k < run.next; k++)
            assert_int_equal(run.ends[k], 1);
        memory_run_close(&run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_plan_and_width_makes_the_bytes_of_serial),
        cmocka_unit_test(pickling_counts_its_copies_and_full_pipes),
        cmocka_unit_test(little_memory_makes_jobs_wait_but_all_are_done),
        cmocka_unit_test(a_picture_that_never_fits_is_refused_by_name),
        cmocka_unit_test(small_results_do_not_wait_for_a_large_picture),
        cmocka_unit_test(a_large_picture_does_not_wait_for_all_small_ones),
        cmocka_unit_test(a_stop_ends_every_begun_job_and_starts_no_other),
        cmocka_unit_test(killed_workers_cost_nobody_a_result),
        cmocka_unit_test(a_worker_program_that_cannot_start_is_one_clear_error),
    };
    return cmocka_run_group_tests(tests, make_pictures, free_pictures);
}
