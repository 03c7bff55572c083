/* Small pictures beside a large one: neither kind waits for the other longer
 * than necessary.
 *
 * Slow: every plan, with jobs that take long.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "codec/registry.h"
#include "support/pipeline/batch.h"

#define CROWD 400
#define LARGE_AT 80

/* When the jobs ended, in the order of their ends, and the place of the large
 * one among them. */
struct crowd {
    uint64_t ended_ns[CROWD + 1]; /* [n]: when n jobs had ended */
    size_t large_end;             /* ended jobs, the large one included */
};

static void note_end(struct memory_run *run, size_t ended)
{
    struct crowd *crowd = run->each_context;
    crowd->ended_ns[ended] = ml_now_ns();
    if (run->io[LARGE_AT] && crowd->large_end == 0)
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

/* The wake-up for small results is deferred; a worker makes up for it before it
 * starts a large picture. */
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
    make_large_picture(&medium, 900); /* meanwhile the next files are read */
    for (size_t i = 0; i < CROWD; i++)
        inputs[i] =
            batch_pictures[BATCH_BROKEN + 1]; /* refused in microseconds */
    inputs[LARGE_AT - 3] = medium;
    inputs[LARGE_AT] = large;
    /* Some wake-ups are due by the clock: a single one could be by chance. */
    for (size_t round = 0; round < 6; round++) {
        const size_t p = round > 0;
        struct memory_run run;
        if (p == 1) /* else the worker would hold no commands */
            inputs[LARGE_AT - 3] = inputs[0];
        go_crowd(&run, &crowd, inputs, in_order[p], slow);
        assert_int_equal(crowd.large_end, LARGE_AT + 1);
        const struct ml_step_times *times = &run.reports[LARGE_AT].times;
        const uint64_t work_ns =
            times->source_ns + times->filter_ns + times->sink_ns;
        const uint64_t before_ns = crowd.ended_ns[crowd.large_end] -
                                   crowd.ended_ns[crowd.large_end - 1];
        if (before_ns < work_ns / 2)
            fail_msg("%s: the result before was reported %llu us before, of "
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
        inputs[i] = batch_pictures[0];
    inputs[LARGE_AT] = large;
    for (size_t p = 0; p < 2; p++) {
        struct memory_run run;
        go_crowd(&run, &crowd, inputs, batch_plans[p], batch_filters);
        /* At most as many jobs as slots end before it. */
        if (crowd.large_end > LARGE_AT + 80)
            fail_msg("%s: number %d ended as number %zu", batch_plans[p],
                     LARGE_AT, crowd.large_end);
        memory_run_close(&run);
    }
    test_file_close(&large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_results_do_not_wait_for_a_large_picture),
        cmocka_unit_test(a_large_picture_does_not_wait_for_all_small_ones),
    };
    return cmocka_run_group_tests(tests, batch_make, batch_free);
}
