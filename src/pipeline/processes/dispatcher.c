/* dispatcher.c: the dispatcher thread, which runs the stages whose executor is
 * processes.
 *
 * Only the dispatcher talks to workers, and it owns all state of them, in
 * private memory: which jobs a worker has, which result buffers are free.  It
 * waits in one poll() for a worker's reply, a worker's exit, and the waker:
 * another thread wakes it when a job is ready, a slot or a result buffer is
 * free, memory was granted, or the run stops.
 *
 * schedule.c chooses a worker for a job; recovery.c handles exits.
 */
#include "pipeline/processes/pool_internal.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

/* With lost jobs: after this long without an event, none is expected. */
#define POOL_STALL_TIMEOUT_MS 1000

static void pool_service_worker(struct ml_pool *pool,
                                struct ml_pool_worker *worker)
{
    uint32_t result_buffer;
    while (ml_queue_try_pop(&worker->returned, &result_buffer))
        ml_pool_buffer_returned(worker, result_buffer);
    ml_pool_handle_memory_request(pool, worker);
    if (worker->state == POOL_RUNNING &&
        ml_pool_worker_reached_task_limit(pool, worker))
        ml_pool_send_exit(worker);
    if (worker->state != POOL_EXITED || !ml_pool_buffers_all_free(worker))
        return;
    ml_process_close(&worker->process);
    worker->state = POOL_CLOSED;
    if (pool->broken || ml_pool_stage_of(pool, worker->stage)->ended)
        return;
    if (worker->stop_requested)
        worker->state = POOL_NOT_STARTED; /* the next job starts a new one */
    else
        ml_pool_start_worker(pool, worker);
}

/* A stage ends when its input has ended and no worker has a command. */
static void pool_end_stage(struct ml_pool *pool, struct ml_pool_stage *stage)
{
    struct ml_run *run = pool->run;
    if (stage->ended || !ml_pool_is_idle(pool, stage) ||
        !ml_queue_drained(&run->links[stage->index - 1].ready))
        return;
    stage->ended = true;
    ml_pipeline_producer_done(run, stage->index);
}

/* Send the exit command to workers of ended stages once their result buffers
 * are free.  True when all workers are closed and all stages have ended. */
static bool pool_all_closed(struct ml_pool *pool)
{
    bool closed = true;
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct ml_pool_worker *worker = &pool->workers[i];
        if (worker->state == POOL_RUNNING && ml_pool_buffers_all_free(worker) &&
            ml_pool_stage_of(pool, worker->stage)->ended)
            ml_pool_send_exit(worker);
        closed = closed && (worker->state == POOL_CLOSED ||
                            worker->state == POOL_NOT_STARTED);
    }
    for (size_t i = 0; i < pool->stage_count; i++)
        closed = closed && pool->stages[i].ended;
    return closed;
}

/* The events to wake the dispatcher for, beside ML_WAKE_ALWAYS: jobs when a
 * worker could soon be idle, result buffers when a worker waits for one. */
static unsigned pool_interest(const struct ml_pool *pool)
{
    unsigned interest = pool->broken ? ML_WAKE_WORK | ML_WAKE_BUFFER : 0;
    for (size_t i = 0; i < pool->worker_count; i++) {
        const struct ml_pool_worker *worker = &pool->workers[i];
        const uint32_t outstanding = ml_pool_outstanding(worker);
        if (worker->state == POOL_NOT_STARTED)
            interest |= ML_WAKE_WORK;
        else if (worker->state != POOL_RUNNING)
            interest |= ML_WAKE_BUFFER;
        else if (outstanding < ML_CHANNEL_LONG)
            interest |= ML_WAKE_WORK;
        if (outstanding < ML_CHANNEL_LONG && worker->buffers_in_use > 0)
            interest |= ML_WAKE_BUFFER;
    }
    return interest;
}

/* No timeout, unless jobs were lost: no event will report these. */
static int pool_stall_timeout_ms(const struct ml_pool *pool)
{
    for (size_t i = 0; i < pool->stage_count; i++) {
        if (pool->stages[i].lost_count > 0)
            return POOL_STALL_TIMEOUT_MS;
    }
    return -1;
}

/* Pass only open descriptors: poll() refuses more entries than RLIMIT_NOFILE,
 * and counts closed ones too. */
static void pool_wait(struct ml_pool *pool, uint32_t seen)
{
    struct ml_waker *waker = &pool->run->waker;
    size_t count = 1;
    pool->polls[0] = (struct pollfd){.fd = waker->fd, .events = POLLIN};
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct ml_pool_worker *worker = &pool->workers[i];
        worker->poll_at = 0;
        if (worker->state != POOL_RUNNING && worker->state != POOL_STOPPING)
            continue;
        worker->poll_at = count;
        pool->polls[count++] =
            (struct pollfd){.fd = worker->process.replies_fd, .events = POLLIN};
        pool->polls[count++] = (struct pollfd){
            .fd = worker->process.child.pidfd, .events = POLLIN};
    }
    pool->poll_timed_out = false;
    if (!ml_waker_prepare_wait(waker, seen, pool_interest(pool))) {
        for (size_t i = 0; i < count; i++)
            pool->polls[i].revents = 0;
        return;
    }
    ml_trace_begin_for(pool->track, ML_TRACE_IDLE, ML_TRACE_NO_JOB,
                       ML_WAIT_EVENT);
    int ready;
    do {
        ready = poll(pool->polls, (nfds_t)count, pool_stall_timeout_ms(pool));
    } while (ready < 0 && errno == EINTR);
    pool->poll_timed_out = ready == 0;
    ml_trace_end(pool->track);
    ml_waker_finish_wait(waker, pool->polls[0].revents != 0);
}

/* Replies are published without a wake-up too, so check every worker. */
static void pool_handle_worker(struct ml_pool *pool, size_t index)
{
    struct ml_pool_worker *worker = &pool->workers[index];
    const struct pollfd *polled = &pool->polls[worker->poll_at];
    eventfd_t count;
    if (worker->poll_at == 0)
        return;
    if (polled[0].revents)
        (void)eventfd_read(worker->process.replies_fd, &count);
    ml_pool_handle_replies(pool, worker);
    if (polled[1].revents)
        ml_pool_worker_exited(pool, worker);
}

/* Wake the workers and the next stages that the last iteration gave work. */
static void pool_wake_all(struct ml_pool *pool)
{
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct ml_process *process = &pool->workers[i].process;
        if (pool->workers[i].state == POOL_RUNNING)
            process->transport->wake(process);
    }
    for (size_t i = 0; i < pool->stage_count; i++)
        ml_pipeline_flush_wakeups(pool->run, pool->stages[i].index);
}

/* Add the dispatcher's context switches to the cost of the transport. */
static void pool_count_switches(struct ml_pool *pool)
{
    struct rusage used;
    if (getrusage(RUSAGE_THREAD, &used) != 0)
        return;
    ml_mutex_lock(&pool->run->lock);
    pool->run->transport.switches += (uint64_t)used.ru_nvcsw;
    ml_mutex_unlock(&pool->run->lock);
}

/* Writing to a worker that has exited must fail, not raise a signal.  Threads
 * started from here inherit the mask; workers do not. */
static void pool_block_sigpipe(void)
{
    sigset_t blocked;
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &blocked, NULL);
}

void *ml_pool_main(void *context)
{
    struct ml_pool *pool = context;
    pool_block_sigpipe();
    for (;;) {
        const uint32_t seen = ml_waker_epoch(&pool->run->waker);
        for (size_t i = 0; i < pool->worker_count; i++)
            pool_service_worker(pool, &pool->workers[i]);
        ml_pool_check_stalled(pool);
        for (size_t i = 0; i < pool->stage_count; i++) {
            ml_pool_assign(pool, pool->stages[i].index);
            pool_end_stage(pool, &pool->stages[i]);
        }
        pool_wake_all(pool);
        if (pool_all_closed(pool))
            break;
        pool_wait(pool, seen);
        for (size_t i = 0; i < pool->worker_count; i++)
            pool_handle_worker(pool, i);
    }
    pool_count_switches(pool);
    return NULL;
}
