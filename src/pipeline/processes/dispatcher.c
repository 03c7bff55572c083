/* dispatcher.c: stages done by processes: one dispatcher thread and its
 * workers.
 *
 * The dispatcher alone speaks with workers and owns everything known of them,
 * in private memory: which jobs lie with whom, which outbox is home.  It waits
 * in one poll() for: a worker's reply, a worker's end, and the bell, which
 * others ring when a job is ready, a slot or an outbox comes home, memory was
 * granted, or the run stops.
 *
 * Whom to give what is schedule.c, what becomes of the dead recovery.c.
 */
#include "pipeline/processes/pool_internal.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

/* With jobs lost, nothing happened for so long: nothing will. */
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
        worker->state = POOL_NOT_STARTED; /* another comes when it is needed */
    else
        ml_pool_start_worker(pool, worker);
}

/* A stage ends when its input has ended and nothing lies with its workers. */
static void pool_end_stage(struct ml_pool *pool, struct ml_pool_stage *stage)
{
    struct ml_run *run = pool->run;
    if (stage->ended || !ml_pool_is_idle(pool, stage) ||
        !ml_queue_drained(&run->links[stage->index - 1].ready))
        return;
    stage->ended = true;
    ml_pipeline_producer_done(run, stage->index);
}

/* Ended stages' workers are told to exit once their last outboxes are home. */
static bool pool_all_gone(struct ml_pool *pool)
{
    bool gone = true;
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct ml_pool_worker *worker = &pool->workers[i];
        if (worker->state == POOL_RUNNING && ml_pool_buffers_all_free(worker) &&
            ml_pool_stage_of(pool, worker->stage)->ended)
            ml_pool_send_exit(worker);
        gone = gone && (worker->state == POOL_CLOSED ||
                        worker->state == POOL_NOT_STARTED);
    }
    for (size_t i = 0; i < pool->stage_count; i++)
        gone = gone && pool->stages[i].ended;
    return gone;
}

/* What the dispatcher is to be woken for, beside ends: jobs when a worker could
 * soon be idle, outboxes when they are waited for. */
static unsigned pool_wants(const struct ml_pool *pool)
{
    unsigned wants = pool->broken ? ML_WAKE_WORK | ML_WAKE_BUFFER : 0;
    for (size_t i = 0; i < pool->worker_count; i++) {
        const struct ml_pool_worker *worker = &pool->workers[i];
        const uint32_t outstanding = ml_pool_outstanding(worker);
        if (worker->state == POOL_NOT_STARTED)
            wants |= ML_WAKE_WORK;
        else if (worker->state != POOL_RUNNING)
            wants |= ML_WAKE_BUFFER;
        else if (outstanding < ML_CHANNEL_LONG)
            wants |= ML_WAKE_WORK;
        if (outstanding < ML_CHANNEL_LONG && worker->buffers_in_use > 0)
            wants |= ML_WAKE_BUFFER;
    }
    return wants;
}

/* For ever, unless jobs were lost that nobody will tell of. */
static int pool_stall_timeout_ms(const struct ml_pool *pool)
{
    for (size_t i = 0; i < pool->stage_count; i++) {
        if (pool->stages[i].lost_count > 0)
            return POOL_STALL_TIMEOUT_MS;
    }
    return -1;
}

/* Only what is open is waited for: poll() refuses more entries than there may
 * be open files, closed ones too. */
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
    pool->waited = false;
    if (!ml_waker_prepare_wait(waker, seen, pool_wants(pool))) {
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
    pool->waited = ready == 0;
    ml_trace_end(pool->track);
    ml_waker_finish_wait(waker, pool->polls[0].revents != 0);
}

/* A worker's replies are there to be seen whether it rang or not. */
static void pool_hear(struct ml_pool *pool, size_t index)
{
    struct ml_pool_worker *worker = &pool->workers[index];
    const struct pollfd *heard = &pool->polls[worker->poll_at];
    eventfd_t count;
    if (worker->poll_at == 0)
        return;
    if (heard[0].revents)
        (void)eventfd_read(worker->process.replies_fd, &count);
    ml_pool_handle_replies(pool, worker);
    if (heard[1].revents)
        ml_pool_worker_exited(pool, worker);
}

/* Wake whom the last round gave something: workers, and the next stages. */
static void pool_ring(struct ml_pool *pool)
{
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct ml_process *process = &pool->workers[i].process;
        if (pool->workers[i].state == POOL_RUNNING)
            process->transport->ring(process);
    }
    for (size_t i = 0; i < pool->stage_count; i++)
        ml_pipeline_flush_wakeups(pool->run, pool->stages[i].index);
}

/* The dispatcher's own part of what the transport costs. */
static void pool_count_switches(struct ml_pool *pool)
{
    struct rusage used;
    if (getrusage(RUSAGE_THREAD, &used) != 0)
        return;
    ml_mutex_lock(&pool->run->lock);
    pool->run->transport.switches += (uint64_t)used.ru_nvcsw;
    ml_mutex_unlock(&pool->run->lock);
}

/* Writing to a worker that is gone is an error like others, not a signal.  The
 * threads started from here inherit this; workers do not. */
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
        pool_ring(pool);
        if (pool_all_gone(pool))
            break;
        pool_wait(pool, seen);
        for (size_t i = 0; i < pool->worker_count; i++)
            pool_hear(pool, i);
    }
    pool_count_switches(pool);
    return NULL;
}
