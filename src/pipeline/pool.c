/* pool.c: stages done by processes: one dispatcher thread and its workers.
 *
 * The dispatcher alone speaks with workers and owns everything known of them,
 * in private memory: which jobs lie with whom, which outbox is home.  It waits
 * in one poll() for: a worker's reply, a worker's end, and wake_fd, which
 * others ring when a job is ready, a slot or an outbox comes home, memory was
 * granted, or the run stops.
 *
 * A worker that dies is replaced once its outboxes are home.  The job it had
 * begun is tried again, up to POOL_TRIES times (a kill from outside is nobody's
 * fault and counts apart); the other job that lay with it is given to another
 * worker unblamed.
 */
#include "pipeline/line.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "pipeline/process.h"

#define POOL_TRIES 2 /* of a job whose worker crashed: RELIABILITY */
#define POOL_KILLS 8 /* of a job whose worker was killed from outside */
#define POOL_DEATHS_IN_ROW 20 /* without one success: something is broken */

enum pool_state {
    POOL_LIVING, /* takes commands */
    POOL_ENDING, /* was told to exit */
    POOL_DEAD,   /* reaped; its outboxes may still be read */
    POOL_GONE    /* closed, will not come back */
};

struct pool_worker {
    struct ml_process process;
    enum pool_state state;
    size_t stage;
    uint32_t sent, replied;          /* sequence numbers */
    uint32_t jobs[ML_CHANNEL_DEPTH]; /* of command seq % depth */
    bool outbox_home[ML_CHANNEL_DEPTH];
    struct ml_queue returned; /* outboxes that came home */
    uint32_t asked;           /* ask_seq seen */
    bool asking;
    struct ml_request request;
};

struct pool_stage {
    size_t index; /* in the plan */
    struct ml_process_kit kit;
    bool ended; /* no more jobs; its link is closed */
};

struct ml_pool {
    struct ml_run *run;
    struct pool_stage stages[ML_STEP_COUNT];
    size_t stage_count;
    struct pool_worker *workers;
    size_t worker_count;
    struct pollfd *polls; /* wake, then two a worker */
    unsigned deaths_in_row;
    bool broken;
    pthread_t thread;
    bool started;
    /* Guards pids, read from other threads. */
    pthread_mutex_t lock;
    int *pids; /* [worker_count], 0 when none is running */
};

/* ---- small parts ---- */

static struct pool_stage *pool_stage_of(struct ml_pool *pool, size_t index)
{
    size_t i = 0;
    while (pool->stages[i].index != index)
        i++;
    return &pool->stages[i];
}

static uint32_t pool_outstanding(const struct pool_worker *worker)
{
    return worker->sent - worker->replied;
}

static void pool_note_pid(struct ml_pool *pool, struct pool_worker *worker,
                          int pid)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->pids[worker - pool->workers] = pid;
    (void)pthread_mutex_unlock(&pool->lock);
}

static void pool_break(struct ml_pool *pool, const struct ml_error *err)
{
    pool->broken = true;
    ml_line_break(pool->run, err);
}

static void pool_start_worker(struct ml_pool *pool, struct pool_worker *worker)
{
    struct ml_error err;
    worker->sent = worker->replied = worker->asked = 0;
    worker->asking = false;
    for (size_t i = 0; i < ML_CHANNEL_DEPTH; i++)
        worker->outbox_home[i] = true;
    if (ml_process_open(&worker->process,
                        &pool_stage_of(pool, worker->stage)->kit,
                        &err) != ML_OK) {
        worker->state = POOL_GONE;
        pool_break(pool, &err);
        return;
    }
    worker->state = POOL_LIVING;
    pool_note_pid(pool, worker, worker->process.pid);
}

/* ---- commands ---- */

static void pool_publish(struct pool_worker *worker)
{
    worker->sent++;
    /* Release: publishes the command; pairs with the acquire in
     * worker_serve(). */
    atomic_store_explicit(&worker->process.channel->command_seq, worker->sent,
                          memory_order_release);
    (void)eventfd_write(worker->process.commands_fd, 1);
}

static void pool_send(struct ml_pool *pool, struct pool_worker *worker,
                      uint32_t index)
{
    const struct ml_job *job = &pool->run->jobs[index];
    const uint32_t entry = (worker->sent + 1) % ML_CHANNEL_DEPTH;
    struct ml_wire_command *command = &worker->process.channel->commands[entry];
    command->kind = ML_COMMAND_PICTURE;
    command->slot = job->place.index;
    command->used = job->place.used;
    command->report = job->report;
    worker->jobs[entry] = index;
    worker->outbox_home[entry] = false;
    pool_publish(worker);
}

static void pool_send_exit(struct pool_worker *worker)
{
    const uint32_t entry = (worker->sent + 1) % ML_CHANNEL_DEPTH;
    worker->process.channel->commands[entry].kind = ML_COMMAND_EXIT;
    pool_publish(worker);
    worker->state = POOL_ENDING;
}

/* The living worker of a stage with least to do that can take one more. */
static struct pool_worker *pool_choose(struct ml_pool *pool, size_t stage)
{
    struct pool_worker *best = NULL;
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct pool_worker *worker = &pool->workers[i];
        if (worker->state == POOL_LIVING && worker->stage == stage &&
            worker->outbox_home[(worker->sent + 1) % ML_CHANNEL_DEPTH] &&
            pool_outstanding(worker) < ML_CHANNEL_DEPTH &&
            (!best || pool_outstanding(worker) < pool_outstanding(best)))
            best = worker;
    }
    return best;
}

/* A result of another process stage lies in an outbox: copy it to an input
 * slot of this stage.  False when no slot is free now. */
static bool pool_move_in(struct ml_pool *pool, struct ml_link *link,
                         struct ml_job *job)
{
    struct ml_run *run = pool->run;
    uint32_t slot;
    if (job->place.slots == &link->slots)
        return true;
    if (!ml_queue_try_pop(&link->free, &slot))
        return false;
    const struct ml_place place = {.slots = &link->slots,
                                   .index = slot,
                                   .used = job->place.used,
                                   .home = &link->free};
    if (ml_slot_reserve(&link->slots, slot, place.used, &job->error) != ML_OK) {
        job->error.step = ML_STEP_FILTER;
        ml_place_release(&job->place);
        const bool pushed = ml_queue_push(&link->free, slot);
        assert(pushed);
        (void)pushed;
        return true;
    }
    memcpy(ml_slot(&link->slots, slot),
           ml_slot(job->place.slots, job->place.index), place.used);
    ml_place_release(&job->place);
    job->place = place;
    (void)pthread_mutex_lock(&run->lock);
    run->bytes_copied += place.used;
    (void)pthread_mutex_unlock(&run->lock);
    return true;
}

/* Give ready jobs to workers that can take one. */
static void pool_assign(struct ml_pool *pool, size_t stage)
{
    struct ml_run *run = pool->run;
    struct ml_link *link = &run->links[stage - 1];
    struct pool_worker *worker;
    uint32_t index;
    while (((worker = pool_choose(pool, stage)) != NULL || pool->broken) &&
           ml_queue_try_pop(&link->ready, &index)) {
        struct ml_job *job = &run->jobs[index];
        if (pool->broken && job->error.status == ML_OK) {
            ml_fail(&job->error, ML_ERR_CANCELLED, "not done", NULL,
                    "the workers cannot go on");
            job->error.step = run->settings.plan.stages[stage].first;
        }
        if (!ml_line_skips(run, stage, job) && !pool_move_in(pool, link, job)) {
            ml_queue_push_front(&link->ready, index);
            return;
        }
        if (job->error.status != ML_OK)
            ml_line_pass(run, stage, job);
        else
            pool_send(pool, worker, index);
    }
}

/* ---- replies ---- */

/* What a worker says is not believed: texts are ended, numbers are bounded. */
static bool pool_reply_is_sound(const struct ml_wire_reply *reply,
                                const struct pool_worker *worker)
{
    return (unsigned)reply->error.status < ML_STATUS_COUNT &&
           (unsigned)reply->error.step <= ML_STEP_NONE &&
           reply->used <= worker->process.outboxes.slot_bytes &&
           (unsigned)reply->report.shape_out.layout < ML_LAYOUT_COUNT &&
           (unsigned)reply->report.shape_in.layout < ML_LAYOUT_COUNT;
}

static void pool_end_texts(struct ml_wire_reply *reply)
{
    struct ml_error *error = &reply->error;
    struct ml_report *report = &reply->report;
    error->what[sizeof error->what - 1] = '\0';
    error->why[sizeof error->why - 1] = '\0';
    error->remedy[sizeof error->remedy - 1] = '\0';
    report->format_in[sizeof report->format_in - 1] = '\0';
    report->format_out[sizeof report->format_out - 1] = '\0';
    report->coding[sizeof report->coding - 1] = '\0';
    report->warning[sizeof report->warning - 1] = '\0';
}

static void pool_withdraw_ask(struct ml_pool *pool, struct pool_worker *worker)
{
    if (worker->asking)
        ml_budget_withdraw(&pool->run->work_budget, &worker->request);
    worker->asking = false;
}

/* The job of command `seq` has its result in that outbox. */
static void pool_accept(struct ml_pool *pool, struct pool_worker *worker,
                        uint32_t seq, const struct ml_wire_reply *reply)
{
    struct ml_run *run = pool->run;
    const uint32_t entry = seq % ML_CHANNEL_DEPTH;
    struct ml_job *job = &run->jobs[worker->jobs[entry]];
    struct ml_place place = {.slots = &worker->process.outboxes,
                             .index = entry,
                             .used = reply->used,
                             .home = &worker->returned};
    ml_place_release(&job->place);
    job->report = reply->report;
    job->error = reply->error;
    pool->deaths_in_row = 0;
    if (job->error.status == ML_OK)
        job->place = place;
    else
        ml_place_release(&place);
    ml_line_pass(run, worker->stage, job);
}

static void pool_kill(struct pool_worker *worker)
{
    (void)kill(worker->process.pid, SIGKILL); /* seen by its pidfd */
}

static void pool_take_replies(struct ml_pool *pool, struct pool_worker *worker)
{
    const struct ml_channel *channel = worker->process.channel;
    /* Acquire: pairs with the release in worker_picture(). */
    const uint32_t upto =
        atomic_load_explicit(&channel->reply_seq, memory_order_acquire);
    while (worker->replied != upto && worker->replied != worker->sent) {
        const uint32_t seq = worker->replied + 1;
        struct ml_wire_reply reply = channel->replies[seq % ML_CHANNEL_DEPTH];
        if (!pool_reply_is_sound(&reply, worker)) {
            pool_kill(worker);
            return;
        }
        pool_end_texts(&reply);
        worker->replied = seq;
        pool_accept(pool, worker, seq, &reply);
    }
}

/* ---- memory ---- */

static void pool_answer(struct pool_worker *worker, enum ml_status status)
{
    struct ml_channel *channel = worker->process.channel;
    channel->grant_status = status;
    /* Release: publishes grant_status; pairs with worker_ask(). */
    atomic_store_explicit(&channel->grant_seq, worker->asked,
                          memory_order_release);
    (void)eventfd_write(worker->process.commands_fd, 1);
}

static void pool_take_ask(struct ml_pool *pool, struct pool_worker *worker)
{
    struct ml_run *run = pool->run;
    const struct ml_channel *channel = worker->process.channel;
    struct ml_error err;
    /* Acquire: pairs with the release in worker_ask(). */
    const uint32_t ask =
        atomic_load_explicit(&channel->ask_seq, memory_order_acquire);
    if (ask == worker->asked || worker->asking || pool_outstanding(worker) == 0)
        return;
    worker->asked = ask;
    uint64_t bytes = channel->ask_bytes;
    if (!run->settings.order.split && bytes > run->share_bytes)
        bytes -= run->share_bytes;
    if (ml_budget_request(&run->work_budget, &worker->request, bytes, &err) !=
        ML_OK) {
        pool_answer(worker, ML_ERR_LIMIT);
        return;
    }
    worker->asking = true;
}

/* Answer an ask once it is granted; when the run stops, refuse it. */
static void pool_serve_ask(struct ml_pool *pool, struct pool_worker *worker)
{
    struct ml_run *run = pool->run;
    if (!worker->asking)
        return;
    if (ml_budget_granted(&run->work_budget, &worker->request)) {
        const uint32_t entry = (worker->replied + 1) % ML_CHANNEL_DEPTH;
        run->jobs[worker->jobs[entry]].charged_work += worker->request.bytes;
        worker->asking = false;
        pool_answer(worker, ML_OK);
    } else if (atomic_load(&run->stopping)) {
        pool_withdraw_ask(pool, worker);
        pool_answer(worker, ML_ERR_CANCELLED);
    }
}

/* ---- deaths ---- */

/* The job that the dead worker had begun: once more, or no more. */
static void pool_blame(struct ml_pool *pool, struct pool_worker *worker,
                       struct ml_job *job, const struct ml_process_end *end)
{
    struct ml_run *run = pool->run;
    const struct ml_plan_stage *stage =
        &run->settings.plan.stages[worker->stage];
    job->deaths++;
    job->kills += end->from_outside;
    if (job->charged_work) { /* the next try asks again */
        ml_budget_give(&run->work_budget, job->charged_work);
        job->charged_work = 0;
    }
    const bool again = end->from_outside
                           ? job->kills < POOL_KILLS
                           : job->deaths - job->kills < POOL_TRIES;
    if (again && !pool->broken) {
        ml_queue_push_front(&run->links[worker->stage - 1].ready,
                            (uint32_t)(job - run->jobs));
        return;
    }
    ml_fail(&job->error, ML_ERR_CRASH, "the worker process died on it",
            end->from_outside ? "find out who kills minilab's workers"
                              : "keep the file out and report it",
            "%s, %u times", end->text, job->deaths);
    job->error.step = stage->first;
    ml_line_pass(run, worker->stage, job);
}

/* All that lay with a dead worker and has no reply. */
static void pool_recover(struct ml_pool *pool, struct pool_worker *worker,
                         const struct ml_process_end *end)
{
    struct ml_run *run = pool->run;
    const uint32_t started = atomic_load_explicit(
        &worker->process.channel->started_seq, memory_order_acquire);
    /* Newest first: pushed to the front, they come out oldest first. */
    for (uint32_t seq = worker->sent; seq != worker->replied; seq--) {
        const uint32_t entry = seq % ML_CHANNEL_DEPTH;
        struct ml_job *job = &run->jobs[worker->jobs[entry]];
        worker->outbox_home[entry] = true;
        if (seq == started)
            pool_blame(pool, worker, job, end);
        else
            ml_queue_push_front(&run->links[worker->stage - 1].ready,
                                (uint32_t)(job - run->jobs));
    }
    worker->replied = worker->sent;
}

static void pool_bury(struct ml_pool *pool, struct pool_worker *worker)
{
    struct ml_process_end end;
    struct ml_error err;
    ml_process_reap(&worker->process, &end); /* then nothing more is written */
    pool_note_pid(pool, worker, 0);
    pool_take_replies(pool, worker);
    pool_withdraw_ask(pool, worker);
    const bool expected = worker->state == POOL_ENDING && end.clean;
    if (worker->state == POOL_ENDING) {
        worker->replied = worker->sent; /* the exit has no reply */
    } else {
        pool_recover(pool, worker, &end);
    }
    worker->state = POOL_DEAD;
    if (expected)
        return;
    (void)pthread_mutex_lock(&pool->run->lock);
    pool->run->worker_deaths++;
    (void)pthread_mutex_unlock(&pool->run->lock);
    if (++pool->deaths_in_row < POOL_DEATHS_IN_ROW || pool->broken)
        return;
    ml_fail(&err, ML_ERR_CRASH, "workers die again and again",
            "run minilab doctor; try --mode threads",
            "%u in a row without one success; the last was %s",
            pool->deaths_in_row, end.text);
    pool_break(pool, &err);
}

static bool pool_outboxes_home(const struct pool_worker *worker)
{
    for (size_t i = 0; i < ML_CHANNEL_DEPTH; i++) {
        if (!worker->outbox_home[i])
            return false;
    }
    return true;
}

/* ---- the dispatcher ---- */

static void pool_tend(struct ml_pool *pool, struct pool_worker *worker)
{
    uint32_t outbox;
    while (ml_queue_try_pop(&worker->returned, &outbox))
        worker->outbox_home[outbox] = true;
    pool_serve_ask(pool, worker);
    if (worker->state != POOL_DEAD || !pool_outboxes_home(worker))
        return;
    ml_process_close(&worker->process);
    worker->state = POOL_GONE;
    if (!pool->broken && !pool_stage_of(pool, worker->stage)->ended)
        pool_start_worker(pool, worker);
}

/* A stage ends when its input has ended and nothing lies with its workers. */
static void pool_end_stage(struct ml_pool *pool, struct pool_stage *stage)
{
    struct ml_run *run = pool->run;
    if (stage->ended || !ml_queue_ended(&run->links[stage->index - 1].ready))
        return;
    for (size_t i = 0; i < pool->worker_count; i++) {
        if (pool->workers[i].stage == stage->index &&
            pool_outstanding(&pool->workers[i]) > 0)
            return;
    }
    stage->ended = true;
    ml_line_producer_ends(run, stage->index);
}

/* Ended stages' workers are told to exit once their last outboxes are home. */
static bool pool_all_gone(struct ml_pool *pool)
{
    bool gone = true;
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct pool_worker *worker = &pool->workers[i];
        if (worker->state == POOL_LIVING && pool_outboxes_home(worker) &&
            pool_stage_of(pool, worker->stage)->ended)
            pool_send_exit(worker);
        gone = gone && worker->state == POOL_GONE;
    }
    for (size_t i = 0; i < pool->stage_count; i++)
        gone = gone && pool->stages[i].ended;
    return gone;
}

static void pool_wait(struct ml_pool *pool)
{
    pool->polls[0] =
        (struct pollfd){.fd = pool->run->wake_fd, .events = POLLIN};
    for (size_t i = 0; i < pool->worker_count; i++) {
        const struct pool_worker *worker = &pool->workers[i];
        const bool runs =
            worker->state == POOL_LIVING || worker->state == POOL_ENDING;
        pool->polls[1 + 2 * i] = (struct pollfd){
            .fd = runs ? worker->process.replies_fd : -1, .events = POLLIN};
        pool->polls[2 + 2 * i] = (struct pollfd){
            .fd = runs ? worker->process.pidfd : -1, .events = POLLIN};
    }
    while (poll(pool->polls, 1 + 2 * (nfds_t)pool->worker_count, -1) < 0 &&
           errno == EINTR)
        continue;
    eventfd_t count;
    if (pool->polls[0].revents)
        (void)eventfd_read(pool->run->wake_fd, &count);
}

static void pool_hear(struct ml_pool *pool, size_t index)
{
    struct pool_worker *worker = &pool->workers[index];
    eventfd_t count;
    if (pool->polls[1 + 2 * index].revents) {
        (void)eventfd_read(worker->process.replies_fd, &count);
        pool_take_replies(pool, worker);
        pool_take_ask(pool, worker);
    }
    if (pool->polls[2 + 2 * index].revents)
        pool_bury(pool, worker);
}

static void *pool_main(void *context)
{
    struct ml_pool *pool = context;
    for (size_t i = 0; i < pool->worker_count; i++) {
        if (!pool->broken)
            pool_start_worker(pool, &pool->workers[i]);
        else
            pool->workers[i].state = POOL_GONE;
    }
    for (;;) {
        for (size_t i = 0; i < pool->worker_count; i++)
            pool_tend(pool, &pool->workers[i]);
        for (size_t i = 0; i < pool->stage_count; i++) {
            pool_assign(pool, pool->stages[i].index);
            pool_end_stage(pool, &pool->stages[i]);
        }
        if (pool_all_gone(pool))
            break;
        pool_wait(pool);
        for (size_t i = 0; i < pool->worker_count; i++)
            pool_hear(pool, i);
    }
    return NULL;
}

/* ---- opening and closing ---- */

static enum ml_status pool_open_kit(struct ml_run *run, size_t index,
                                    struct ml_process_kit *kit,
                                    struct ml_error *err)
{
    static const size_t recipe_capacity = (size_t)256 << 10;
    const struct ml_order *order = &run->settings.order;
    const struct ml_plan_stage *stage = &run->settings.plan.stages[index];
    const struct ml_slots *inputs = &run->links[index - 1].slots;
    size_t codec_count;
    const struct ml_codec *const *codecs = ml_codecs(&codec_count);
    struct ml_text recipe;
    char *text = malloc(recipe_capacity);
    if (!text)
        return ml_fail_os(err, ENOMEM, "memory of the recipe", NULL);
    ml_text_open(&recipe, text, recipe_capacity);
    ml_recipe_print(order->chain, &recipe);
    kit->program = run->settings.worker_program ? run->settings.worker_program
                                                : "/proc/self/exe";
    kit->outbox_bytes = ml_output_capacity(order, stage->last);
    struct ml_wire_order wire = {
        .wire_bytes = sizeof wire,
        .parent_pid = getpid(),
        .first = stage->first,
        .last = stage->last,
        .to = -1,
        .share_bytes = run->share_bytes,
        .input_slot_bytes = inputs->slot_bytes,
        .input_slot_count = inputs->count,
        .recipe_bytes = (uint32_t)recipe.used,
        .source = order->source,
        .sink = order->sink,
        .exact = order->exact,
        .probe = order->probe,
        .split = order->split,
    };
    memcpy(wire.background, order->background, 3);
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    wire.outbox_bytes = (kit->outbox_bytes + page - 1) / page * page;
    for (size_t i = 0; order->to && i < codec_count; i++) {
        if (codecs[i] == order->to)
            wire.to = (int32_t)i;
    }
    kit->order_fd = ml_process_order_fd(&wire, text, err);
    free(text);
    if (kit->order_fd < 0)
        return err->status;
    return ml_slots_read_only(inputs, &kit->inputs_fd, err);
}

static enum ml_status pool_open_workers(struct ml_run *run,
                                        struct ml_pool *pool,
                                        struct ml_error *err)
{
    pool->workers = calloc(pool->worker_count, sizeof *pool->workers);
    pool->pids = calloc(pool->worker_count, sizeof *pool->pids);
    pool->polls = calloc(1 + 2 * pool->worker_count, sizeof *pool->polls);
    if (!pool->workers || !pool->pids || !pool->polls)
        return ml_fail_os(err, ENOMEM, "table of workers", NULL);
    size_t next = 0;
    for (size_t i = 0; i < pool->stage_count; i++) {
        const size_t stage = pool->stages[i].index;
        for (unsigned k = 0; k < run->settings.plan.stages[stage].width; k++) {
            struct pool_worker *worker = &pool->workers[next++];
            worker->stage = stage;
            worker->state = POOL_GONE;
            const enum ml_status status =
                ml_queue_open(&worker->returned, ML_CHANNEL_DEPTH, err);
            if (status != ML_OK)
                return status;
            ml_queue_wake(&worker->returned, run->wake_fd);
        }
    }
    return ML_OK;
}

enum ml_status ml_pool_open(struct ml_run *run, struct ml_error *err)
{
    struct ml_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return ml_fail_os(err, ENOMEM, "memory of the pool", NULL);
    run->pool = pool;
    pool->run = run;
    (void)pthread_mutex_init(&pool->lock, NULL);
    for (size_t i = 0; i < run->settings.plan.count; i++) {
        const struct ml_plan_stage *stage = &run->settings.plan.stages[i];
        if (stage->executor != ML_PROCESSES)
            continue;
        struct pool_stage *of_pool = &pool->stages[pool->stage_count++];
        *of_pool = (struct pool_stage){.index = i};
        of_pool->kit.order_fd = of_pool->kit.inputs_fd = -1;
        pool->worker_count += stage->width;
        const enum ml_status status = pool_open_kit(run, i, &of_pool->kit, err);
        if (status != ML_OK)
            return status;
    }
    return pool_open_workers(run, pool, err);
}

enum ml_status ml_pool_start(struct ml_run *run, struct ml_error *err)
{
    struct ml_pool *pool = run->pool;
    const int rc = pthread_create(&pool->thread, NULL, pool_main, pool);
    if (rc != 0)
        return ml_fail_os(err, rc, "cannot start the dispatcher",
                          "lower --jobs");
    pool->started = true;
    return ML_OK;
}

void ml_pool_join(struct ml_run *run)
{
    if (run->pool->started)
        (void)pthread_join(run->pool->thread, NULL);
    run->pool->started = false;
}

void ml_pool_close(struct ml_run *run)
{
    struct ml_pool *pool = run->pool;
    if (!pool)
        return;
    for (size_t i = 0; pool->workers && i < pool->worker_count; i++)
        ml_queue_close_memory(&pool->workers[i].returned);
    for (size_t i = 0; i < pool->stage_count; i++) {
        if (pool->stages[i].kit.order_fd >= 0)
            (void)close(pool->stages[i].kit.order_fd);
        if (pool->stages[i].kit.inputs_fd >= 0)
            (void)close(pool->stages[i].kit.inputs_fd);
    }
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool->polls);
    free(pool->pids);
    free(pool->workers);
    free(pool);
    run->pool = NULL;
}

size_t ml_pool_pids(struct ml_run *run, int *pids_out, size_t capacity)
{
    struct ml_pool *pool = run->pool;
    size_t count = 0;
    (void)pthread_mutex_lock(&pool->lock);
    for (size_t i = 0; i < pool->worker_count && count < capacity; i++) {
        if (pool->pids[i] != 0)
            pids_out[count++] = pool->pids[i];
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return count;
}
