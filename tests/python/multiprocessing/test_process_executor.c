/* test_process_executor.c: processes that make calls: results, ends, crashes,
 * replacements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/pipe.h"
#include "python/futures.h"
#include "python/multiprocessing/process_executor.h"
#include "support/threads.h"

#define CALLS 24

/* ---- functions ---- */

static int square(int64_t argument, int64_t *result_out)
{
    *result_out = argument * argument;
    return argument < 0 ? (int)argument : 0;
}

static int give_pid(int64_t argument, int64_t *result_out)
{
    (void)argument;
    *result_out = getpid();
    return 0;
}

static int die(int64_t argument, int64_t *result_out)
{
    (void)argument;
    (void)result_out;
    (void)kill(getpid(), SIGKILL);
    return 0;
}

static int wait_for_byte(int64_t argument, int64_t *result_out)
{
    char byte;
    *result_out = 0;
    return ml_pipe_read((int)argument, &byte, 1) ? 0 : 1;
}

enum { SQUARE, GIVE_PID, DIE, WAIT_FOR_BYTE };

static const struct ml_process_function functions[] = {
    [SQUARE] = {"square", square},
    [GIVE_PID] = {"give_pid", give_pid},
    [DIE] = {"die", die},
    [WAIT_FOR_BYTE] = {"wait_for_byte", wait_for_byte},
};

static struct ml_process_kind kind_of(enum ml_process_start start,
                                      uint32_t tasks)
{
    return (struct ml_process_kind){
        .start = start,
        .tasks = tasks,
        .functions = functions,
        .function_count = sizeof functions / sizeof *functions,
    };
}

static void open_executor(struct ml_process_executor *executor,
                          uint32_t workers, enum ml_process_start start,
                          uint32_t tasks)
{
    const struct ml_process_kind kind = kind_of(start, tasks);
    struct ml_error err;
    if (ml_process_executor_open(executor, workers, &kind, &err) != ML_OK)
        fail_msg("%s: %s", err.what, err.why);
}

static void submit(struct ml_process_executor *executor,
                   struct ml_process_future *call, uint32_t function,
                   int64_t argument)
{
    ml_process_call_open(call, function, argument);
    assert_int_equal(ml_process_executor_submit(executor, call), ML_SYNC_OK);
}

static enum ml_sync_status result_of(struct ml_process_future *call)
{
    return ml_future_result(&call->future, ML_FOREVER, NULL);
}

/* ---- calls ---- */

static void results_come_back(enum ml_process_start start, uint32_t workers)
{
    struct ml_process_executor executor;
    struct ml_process_future calls[CALLS];
    open_executor(&executor, workers, start, 0);
    for (int i = 0; i < CALLS; i++)
        submit(&executor, &calls[i], SQUARE, i % 5 == 4 ? -i : i);
    for (int i = 0; i < CALLS; i++) {
        int raised = 0;
        const enum ml_sync_status status =
            ml_future_result(&calls[i].future, ML_FOREVER, &raised);
        assert_int_equal(status, i % 5 == 4 ? ML_SYNC_RAISED : ML_SYNC_OK);
        assert_int_equal(raised, i % 5 == 4 ? -i : 0);
        assert_int_equal(calls[i].result, i * i);
        ml_process_call_close(&calls[i]);
    }
    ml_process_executor_close(&executor);
}

static void calls_are_made_and_their_results_come_back(void **state)
{
    (void)state;
    for (uint32_t workers = 1; workers <= 3; workers++) {
        results_come_back(ML_PROCESS_EXEC, workers);
        results_come_back(ML_PROCESS_FORK, workers);
    }
}

static void closing_waits_for_all_that_was_submitted(void **state)
{
    (void)state;
    struct ml_process_executor executor;
    struct ml_process_future calls[CALLS];
    open_executor(&executor, 2, ML_PROCESS_EXEC, 0);
    for (int i = 0; i < CALLS; i++)
        submit(&executor, &calls[i], SQUARE, i);
    ml_process_executor_close(&executor);
    for (int i = 0; i < CALLS; i++) {
        assert_true(ml_future_is_done(&calls[i].future));
        assert_int_equal(calls[i].result, i * i);
        ml_process_call_close(&calls[i]);
    }
}

static void what_is_cancelled_in_the_line_is_not_made(void **state)
{
    (void)state;
    struct ml_process_executor executor;
    struct ml_process_future calls[CALLS];
    struct ml_error err;
    int gate, opener, cancelled = 0;
    uint64_t full_waits = 0;
    const char bytes[CALLS] = {0};
    assert_int_equal(ml_pipe_open(&gate, &opener, &err), ML_OK);
    open_executor(&executor, 1, ML_PROCESS_FORK, 0);
    for (int i = 0; i < CALLS; i++)
        submit(&executor, &calls[i], WAIT_FOR_BYTE, gate);
    while (!ml_process_executor_is_settled(&executor))
        (void)sched_yield();
    for (int i = CALLS - 1; i >= 0; i--)
        cancelled += ml_future_cancel(&calls[i].future);
    /* At most one at the worker and two in its queue. */
    assert_true(cancelled >= CALLS - 3 && cancelled < CALLS);
    assert_true(ml_pipe_write(opener, bytes, sizeof bytes, &full_waits));
    ml_process_executor_close(&executor);
    for (int i = 0; i < CALLS; i++) {
        assert_int_equal(result_of(&calls[i]), i < CALLS - cancelled
                                                   ? ML_SYNC_OK
                                                   : ML_SYNC_CANCELLED);
        ml_process_call_close(&calls[i]);
    }
    ml_pipe_close_end(&gate);
    ml_pipe_close_end(&opener);
}

static void a_close_finds_what_was_cancelled(void **state)
{
    (void)state;
    struct ml_process_executor executor;
    struct ml_process_future calls[CALLS];
    open_executor(&executor, 1, ML_PROCESS_EXEC, 0);
    for (int i = 0; i < CALLS; i++)
        submit(&executor, &calls[i], SQUARE, i);
    for (int i = 0; i < CALLS; i++)
        (void)ml_future_cancel(&calls[i].future);
    ml_process_executor_close(&executor);
    for (int i = 0; i < CALLS; i++) {
        const enum ml_sync_status status = result_of(&calls[i]);
        assert_true(status == ML_SYNC_OK || status == ML_SYNC_CANCELLED);
        ml_process_call_close(&calls[i]);
    }
}

/* ---- tasks ---- */

static size_t count_pids(uint32_t workers, uint32_t tasks)
{
    struct ml_process_executor executor;
    struct ml_process_future calls[CALLS];
    size_t count = 0;
    open_executor(&executor, workers, ML_PROCESS_EXEC, tasks);
    for (int i = 0; i < CALLS; i++)
        submit(&executor, &calls[i], GIVE_PID, 0);
    ml_process_executor_close(&executor);
    for (int i = 0; i < CALLS; i++) {
        int k = 0, same = 0;
        assert_int_equal(result_of(&calls[i]), ML_SYNC_OK);
        while (calls[k].result != calls[i].result)
            k++;
        for (int j = 0; j < CALLS; j++)
            same += calls[j].result == calls[i].result;
        assert_true(tasks == 0 || same <= (int)tasks);
        count += k == i;
        ml_process_call_close(&calls[i]);
    }
    return count;
}

static void a_worker_makes_so_many_calls_and_another_goes_on(void **state)
{
    (void)state;
    assert_int_equal(count_pids(1, 0), 1);
    assert_int_equal(count_pids(1, 3), CALLS / 3);
    assert_int_equal(count_pids(1, 1), CALLS);
    assert_true(count_pids(2, 4) >= CALLS / 4);
}

static void tasks_need_a_start_by_exec(void **state)
{
    (void)state;
    const struct ml_process_kind kind = kind_of(ML_PROCESS_FORK, 2);
    struct ml_process_executor executor;
    struct ml_error err;
    assert_int_equal(ml_process_executor_open(&executor, 1, &kind, &err),
                     ML_ERR_USAGE);
}

/* ---- crashes ---- */

/* The memory of finished calls is freed before the pool is closed. */
static void a_death_breaks_the_pool(enum ml_process_start start,
                                    uint32_t workers)
{
    struct ml_process_executor executor;
    struct ml_process_future *calls = calloc(CALLS, sizeof *calls), late;
    open_executor(&executor, workers, start, 0);
    assert_non_null(calls);
    for (int i = 0; i < CALLS; i++) {
        ml_process_call_open(&calls[i], i == 2 ? DIE : SQUARE, i);
        const enum ml_sync_status status =
            ml_process_executor_submit(&executor, &calls[i]);
        if (status == ML_SYNC_OK)
            continue;
        assert_true(i > 2 && status == ML_SYNC_BROKEN);
        assert_true(ml_future_cancel(&calls[i].future)); /* unchanged */
    }
    assert_int_equal(result_of(&calls[2]), ML_SYNC_BROKEN);
    for (int i = 0; i < CALLS; i++) {
        (void)result_of(&calls[i]);
        ml_process_call_close(&calls[i]);
    }
    free(calls);
    ml_process_call_open(&late, SQUARE, 0);
    assert_int_equal(ml_process_executor_submit(&executor, &late),
                     ML_SYNC_BROKEN);
    ml_process_call_close(&late);
    ml_process_executor_close(&executor);
}

static void a_worker_that_dies_breaks_the_pool(void **state)
{
    (void)state;
    for (uint32_t workers = 1; workers <= 3; workers++) {
        a_death_breaks_the_pool(ML_PROCESS_EXEC, workers);
        a_death_breaks_the_pool(ML_PROCESS_FORK, workers);
    }
}

/* It holds the lock that the other workers wait for. */
static void an_idle_worker_that_dies_does_as_well(void **state)
{
    (void)state;
    struct ml_process_executor executor;
    struct ml_process_future call, next;
    open_executor(&executor, 2, ML_PROCESS_EXEC, 0);
    submit(&executor, &call, GIVE_PID, 0);
    assert_int_equal(result_of(&call), ML_SYNC_OK);
    assert_int_equal(kill((pid_t)call.result, SIGKILL), 0);
    enum ml_sync_status status = ML_SYNC_OK;
    while (status == ML_SYNC_OK) {
        ml_process_call_open(&next, SQUARE, 0);
        status = ml_process_executor_submit(&executor, &next);
        if (status == ML_SYNC_OK)
            status = result_of(&next);
        ml_process_call_close(&next);
    }
    assert_int_equal(status, ML_SYNC_BROKEN);
    ml_process_executor_close(&executor);
    ml_process_call_close(&call);
}

static void a_program_that_does_not_serve_is_no_worker(void **state)
{
    (void)state;
    struct ml_process_kind kind = kind_of(ML_PROCESS_EXEC, 0);
    struct ml_process_executor executor;
    struct ml_process_future call;
    struct ml_error err;
    kind.program = "/nowhere/none";
    assert_int_equal(ml_process_executor_open(&executor, 2, &kind, &err),
                     ML_ERR_OS);
    kind.program = "/bin/false";
    assert_int_equal(ml_process_executor_open(&executor, 2, &kind, &err),
                     ML_OK);
    ml_process_call_open(&call, SQUARE, 1);
    if (ml_process_executor_submit(&executor, &call) == ML_SYNC_OK)
        assert_int_equal(result_of(&call), ML_SYNC_BROKEN);
    ml_process_executor_close(&executor);
    ml_process_call_close(&call);
}

/* ---- a crash of the program itself ---- */

/* Report the pid of a worker, and exit once it was read. */
_Noreturn static void open_and_go(enum ml_process_start start, int tell,
                                  int wait)
{
    struct ml_process_executor executor;
    struct ml_process_future call;
    uint64_t full_waits = 0;
    char byte;
    open_executor(&executor, 1, start, 0);
    submit(&executor, &call, GIVE_PID, 0);
    ml_sync_must(result_of(&call));
    const pid_t pid = (pid_t)call.result;
    (void)ml_pipe_write(tell, &pid, sizeof pid, &full_waits);
    (void)ml_pipe_read(wait, &byte, 1);
    _exit(0);
}

static void workers_die_with(enum ml_process_start start)
{
    int told[2], go[2], status;
    struct ml_error err;
    pid_t pid = 0;
    uint64_t full_waits = 0;
    assert_int_equal(ml_pipe_open(&told[0], &told[1], &err), ML_OK);
    assert_int_equal(ml_pipe_open(&go[0], &go[1], &err), ML_OK);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        open_and_go(start, told[1], go[0]);
    assert_true(ml_pipe_read(told[0], &pid, sizeof pid));
    struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, pid, 0),
                         .events = POLLIN};
    assert_true(end.fd >= 0);
    assert_int_equal(poll(&end, 1, 0), 0);
    assert_true(ml_pipe_write(go[1], "", 1, &full_waits));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(poll(&end, 1, 60000), 1);
    ml_pipe_close_end(&end.fd);
    for (int i = 0; i < 2; i++) {
        ml_pipe_close_end(&told[i]);
        ml_pipe_close_end(&go[i]);
    }
}

static void workers_die_with_their_program(void **state)
{
    (void)state;
    workers_die_with(ML_PROCESS_EXEC);
    workers_die_with(ML_PROCESS_FORK);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_are_made_and_their_results_come_back),
        cmocka_unit_test(closing_waits_for_all_that_was_submitted),
        cmocka_unit_test(what_is_cancelled_in_the_line_is_not_made),
        cmocka_unit_test(a_close_finds_what_was_cancelled),
        cmocka_unit_test(a_worker_makes_so_many_calls_and_another_goes_on),
        cmocka_unit_test(tasks_need_a_start_by_exec),
        cmocka_unit_test(a_worker_that_dies_breaks_the_pool),
        cmocka_unit_test(an_idle_worker_that_dies_does_as_well),
        cmocka_unit_test(a_program_that_does_not_serve_is_no_worker),
        cmocka_unit_test(workers_die_with_their_program),
    };
    if (ml_process_is_worker(argc, argv))
        return ml_process_worker_main(argv, functions,
                                      sizeof functions / sizeof *functions);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
