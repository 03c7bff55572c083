/* process_executor.c: see process_executor.h. */
#include "python/multiprocessing/process_executor.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "os/pipe.h"
#include "python/multiprocessing/process_manager.h"

/* ---- beginning and end ---- */

static enum ml_status executor_allocate(struct ml_process_executor *executor,
                                        struct ml_error *err)
{
    const size_t count = executor->worker_count;
    executor->children = calloc(count, sizeof *executor->children);
    executor->stops = calloc(count, sizeof *executor->stops);
    executor->polls = calloc(POLL_CHILDREN + count, sizeof *executor->polls);
    if (!executor->children || !executor->stops || !executor->polls)
        return ml_fail_os(err, ENOMEM, "cannot allocate the executor", NULL);
    for (size_t i = 0; i < count; i++)
        executor->children[i].pidfd = -1;
    executor->wake_fd = eventfd(0, EFD_CLOEXEC);
    if (executor->wake_fd < 0)
        return ml_fail_os(err, errno, "cannot create an eventfd", NULL);
    return ML_OK;
}

static void executor_free(struct ml_process_executor *executor)
{
    ml_pipe_close_end(&executor->wake_fd);
    free(executor->children);
    free(executor->stops);
    free(executor->polls);
}

static enum ml_status executor_open_queues(struct ml_process_executor *executor,
                                           struct ml_error *err)
{
    const enum ml_status status = ml_mp_queue_open(
        &executor->requests, (int64_t)executor->worker_count + 1,
        &ml_process_requests, err);
    if (status != ML_OK)
        return status;
    if (ml_mp_simple_queue_open(&executor->responses, &ml_process_responses,
                                err) != ML_OK)
        ml_mp_queue_close(&executor->requests);
    return err->status;
}

/* Fork the workers, and start the manager, which execs them. */
static enum ml_status executor_start(struct ml_process_executor *executor,
                                     struct ml_error *err)
{
    if (executor->kind.start == ML_PROCESS_FORK &&
        ml_process_workers_start(executor, err) != ML_OK)
        return err->status;
    const int rc = pthread_create(&executor->manager, NULL,
                                  ml_process_manager_main, executor);
    if (rc != 0)
        return ml_fail_os(err, rc, "cannot start a thread", ML_MORE_PROCESSES);
    ml_mutex_lock(&executor->lock);
    while (executor->starting)
        ml_cond_wait(&executor->started, &executor->lock);
    const enum ml_status status = executor->error.status;
    ml_mutex_unlock(&executor->lock);
    if (status != ML_OK) {
        (void)pthread_join(executor->manager, NULL);
        *err = executor->error;
    }
    return status;
}

static void executor_close_responses(struct ml_process_executor *executor)
{
    ml_mp_simple_queue_close(&executor->responses);
    ml_cond_close(&executor->started);
    ml_mutex_close(&executor->lock);
}

static_assert(
    (ML_PROCESS_WORKERS_MAX + 1) *
            (sizeof(uint32_t) + sizeof(struct ml_process_request)) <=
        4096,
    "all requests fit into the smallest pipe: the feeder never waits");

enum ml_status ml_process_executor_open(struct ml_process_executor *executor,
                                        uint32_t workers,
                                        const struct ml_process_kind *kind,
                                        struct ml_error *err)
{
    assert(workers > 0 && workers <= ML_PROCESS_WORKERS_MAX);
    if (kind->tasks > 0 && kind->start == ML_PROCESS_FORK)
        return ml_fail(
            err, ML_ERR_USAGE, "tasks cannot be limited",
            "start workers by exec",
            "a replacement would be forked from a program with threads");
    memset(executor, 0, sizeof *executor);
    executor->kind = *kind;
    executor->worker_count = workers;
    executor->wake_fd = -1;
    executor->starting = true;
    err->status = ML_OK;
    if (executor_allocate(executor, err) != ML_OK ||
        executor_open_queues(executor, err) != ML_OK)
        goto undo_memory;
    ml_mutex_open(&executor->lock);
    ml_cond_open(&executor->started);
    if (executor_start(executor, err) == ML_OK)
        return ML_OK;
    ml_process_workers_kill(executor);
    ml_mp_queue_close(&executor->requests);
    executor_close_responses(executor);
undo_memory:
    executor_free(executor);
    return err->status;
}

static void executor_wake(struct ml_process_executor *executor)
{
    (void)eventfd_write(executor->wake_fd, 1);
}

void ml_process_executor_close(struct ml_process_executor *executor)
{
    ml_mutex_lock(&executor->lock);
    if (executor->state == ML_SYNC_OK)
        executor->state = ML_SYNC_SHUT_DOWN;
    ml_mutex_unlock(&executor->lock);
    executor_wake(executor);
    (void)pthread_join(executor->manager, NULL);
    executor_close_responses(executor);
    executor_free(executor);
}

/* ---- calls ---- */

void ml_process_call_open(struct ml_process_future *call, uint32_t function,
                          int64_t argument)
{
    memset(call, 0, sizeof *call);
    call->request.function = function;
    call->request.argument = argument;
    ml_future_open(&call->future, NULL, NULL);
}

void ml_process_call_close(struct ml_process_future *call)
{
    ml_future_close(&call->future);
}

enum ml_sync_status
ml_process_executor_submit(struct ml_process_executor *executor,
                           struct ml_process_future *call)
{
    assert(call->request.function < executor->kind.function_count);
    ml_mutex_lock(&executor->lock);
    const enum ml_sync_status status = executor->state;
    if (status == ML_SYNC_OK) {
        call->next = NULL;
        if (executor->last)
            executor->last->next = call;
        else
            executor->first = call;
        executor->last = call;
        executor->submitted++;
    }
    ml_mutex_unlock(&executor->lock);
    if (status == ML_SYNC_OK)
        executor_wake(executor);
    return status;
}

bool ml_process_executor_is_settled(struct ml_process_executor *executor)
{
    ml_mutex_lock(&executor->lock);
    const bool settled = executor->seen == executor->submitted;
    ml_mutex_unlock(&executor->lock);
    return settled;
}
