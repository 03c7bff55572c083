/* semantics_process.c: ProcessPoolExecutor. */
#include "semantics.h"

#include <string.h>
#include <unistd.h>

#include "os/pipe.h"
#include "python/multiprocessing/process_executor.h"

/* ---- functions that workers call ---- */

static int give_nothing(int64_t argument, int64_t *result_out)
{
    *result_out = argument;
    return 0;
}

/* Waits for a byte from the pipe `argument`, a descriptor of this process that
 * a forked worker inherits. */
static int wait_for_byte(int64_t argument, int64_t *result_out)
{
    char byte;
    *result_out = 0;
    return ml_pipe_read((int)argument, &byte, 1) ? 0 : 1;
}

enum { GIVE_NOTHING, WAIT_FOR_BYTE };

static const struct ml_process_function functions[] = {
    [GIVE_NOTHING] = {"give_nothing", give_nothing},
    [WAIT_FOR_BYTE] = {"wait_for_byte", wait_for_byte},
};

static const struct ml_process_kind forked = {
    .start = ML_PROCESS_FORK,
    .functions = functions,
    .function_count = sizeof functions / sizeof *functions,
};

/* ---- the questions ---- */

static json_t *ppe_max_tasks_per_child_fork(void)
{
    struct ml_process_executor executor;
    struct ml_process_kind kind = forked;
    struct ml_error err;
    kind.tasks = 2;
    const enum ml_status status =
        ml_process_executor_open(&executor, 1, &kind, &err);
    if (status == ML_OK)
        ml_process_executor_close(&executor);
    return status == ML_ERR_USAGE ? json_string("ValueError") : json_null();
}

#define CALLS 9

static void until_settled(struct ml_process_executor *executor)
{
    while (!ml_process_executor_is_settled(executor))
        (void)sched_yield();
}

static void make_one_call(struct ml_process_executor *executor)
{
    struct ml_process_future call;
    ml_process_call_open(&call, GIVE_NOTHING, 0);
    ml_sync_must(ml_process_executor_submit(executor, &call));
    ml_sync_must(ml_future_result(&call.future, ML_FOREVER, NULL));
    ml_process_call_close(&call);
}

/* No call is taken before all that fit are sent: while this thread holds the
 * pipe's lock the feeder cannot write, as Python's feeder cannot without the
 * GIL while calls are submitted one after the other. */
static void submit_at_once(struct ml_process_executor *executor,
                           struct ml_process_future *calls, int gate)
{
    struct ml_mp_semaphore *writing = &executor->requests.pipe.shared->writing;
    ml_sync_must(ml_mp_semaphore_acquire(writing, ML_NEVER));
    for (size_t i = 0; i < CALLS; i++) {
        ml_process_call_open(&calls[i], WAIT_FOR_BYTE, gate);
        ml_sync_must(ml_process_executor_submit(executor, &calls[i]));
    }
    until_settled(executor);
    ml_mp_semaphore_release(writing);
}

static json_int_t uncancellable_of(uint32_t workers)
{
    struct ml_process_executor executor;
    struct ml_process_future calls[CALLS];
    struct ml_error err;
    int gate, opener;
    uint64_t full_waits = 0;
    json_int_t uncancellable = 0;
    enum ml_status status = ml_pipe_open(&gate, &opener, &err);
    assert(status == ML_OK);
    status = ml_process_executor_open(&executor, workers, &forked, &err);
    assert(status == ML_OK);
    make_one_call(&executor);
    submit_at_once(&executor, calls, gate);
    while (ml_mp_queue_size(&executor.requests) > 1)
        (void)sched_yield(); /* until each worker has one */
    for (size_t i = 0; i < CALLS; i++)
        uncancellable += !ml_future_cancel(&calls[i].future);
    (void)ml_pipe_write(opener, "let them go", CALLS, &full_waits);
    ml_process_executor_close(&executor);
    for (size_t i = 0; i < CALLS; i++)
        ml_process_call_close(&calls[i]);
    ml_pipe_close_end(&gate);
    ml_pipe_close_end(&opener);
    return uncancellable;
}

static json_t *uncancellable_process_workers(void)
{
    return json_pack("[I, I]", uncancellable_of(1), uncancellable_of(2));
}

const struct question questions_process[] = {
    {"ppe_max_tasks_per_child_fork", ppe_max_tasks_per_child_fork,
     "\"ValueError\""},
    {"uncancellable_process_workers", uncancellable_process_workers, "[2, 3]"},
    {NULL, NULL, NULL},
};
