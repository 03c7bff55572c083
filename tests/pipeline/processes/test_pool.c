/* The pool with workers that die at every step of the protocol, or break it:
 * each job ends exactly once, only jobs given to a bad worker can fail, and the
 * run ends.
 *
 * Slow: starts many worker processes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "support/pipeline/hostile_batch.h"

/* Run one deed: every job ends once, and all other jobs succeed. */
static void go(struct memory_run *run, const char *deed, const char *plan,
               const struct ml_pool_settings *pool, unsigned jobs)
{
    const struct hostile_batch batch = {.deed = deed,
                                        .plan = plan,
                                        .pool = pool,
                                        .jobs = jobs,
                                        .count = HOSTILE_JOBS,
                                        .deeds = 1};
    struct ml_error err;
    if (hostile_batch_do(run, &batch, &err) != ML_OK)
        fail_msg("%s: %s: %s", deed, err.what, err.why);
    for (size_t i = 0; i < HOSTILE_JOBS; i++) {
        if (run->io[i] != 1)
            fail_msg("%s: job %zu ended %u times", deed, i, run->io[i]);
        if (i != HOSTILE_JOBS / 2)
            hostile_assert_echoed(run, i);
    }
}

static const unsigned widths[] = {1, 2, 3};

/* The deed ends its own job with this status; no other job is affected. */
static void assert_deed_ends_with(const struct ml_pool_settings *way,
                                  const char *deed, enum ml_status status,
                                  const char *why)
{
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        struct memory_run run;
        go(&run, deed, HOSTILE_PLAN, way, widths[w]);
        const struct ml_error *error = &run.errors[HOSTILE_JOBS / 2];
        if (error->status != status || (why && !strstr(error->why, why)))
            fail_msg("%s: %s: %s: %s", deed, ml_status_name(error->status),
                     error->what, error->why);
        memory_run_close(&run);
    }
}

/* With every transport. */
static void assert_deed_ends(const char *deed, enum ml_status status,
                             const char *why)
{
    for (size_t i = 0; i < HOSTILE_WAYS; i++)
        assert_deed_ends_with(&hostile_ways[i], deed, status, why);
}

static void a_worker_that_dies_costs_its_job_and_no_other(void **state)
{
    (void)state;
    assert_deed_ends("die", ML_ERR_CRASH, "SIGSEGV");
    assert_deed_ends("exit-0", ML_ERR_CRASH, "exited with code 0");
    assert_deed_ends("request-die", ML_ERR_CRASH, "SIGSEGV");
}

static void a_death_that_does_not_come_again_costs_nothing(void **state)
{
    (void)state;
    assert_deed_ends("die-1", ML_OK, NULL);
    assert_deed_ends("unbegun-1", ML_OK, NULL);
}

static void a_second_try_goes_to_a_worker_that_has_done_nothing(void **state)
{
    (void)state;
    assert_deed_ends("fresh-1", ML_OK, NULL);
}

static void a_reply_published_before_death_is_taken_once(void **state)
{
    (void)state;
    assert_deed_ends("published", ML_OK, NULL);
}

static void a_false_started_seq_harms_no_other_job(void **state)
{
    (void)state;
    assert_deed_ends("started-next", ML_ERR_CRASH, "SIGSEGV");
    assert_deed_ends("started-none", ML_ERR_CRASH, "SIGSEGV");
    assert_deed_ends("unbegun", ML_ERR_CRASH, "SIGSEGV");
}

static void invalid_replies_are_the_workers_fault(void **state)
{
    (void)state;
    static const char *const deeds[] = {
        "used", "used-max", "empty", "status", "step", "layout", "orientation"};
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++)
        assert_deed_ends(deeds[i], ML_ERR_CRASH, "an invalid reply");
    assert_deed_ends_with(&hostile_ways[0], "jump", ML_ERR_CRASH,
                          "a reply without a command");
}

static void invalid_messages_are_the_workers_fault(void **state)
{
    (void)state;
    static const char *const deeds[] = {"long", "short", "jump", "again"};
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
        for (size_t way = 1; way < HOSTILE_WAYS; way++)
            assert_deed_ends_with(&hostile_ways[way], deeds[i], ML_ERR_CRASH,
                                  "an invalid message");
    }
}

/* The coordinator is in the middle of writing or reading a message. */
static void a_death_within_a_message_is_a_death_like_others(void **state)
{
    (void)state;
    for (size_t way = 1; way < HOSTILE_WAYS; way++) {
        assert_deed_ends_with(&hostile_ways[way], "half", ML_ERR_CRASH,
                              "SIGSEGV");
        assert_deed_ends_with(&hostile_ways[way], "half-1", ML_OK, NULL);
        assert_deed_ends_with(&hostile_ways[way], "unread", ML_ERR_CRASH,
                              "SIGSEGV");
        assert_deed_ends_with(&hostile_ways[way], "unread-1", ML_OK, NULL);
    }
}

static void assert_texts_end(const struct ml_pool_settings *way)
{
    struct memory_run run;
    go(&run, "texts", HOSTILE_PLAN, way, 2);
    const struct ml_error *error = &run.errors[HOSTILE_JOBS / 2];
    const struct ml_picture_result *report = &run.reports[HOSTILE_JOBS / 2];
    assert_int_equal(error->status, ML_ERR_CORRUPT);
    assert_int_equal(strlen(error->what), sizeof error->what - 1);
    assert_int_equal(strlen(error->why), sizeof error->why - 1);
    assert_int_equal(strlen(error->remedy), sizeof error->remedy - 1);
    assert_int_equal(strlen(report->warning), sizeof report->warning - 1);
    assert_true(report->icc == true && report->exif == true);
    memory_run_close(&run);
}

static void texts_without_an_end_are_ended(void **state)
{
    (void)state;
    for (size_t way = 0; way < HOSTILE_WAYS; way++)
        assert_texts_end(&hostile_ways[way]);
}

/* Whichever bytes the coordinator reads, the job ends once, in success or as a
 * crash. */
static void a_reply_that_changes_under_the_readers_eyes(void **state)
{
    (void)state;
    static const char *const deeds[] = {"changes", "back"};
    for (size_t i = 0; i < 2; i++) {
        struct memory_run run;
        go(&run, deeds[i], HOSTILE_PLAN, &hostile_ways[0], 2);
        assert_true(run.errors[HOSTILE_JOBS / 2].status == ML_OK ||
                    run.errors[HOSTILE_JOBS / 2].status == ML_ERR_CRASH);
        memory_run_close(&run);
    }
}

static void an_out_of_order_memory_request_ends_the_worker(void **state)
{
    (void)state;
    assert_deed_ends("request-twice", ML_ERR_CRASH, "out-of-order");
    assert_deed_ends("request-fair", ML_OK, NULL);
    assert_deed_ends("request-absurd", ML_ERR_LIMIT, NULL);
}

/* The worker replies before the grant: the coordinator may notice the error or
 * not, but the memory must be released. */
static void memory_never_granted_is_never_charged(void **state)
{
    (void)state;
    for (size_t w = 0; w < 3; w++) {
        struct memory_run run;
        go(&run, "request-and-go", HOSTILE_PLAN, &hostile_ways[w], widths[w]);
        assert_true(run.errors[HOSTILE_JOBS / 2].status == ML_OK ||
                    run.errors[HOSTILE_JOBS / 2].status == ML_ERR_CRASH);
        memory_run_close(&run);
    }
}

/* With a feeder, a reply may still be in the pipe when its worker dies of the
 * next picture, so either picture may be the cause. */
static void a_job_done_before_another_killed_the_worker_succeeds(void **state)
{
    static const struct ml_pool_settings way = {.transport =
                                                    ML_TRANSPORT_PICKLE};
    const struct hostile_batch batch = {
        .deed = "die",
        .before = "keep",
        .plan = "read@threads:1 | decode,filter,encode@processes:N | "
                "write@threads:1",
        .pool = &way,
        .jobs = 1,
        .count = HOSTILE_JOBS,
        .deeds = 1};
    enum { at = HOSTILE_JOBS / 2 };
    struct memory_run run;
    struct ml_error err;
    (void)state;
    assert_int_equal(hostile_batch_do(&run, &batch, &err), ML_OK);
    for (size_t i = 0; i < HOSTILE_JOBS; i++) {
        assert_int_equal(run.io[i], 1);
        if (i != at && i != at - 1)
            hostile_assert_echoed(&run, i);
    }
    if (run.errors[at - 1].status != ML_OK)
        fail_msg("%s: %s", run.errors[at - 1].what, run.errors[at - 1].why);
    assert_int_equal(run.outputs[at - 1].size, 4);
    assert_int_equal(run.errors[at].status, ML_ERR_CRASH);
    memory_run_close(&run);
}

static void deaths_in_the_middle_of_several_process_stages(void **state)
{
    (void)state;
    static const char *const deeds[] = {"echo", "die-1", "die", "published",
                                        "jump"};
    for (size_t i = 0; i < HOSTILE_WAYS * sizeof deeds / sizeof *deeds; i++) {
        struct memory_run run;
        go(&run, deeds[i / HOSTILE_WAYS],
           "read@threads:2 | decode@processes:N | filter@processes:1 | "
           "encode@processes:N | write@threads:2",
           &hostile_ways[i % HOSTILE_WAYS], 3);
        memory_run_close(&run);
    }
}

/* ---- how the program was started ---- */

/* Fewer descriptors than six workers need, and SIGCHLD ignored, so that
 * children are reaped by the kernel: the program corrects both. */
static void start_badly(void)
{
    struct rlimit files;
    (void)signal(SIGCHLD, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = 40;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

static void a_bad_start_makes_no_deaths(void **state)
{
    (void)state;
    const char *marks = getenv("MINILAB_TEST_MARKS");
    char file[64], output[64], json[64], text[4096] = "";
    (void)snprintf(file, sizeof file, "%s/a.pgm", marks);
    (void)snprintf(output, sizeof output, "%s/out", marks);
    (void)snprintf(json, sizeof json, "%s/json", marks);
    FILE *stream = fopen(file, "w");
    assert_non_null(stream);
    assert_true(fputs("P5 2 2 255 abcd", stream) >= 0);
    assert_int_equal(fclose(stream), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        start_badly();
        if (freopen(json, "w", stdout))
            (void)execl(ML_TEST_PROGRAM, "minilab", "run", "--json", "-j", "6",
                        file, "-o", output, (char *)NULL);
        _exit(99);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    stream = fopen(json, "r");
    assert_non_null(stream);
    assert_true(fread(text, 1, sizeof text - 1, stream) > 0);
    assert_int_equal(fclose(stream), 0);
    assert_non_null(strstr(text, "\"worker_deaths\":0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_that_dies_costs_its_job_and_no_other),
        cmocka_unit_test(a_death_that_does_not_come_again_costs_nothing),
        cmocka_unit_test(a_second_try_goes_to_a_worker_that_has_done_nothing),
        cmocka_unit_test(a_reply_published_before_death_is_taken_once),
        cmocka_unit_test(a_false_started_seq_harms_no_other_job),
        cmocka_unit_test(invalid_replies_are_the_workers_fault),
        cmocka_unit_test(invalid_messages_are_the_workers_fault),
        cmocka_unit_test(a_death_within_a_message_is_a_death_like_others),
        cmocka_unit_test(texts_without_an_end_are_ended),
        cmocka_unit_test(a_reply_that_changes_under_the_readers_eyes),
        cmocka_unit_test(an_out_of_order_memory_request_ends_the_worker),
        cmocka_unit_test(memory_never_granted_is_never_charged),
        cmocka_unit_test(a_job_done_before_another_killed_the_worker_succeeds),
        cmocka_unit_test(deaths_in_the_middle_of_several_process_stages),
        cmocka_unit_test(a_bad_start_makes_no_deaths),
    };
    return cmocka_run_group_tests(tests, hostile_open, hostile_close);
}
