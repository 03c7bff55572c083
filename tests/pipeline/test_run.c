/* Runs over pictures in memory: every plan writes the bytes of serial, with a
 * small memory budget too, and every job ends exactly once.
 *
 * Slow: every plan over a batch.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "codec/registry.h"
#include "pipeline/ipc/message.h"
#include "support/pipeline/batch.h"

/* Runs must agree in every byte and in every error. */
static void assert_runs_equal(const struct memory_run *a,
                              const struct memory_run *b)
{
    for (size_t i = 0; i < BATCH_PICTURES; i++) {
        assert_int_equal(b->io[i], 1);
        assert_int_equal(a->errors[i].status, b->errors[i].status);
        assert_int_equal(a->errors[i].step, b->errors[i].step);
        assert_string_equal(a->errors[i].why, b->errors[i].why);
        assert_int_equal(a->outputs[i].size, b->outputs[i].size);
        if (a->outputs[i].size)
            assert_memory_equal(a->outputs[i].data, b->outputs[i].data,
                                a->outputs[i].size);
    }
}

static void assert_plan_makes_bytes_of(const struct memory_run *serial,
                                       struct ml_run_settings *settings,
                                       const char *plan)
{
    static const unsigned widths[] = {1, 2, 5};
    for (size_t w = 0; w < 3; w++) {
        struct memory_run run;
        struct ml_error err;
        memory_run_open(&run, batch_pictures, BATCH_PICTURES);
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
    memory_run_order(&settings, &chain, batch_filters);
    batch_serial(&serial, &settings);
    for (size_t p = 0; p < batch_plan_count; p++) {
        settings.pool.transport = ML_TRANSPORT_SHM;
        assert_plan_makes_bytes_of(&serial, &settings, batch_plans[p]);
        settings.pool.transport = pickles[p % 2];
        if (strstr(batch_plans[p], "processes"))
            assert_plan_makes_bytes_of(&serial, &settings, batch_plans[p]);
    }
    memory_run_close(&serial);
}

/* Each byte is copied four times each way; a pipe holds 64 KiB. */
static void pickling_counts_its_copies_and_full_pipes(void **state)
{
    (void)state;
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct ml_error err;
    static const char *const plain[] = {"invert", NULL};
    memory_run_order(&settings, &chain, plain);
    settings.transform.to = &ml_codec_pnm;
    for (size_t i = 0; i < 2; i++) {
        struct memory_run run;
        uint64_t bytes = 0, fills = 0;
        settings.pool.transport = pickles[i];
        memory_run_open(&run, batch_pictures,
                        BATCH_BROKEN); /* these pictures are valid */
        assert_int_equal(
            memory_run_go(&run, &settings, batch_plans[1], 2, &err), ML_OK);
        for (size_t p = 0; p < BATCH_BROKEN; p++) {
            bytes += batch_pictures[p].size + run.outputs[p].size;
            fills += batch_pictures[p].size / ML_PIPE_BYTES +
                     run.outputs[p].size / ML_PIPE_BYTES;
        }
        const struct ml_transport_counts *counts = &run.counts.transport;
        assert_true(run.counts.processes && fills > 0);
        assert_int_equal(counts->messages, 2 * BATCH_BROKEN);
        assert_int_equal(counts->bytes_copied, ML_MESSAGE_COPIES * bytes);
        assert_int_equal(run.counts.bytes_copied, 0);
        assert_true(counts->pipe_full_waits >= fills);
        assert_true(counts->switches + counts->worker_switches > 0);
        assert_true(counts->transfer_ns > 0 && counts->put_ns > 0);
        memory_run_close(&run);
    }
}

static void a_small_memory_budget_makes_jobs_wait_but_all_end(void **state)
{
    (void)state;
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct memory_run serial;
    struct ml_error err;
    memory_run_order(&settings, &chain, batch_filters);
    batch_serial(&serial, &settings);
    settings.memory_bytes = (uint64_t)16 << 20;
    for (size_t p = 0; p < 2 * batch_plan_count; p++) {
        struct memory_run run;
        settings.pool.transport =
            (enum ml_transport_id)(p % ML_TRANSPORT_COUNT);
        memory_run_open(&run, batch_pictures, BATCH_PICTURES);
        assert_int_equal(
            memory_run_go(&run, &settings, batch_plans[p / 2], 2, &err), ML_OK);
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
    static const char *const guard[] = {"blur:60", NULL};
    memory_run_order(&settings, &chain, guard);
    settings.memory_bytes = (uint64_t)512 << 10;
    for (size_t p = 0; p < 6; p++) {
        struct memory_run run;
        size_t refused = 0;
        memory_run_open(&run, batch_pictures, BATCH_PICTURES);
        assert_int_equal(
            memory_run_go(&run, &settings, batch_plans[p], 2, &err), ML_OK);
        for (size_t i = 0; i < BATCH_PICTURES; i++) {
            assert_int_equal(run.io[i], 1);
            if (run.errors[i].status == ML_ERR_LIMIT) {
                assert_non_null(strstr(run.errors[i].remedy, "--memory"));
                refused++;
            }
        }
        assert_true(refused > 0);
        memory_run_close(&run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_plan_and_width_makes_the_bytes_of_serial),
        cmocka_unit_test(pickling_counts_its_copies_and_full_pipes),
        cmocka_unit_test(a_small_memory_budget_makes_jobs_wait_but_all_end),
        cmocka_unit_test(a_picture_that_never_fits_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, batch_make, batch_free);
}
