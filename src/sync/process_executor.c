/* process_executor.c: see process_executor.h. */
#include "sync/process_executor.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/pipe.h"

/* In polls: */
enum { POLL_ANSWERS, POLL_WAKE, POLL_CHILDREN };

/* ---- the line and what was handed over ---- */

static struct ml_process_call *
executor_take_first(struct ml_process_executor *executor)
{
    ml_mutex_lock(&executor->lock);
    struct ml_process_call *call = executor->first;
    if (call) {
        executor->first = call->next;
        if (!executor->first)
            executor->last = NULL;
    }
    ml_mutex_unlock(&executor->lock);
    return call;
}

static struct ml_process_call *
executor_take_handed(struct ml_process_executor *executor, uint64_t id)
{
    struct ml_process_call **at = &executor->handed;
    while (*at && (*at)->order.id != id)
        at = &(*at)->next;
    struct ml_process_call *call = *at;
    if (call)
        *at = call->next;
    return call;
}

/* Only the manager puts orders, so where there is room it stays. */
static enum ml_sync_status executor_hand(struct ml_process_executor *executor,
                                         struct ml_process_call *call)
{
    call->order.id = executor->next_id++;
    call->item.object = &call->order;
    call->next = executor->handed;
    executor->handed = call;
    return ml_mp_queue_put(&executor->orders, &call->item, false, ML_FOREVER);
}

/* As many as there is room for. */
static enum ml_sync_status
executor_hand_over(struct ml_process_executor *executor)
{
    enum ml_sync_status status = ML_SYNC_OK;
    ml_mutex_lock(&executor->lock);
    const uint64_t submitted = executor->submitted;
    ml_mutex_unlock(&executor->lock);
    while (status == ML_SYNC_OK && !ml_mp_queue_is_full(&executor->orders)) {
        struct ml_process_call *call = executor_take_first(executor);
        if (!call)
            break;
        if (ml_future_begin(&call->future))
            status = executor_hand(executor, call);
    }
    ml_mutex_lock(&executor->lock);
    executor->seen = submitted;
    ml_mutex_unlock(&executor->lock);
    return status;
}

/* ---- workers ---- */

static enum ml_status
executor_start_worker(struct ml_process_executor *executor, uint32_t i,
                      struct ml_error *err)
{
    return ml_process_worker_start(&executor->children[i], &executor->kind,
                                   &executor->orders, &executor->answers, err);
}

static enum ml_status executor_start_all(struct ml_process_executor *executor,
                                         struct ml_error *err)
{
    enum ml_status status = ML_OK;
    for (uint32_t i = 0; i < executor->worker_count && status == ML_OK; i++)
        status = executor_start_worker(executor, i, err);
    return status;
}

static void executor_kill_all(struct ml_process_executor *executor)
{
    for (uint32_t i = 0; i < executor->worker_count; i++)
        ml_child_kill(&executor->children[i]);
}

/* Wait for the end of all that run.  One that ends badly may have taken a lock
 * along which others wait for: then they end so as well. */
static void executor_reap_all(struct ml_process_executor *executor)
{
    struct pollfd *polls = executor->polls;
    for (uint32_t left = 1; left > 0;) {
        left = 0;
        for (uint32_t i = 0; i < executor->worker_count; i++) {
            const int fd = executor->children[i].pidfd;
            polls[i] = (struct pollfd){.fd = fd, .events = POLLIN};
            left += fd >= 0;
        }
        if (left == 0 || poll(polls, executor->worker_count, -1) <= 0)
            continue;
        for (uint32_t i = 0; i < executor->worker_count; i++) {
            struct ml_child_end end;
            if (polls[i].revents == 0)
                continue;
            ml_child_close(&executor->children[i], &end, NULL);
            if (!end.clean)
                executor_kill_all(executor);
        }
    }
}

/* Its last answer is here: it ends; another for it. */
static enum ml_status executor_replace(struct ml_process_executor *executor,
                                       pid_t pid)
{
    struct ml_child_end end;
    struct ml_error err;
    uint32_t i = 0;
    while (i < executor->worker_count && executor->children[i].pid != pid)
        i++;
    if (i == executor->worker_count)
        return ML_OK;
    ml_child_close(&executor->children[i], &end, NULL);
    return executor_start_worker(executor, i, &err);
}

/* ---- the end ---- */

static void executor_set_state(struct ml_process_executor *executor,
                               enum ml_sync_status state)
{
    ml_mutex_lock(&executor->lock);
    if (executor->state != ML_SYNC_BROKEN)
        executor->state = state;
    ml_mutex_unlock(&executor->lock);
}

static void executor_break(struct ml_process_executor *executor)
{
    struct ml_process_call *call;
    executor_set_state(executor, ML_SYNC_BROKEN); /* no more come */
    executor_kill_all(executor);
    executor_reap_all(executor);
    while ((call = executor->handed) != NULL) {
        executor->handed = call->next;
        ml_future_end(&call->future, ML_SYNC_BROKEN, 0);
    }
    while ((call = executor_take_first(executor)) != NULL)
        ml_future_break(&call->future);
}

/* All calls have ended, so there is room for a stop each. */
static void executor_stop(struct ml_process_executor *executor)
{
    static const struct ml_process_order stop = {.function = ML_PROCESS_STOP};
    for (uint32_t i = 0; i < executor->worker_count; i++) {
        struct ml_mp_item *item = &executor->stops[i];
        item->object = &stop;
        if (ml_mp_queue_put(&executor->orders, item, true, ML_FOREVER) !=
            ML_SYNC_OK)
            executor_kill_all(executor); /* no thread for the feeder */
    }
    executor_reap_all(executor);
}

/* ---- the manager ---- */

static bool executor_is_over(struct ml_process_executor *executor)
{
    ml_mutex_lock(&executor->lock);
    const bool over = executor->state == ML_SYNC_SHUT_DOWN &&
                      !executor->first && !executor->handed;
    ml_mutex_unlock(&executor->lock);
    return over;
}

static void executor_wait(struct ml_process_executor *executor)
{
    struct pollfd *polls = executor->polls;
    const nfds_t count = POLL_CHILDREN + executor->worker_count;
    polls[POLL_ANSWERS].fd = executor->answers.ends.read;
    polls[POLL_WAKE].fd = executor->wake_fd;
    for (uint32_t i = 0; i < executor->worker_count; i++)
        polls[POLL_CHILDREN + i].fd = executor->children[i].pidfd;
    for (nfds_t i = 0; i < count; i++)
        polls[i].events = POLLIN;
    while (poll(polls, count, -1) < 0)
        assert(errno == EINTR);
}

/* False: the worker that was to come for another did not. */
static bool executor_answer(struct ml_process_executor *executor)
{
    struct ml_process_answer answer;
    size_t size;
    if (ml_mp_simple_queue_get(&executor->answers, &answer, &size) !=
            ML_SYNC_OK ||
        size != sizeof answer)
        return false;
    struct ml_process_call *call = executor_take_handed(executor, answer.id);
    if (!call)
        return false;
    call->result = answer.result;
    ml_future_end(&call->future,
                  answer.raised == 0 ? ML_SYNC_OK : ML_SYNC_RAISED,
                  answer.raised);
    return !answer.leaves || executor_replace(executor, answer.pid) == ML_OK;
}

/* Wait for something and see to it; an end of a worker last, as its answer may
 * be here, that says why.  False: the pool is broken. */
static bool executor_tend(struct ml_process_executor *executor)
{
    const struct pollfd *polls = executor->polls;
    eventfd_t wakes;
    executor_wait(executor);
    if (polls[POLL_ANSWERS].revents != 0)
        return executor_answer(executor);
    if (polls[POLL_WAKE].revents != 0)
        return eventfd_read(executor->wake_fd, &wakes) == 0;
    return false;
}

/* Tell who opens; false: there is nothing to manage. */
static bool executor_begin(struct ml_process_executor *executor)
{
    enum ml_status status = ML_OK;
    if (executor->kind.start == ML_PROCESS_EXEC)
        status = executor_start_all(executor, &executor->error);
    ml_mutex_lock(&executor->lock);
    executor->starting = false;
    executor->error.status = status;
    ml_cond_signal(&executor->began);
    ml_mutex_unlock(&executor->lock);
    return status == ML_OK;
}

/* It starts the workers, which die with it. */
static void *executor_manage(void *context)
{
    struct ml_process_executor *executor = context;
    if (!executor_begin(executor))
        return NULL;
    bool well = executor_hand_over(executor) == ML_SYNC_OK;
    while (well && !executor_is_over(executor))
        well = executor_tend(executor) &&
               executor_hand_over(executor) == ML_SYNC_OK;
    if (well)
        executor_stop(executor);
    else
        executor_break(executor);
    return NULL;
}

/* ---- what callers call ---- */

static enum ml_status executor_allocate(struct ml_process_executor *executor,
                                        struct ml_error *err)
{
    const size_t count = executor->worker_count;
    executor->children = calloc(count, sizeof *executor->children);
    executor->stops = calloc(count, sizeof *executor->stops);
    executor->polls = calloc(POLL_CHILDREN + count, sizeof *executor->polls);
    if (!executor->children || !executor->stops || !executor->polls)
        return ml_fail_os(err, ENOMEM, "memory of the executor", NULL);
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
    const enum ml_status status =
        ml_mp_queue_open(&executor->orders, (int64_t)executor->worker_count + 1,
                         &ml_process_orders, err);
    if (status != ML_OK)
        return status;
    if (ml_mp_simple_queue_open(&executor->answers, &ml_process_answers, err) !=
        ML_OK)
        ml_mp_queue_close(&executor->orders);
    return err->status;
}

/* The workers, forked, and the manager, who execs them. */
static enum ml_status executor_start(struct ml_process_executor *executor,
                                     struct ml_error *err)
{
    if (executor->kind.start == ML_PROCESS_FORK &&
        executor_start_all(executor, err) != ML_OK)
        return err->status;
    const int rc =
        pthread_create(&executor->manager, NULL, executor_manage, executor);
    if (rc != 0)
        return ml_fail_os(err, rc, "cannot start a thread", NULL);
    ml_mutex_lock(&executor->lock);
    while (executor->starting)
        ml_cond_wait(&executor->began, &executor->lock);
    const enum ml_status status = executor->error.status;
    ml_mutex_unlock(&executor->lock);
    if (status != ML_OK) {
        (void)pthread_join(executor->manager, NULL);
        *err = executor->error;
    }
    return status;
}

static void executor_close_queues(struct ml_process_executor *executor)
{
    ml_mp_queue_close(&executor->orders);
    ml_mp_simple_queue_close(&executor->answers);
    ml_cond_close(&executor->began);
    ml_mutex_close(&executor->lock);
}

enum ml_status ml_process_executor_open(struct ml_process_executor *executor,
                                        uint32_t workers,
                                        const struct ml_process_kind *kind,
                                        struct ml_error *err)
{
    assert(workers > 0);
    if (kind->tasks > 0 && kind->start == ML_PROCESS_FORK)
        return ml_fail(err, ML_ERR_USAGE, "tasks cannot be limited",
                       "start workers by exec",
                       "who takes the place of a worker would be forked from a "
                       "program with threads");
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
    ml_cond_open(&executor->began);
    if (executor_start(executor, err) == ML_OK)
        return ML_OK;
    executor_kill_all(executor);
    executor_reap_all(executor);
    executor_close_queues(executor);
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
    executor_set_state(executor, ML_SYNC_SHUT_DOWN);
    executor_wake(executor);
    (void)pthread_join(executor->manager, NULL);
    executor_close_queues(executor);
    executor_free(executor);
}

void ml_process_call_open(struct ml_process_call *call, uint32_t function,
                          int64_t argument)
{
    memset(call, 0, sizeof *call);
    call->order.function = function;
    call->order.argument = argument;
    ml_future_open(&call->future, NULL, NULL);
}

void ml_process_call_close(struct ml_process_call *call)
{
    ml_future_close(&call->future);
}

enum ml_sync_status
ml_process_executor_submit(struct ml_process_executor *executor,
                           struct ml_process_call *call)
{
    assert(call->order.function < executor->kind.function_count);
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
