/* process_manager.c: the thread between the callers and the workers: see
 * process_executor.h.
 */
#include "python/multiprocessing/process_manager.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>

/* ---- queued and sent calls ---- */

static struct ml_process_future *
manager_take_first(struct ml_process_executor *executor)
{
    ml_mutex_lock(&executor->lock);
    struct ml_process_future *call = executor->first;
    if (call) {
        executor->first = call->next;
        if (!executor->first)
            executor->last = NULL;
    }
    ml_mutex_unlock(&executor->lock);
    return call;
}

static struct ml_process_future *
manager_take_sent(struct ml_process_executor *executor, uint64_t id)
{
    struct ml_process_future **at = &executor->sent;
    while (*at && (*at)->request.id != id)
        at = &(*at)->next;
    struct ml_process_future *call = *at;
    if (call)
        *at = call->next;
    return call;
}

/* Only the manager puts requests, so space that it has seen remains. */
static enum ml_sync_status manager_send(struct ml_process_executor *executor,
                                        struct ml_process_future *call)
{
    call->request.id = executor->next_id++;
    call->item.object = &call->request;
    call->next = executor->sent;
    executor->sent = call;
    return ml_mp_queue_put(&executor->requests, &call->item, false, ML_FOREVER);
}

/* Send calls while the queue has space. */
static enum ml_sync_status
manager_send_all(struct ml_process_executor *executor)
{
    enum ml_sync_status status = ML_SYNC_OK;
    ml_mutex_lock(&executor->lock);
    const uint64_t submitted = executor->submitted;
    ml_mutex_unlock(&executor->lock);
    while (status == ML_SYNC_OK && !ml_mp_queue_is_full(&executor->requests)) {
        struct ml_process_future *call = manager_take_first(executor);
        if (!call)
            break;
        if (ml_future_set_running(&call->future))
            status = manager_send(executor, call);
    }
    ml_mutex_lock(&executor->lock);
    executor->seen = submitted;
    ml_mutex_unlock(&executor->lock);
    return status;
}

/* ---- workers ---- */

static enum ml_status manager_start_worker(struct ml_process_executor *executor,
                                           uint32_t i, struct ml_error *err)
{
    return ml_process_worker_start(&executor->children[i], &executor->kind,
                                   &executor->requests, &executor->responses,
                                   err);
}

enum ml_status ml_process_workers_start(struct ml_process_executor *executor,
                                        struct ml_error *err)
{
    enum ml_status status = ML_OK;
    for (uint32_t i = 0; i < executor->worker_count && status == ML_OK; i++)
        status = manager_start_worker(executor, i, err);
    return status;
}

static void manager_kill_all(struct ml_process_executor *executor)
{
    for (uint32_t i = 0; i < executor->worker_count; i++)
        ml_subprocess_kill(&executor->children[i]);
}

/* Wait until all workers have ended.  One that crashes may hold a lock for
 * which other workers wait: then kill those too. */
static void manager_reap_all(struct ml_process_executor *executor)
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
            struct ml_subprocess_end end;
            if (polls[i].revents == 0)
                continue;
            ml_subprocess_close(&executor->children[i], &end, NULL);
            if (!end.clean)
                manager_kill_all(executor);
        }
    }
}

void ml_process_workers_kill(struct ml_process_executor *executor)
{
    manager_kill_all(executor);
    manager_reap_all(executor);
}

/* A worker has sent its last response and ends: start another in its place.
 * False: no such worker, or the start failed. */
static bool manager_replace(struct ml_process_executor *executor, pid_t pid)
{
    struct ml_subprocess_end end;
    struct ml_error err;
    uint32_t i = 0;
    while (i < executor->worker_count && executor->children[i].pid != pid)
        i++;
    if (i == executor->worker_count)
        return false;
    ml_subprocess_close(&executor->children[i], &end, NULL);
    return manager_start_worker(executor, i, &err) == ML_OK;
}

/* ---- the end ---- */

static void manager_break(struct ml_process_executor *executor)
{
    struct ml_process_future *call;
    ml_mutex_lock(&executor->lock);
    executor->state = ML_SYNC_BROKEN; /* submits are refused */
    executor->seen = executor->submitted;
    ml_mutex_unlock(&executor->lock);
    ml_process_workers_kill(executor);
    ml_mp_queue_close(
        &executor->requests); /* the feeder uses no call any more */
    while ((call = executor->sent) != NULL) {
        executor->sent = call->next;
        ml_future_set_result(&call->future, ML_SYNC_BROKEN, 0);
    }
    while ((call = manager_take_first(executor)) != NULL)
        ml_future_set_broken(&call->future);
}

/* All calls have ended, so there is space for one stop a worker. */
static void manager_stop(struct ml_process_executor *executor)
{
    static const struct ml_process_request stop = {.function = ML_PROCESS_STOP};
    for (uint32_t i = 0; i < executor->worker_count; i++) {
        struct ml_mp_item *item = &executor->stops[i];
        item->object = &stop;
        if (ml_mp_queue_put(&executor->requests, item, true, ML_FOREVER) !=
            ML_SYNC_OK)
            manager_kill_all(executor); /* no thread for the feeder */
    }
    manager_reap_all(executor);
    ml_mp_queue_close(&executor->requests);
}

/* ---- the thread ---- */

static bool manager_is_over(struct ml_process_executor *executor)
{
    ml_mutex_lock(&executor->lock);
    const bool over = executor->state == ML_SYNC_SHUT_DOWN &&
                      !executor->first && !executor->sent;
    ml_mutex_unlock(&executor->lock);
    return over;
}

static void manager_wait(struct ml_process_executor *executor)
{
    struct pollfd *polls = executor->polls;
    const nfds_t count = POLL_CHILDREN + executor->worker_count;
    polls[POLL_RESPONSES].fd = executor->responses.ends.read;
    polls[POLL_WAKE].fd = executor->wake_fd;
    for (uint32_t i = 0; i < executor->worker_count; i++)
        polls[POLL_CHILDREN + i].fd = executor->children[i].pidfd;
    for (nfds_t i = 0; i < count; i++)
        polls[i].events = POLLIN;
    while (poll(polls, count, -1) < 0)
        assert(errno == EINTR);
}

/* Receive a response.  False: it is invalid, or a worker could not be
 * replaced. */
static bool manager_receive(struct ml_process_executor *executor)
{
    struct ml_process_response response;
    size_t size;
    if (ml_mp_simple_queue_get(&executor->responses, &response, &size) !=
            ML_SYNC_OK ||
        size != sizeof response)
        return false;
    struct ml_process_future *call = manager_take_sent(executor, response.id);
    if (!call)
        return false;
    call->result = response.result;
    ml_future_set_result(&call->future,
                         response.raised == 0 ? ML_SYNC_OK : ML_SYNC_RAISED,
                         response.raised);
    return !response.leaves || manager_replace(executor, response.pid);
}

/* Wait for an event and handle it; the end of a worker last, because its last
 * response may announce it.  False: the pool is broken. */
static bool manager_handle_event(struct ml_process_executor *executor)
{
    const struct pollfd *polls = executor->polls;
    eventfd_t wakes;
    manager_wait(executor);
    if (polls[POLL_RESPONSES].revents != 0)
        return manager_receive(executor);
    if (polls[POLL_WAKE].revents != 0)
        return eventfd_read(executor->wake_fd, &wakes) == 0;
    return false;
}

/* Start the workers and wake the thread that opens.  False: the start
 * failed. */
static bool manager_begin(struct ml_process_executor *executor)
{
    enum ml_status status = ML_OK;
    if (executor->kind.start == ML_PROCESS_EXEC)
        status = ml_process_workers_start(executor, &executor->error);
    ml_mutex_lock(&executor->lock);
    executor->starting = false;
    executor->error.status = status;
    ml_cond_signal(&executor->started);
    ml_mutex_unlock(&executor->lock);
    return status == ML_OK;
}

/* The manager starts the workers, which are killed when it ends. */
void *ml_process_manager_main(void *context)
{
    struct ml_process_executor *executor = context;
    if (!manager_begin(executor))
        return NULL;
    bool running = manager_send_all(executor) == ML_SYNC_OK;
    while (running && !manager_is_over(executor))
        running = manager_handle_event(executor) &&
                  manager_send_all(executor) == ML_SYNC_OK;
    if (running)
        manager_stop(executor);
    else
        manager_break(executor);
    return NULL;
}
