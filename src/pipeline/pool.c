/* pool.c: stages done by processes: one dispatcher thread and its workers.
 *
 * The dispatcher alone speaks with workers and owns everything known of them,
 * in private memory: which jobs lie with whom, which outbox is home.  It waits
 * in one poll() for: a worker's reply, a worker's end, and the bell, which
 * others ring when a job is ready, a slot or an outbox comes home, memory was
 * granted, or the run stops.
 *
 * A worker that dies is replaced once its outboxes are home.  The job it had
 * begun is tried again, up to POOL_TRIES times (a kill from outside is nobody's
 * fault and counts apart); the other job that lay with it is given to another
 * worker unblamed.
 */
#include "pipeline/pool_inside.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define POOL_TRIES 2 /* of a job whose worker crashed: RELIABILITY */
/* Killed from outside, or dead before they began it: nobody's fault, but not
 * for ever.  A job that comes back goes to a fresh worker, and while that one
 * starts others go on: whoever kills by their pace hits it again and again. */
#define POOL_KILLS 16
#define POOL_LOSSES 16
/* Commands that lie with a worker are to last about so long: long enough that
 * it need not wait for the dispatcher, and no longer, for at the end of a run
 * others may have nothing to do. */
#define POOL_AHEAD_NS (2 * ML_NS_PER_MS)
#define POOL_DEATHS_IN_ROW 20 /* without one success: something is broken */

/* ---- small parts ---- */

struct ml_pool_stage *ml_pool_stage_of(struct ml_pool *pool, size_t index)
{
    size_t i = 0;
    while (pool->stages[i].index != index)
        i++;
    return &pool->stages[i];
}

static void pool_note_pid(struct ml_pool *pool, struct ml_pool_worker *worker,
                          int pid)
{
    ml_mutex_lock(&pool->lock);
    pool->pids[worker - pool->workers] = pid;
    ml_mutex_unlock(&pool->lock);
}

static void pool_break(struct ml_pool *pool, const struct ml_error *err)
{
    pool->broken = true;
    ml_line_break(pool->run, err);
}

static void pool_start_worker(struct ml_pool *pool,
                              struct ml_pool_worker *worker)
{
    struct ml_error err;
    worker->sent = worker->replied = worker->asked = 0;
    worker->asking = false;
    worker->breach = NULL;
    worker->unrung = false;
    worker->boxes_out = 0;
    for (size_t i = 0; i < ML_OUTBOXES; i++)
        worker->outbox_home[i] = true;
    worker->spawned_ns = ml_now_ns();
    if (ml_process_open(&worker->process,
                        &ml_pool_stage_of(pool, worker->stage)->kit,
                        &err) != ML_OK) {
        worker->state = POOL_GONE;
        pool_break(pool, &err);
        return;
    }
    worker->state = POOL_LIVING;
    pool_note_pid(pool, worker, worker->process.pid);
    ml_pool_follow(pool, worker);
}

static bool pool_outboxes_home(const struct ml_pool_worker *worker)
{
    return worker->boxes_out == 0;
}

static void pool_box_home(struct ml_pool_worker *worker, uint32_t box)
{
    assert(!worker->outbox_home[box] && worker->boxes_out > 0);
    worker->outbox_home[box] = true;
    worker->boxes_out--;
}

/* ---- giving out ---- */

static uint32_t pool_depth(const struct ml_pool_stage *stage)
{
    if (stage->kit.outbox_count < ML_OUTBOXES)
        return ML_CHANNEL_LONG;
    const uint64_t depth = POOL_AHEAD_NS / (stage->picture_ns + 1);
    if (depth < ML_CHANNEL_LONG)
        return ML_CHANNEL_LONG;
    return depth < ML_CHANNEL_DEPTH ? (uint32_t)depth : ML_CHANNEL_DEPTH;
}

/* A worker that takes long has two outboxes, for the next job and the writer;
 * others have twice as many as commands. */
static bool pool_has_room(struct ml_pool *pool,
                          const struct ml_pool_worker *worker)
{
    const uint32_t depth = pool_depth(ml_pool_stage_of(pool, worker->stage));
    const uint32_t boxes = depth > ML_CHANNEL_LONG ? 2 * depth : depth;
    return ml_pool_outstanding(worker) < depth && worker->boxes_out < boxes;
}

/* How many commands may lie with the worker that is given this job: what takes
 * long is not piled up on one, while another may soon be idle. */
static uint32_t pool_depth_for(const struct ml_job *job)
{
    return job->place.used > ML_SLOT_SMALL ? ML_CHANNEL_LONG : ML_CHANNEL_DEPTH;
}

/* The worker of a stage for one more job, or NULL: the living one with least to
 * do; one that is yet to be started when no living one is idle.  A job that
 * wants it gets one that has done nothing yet. */
static struct ml_pool_worker *pool_choose(struct ml_pool *pool, size_t stage,
                                          const struct ml_job *job)
{
    const bool fresh = job->wants_fresh;
    const uint32_t depth = pool_depth_for(job);
    struct ml_pool_worker *best = NULL, *unborn = NULL;
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct ml_pool_worker *worker = &pool->workers[i];
        if (worker->stage != stage)
            continue;
        if (worker->state == POOL_UNBORN && !unborn)
            unborn = worker;
        if (worker->state == POOL_LIVING && pool_has_room(pool, worker) &&
            ml_pool_outstanding(worker) < depth &&
            (!fresh || worker->sent == 0) &&
            (!best || ml_pool_outstanding(worker) < ml_pool_outstanding(best)))
            best = worker;
    }
    if (unborn && (!best || ml_pool_outstanding(best) > 0)) {
        pool_start_worker(pool, unborn);
        if (unborn->state == POOL_LIVING)
            best = unborn;
    }
    return best;
}

/* A job waits for a fresh worker and there is none: replace an idle one, unless
 * one is being replaced already. */
static void pool_refresh(struct ml_pool *pool, size_t stage)
{
    struct ml_pool_worker *idle = NULL;
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct ml_pool_worker *worker = &pool->workers[i];
        if (worker->stage != stage)
            continue;
        if (worker->state == POOL_ENDING || worker->state == POOL_DEAD)
            return;
        if (worker->state == POOL_LIVING && pool_outboxes_home(worker) &&
            ml_pool_outstanding(worker) == 0)
            idle = worker;
    }
    if (idle)
        ml_pool_send_exit(idle);
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
    ml_trace_begin(pool->track, ML_TRACE_COPY, (uint32_t)job->number);
    memcpy(ml_slot(&link->slots, slot),
           ml_slot(job->place.slots, job->place.index), place.used);
    ml_trace_end(pool->track);
    ml_place_release(&job->place);
    job->place = place;
    ml_mutex_lock(&run->lock);
    run->bytes_copied += place.used;
    ml_mutex_unlock(&run->lock);
    return true;
}

/* Give ready jobs to workers that can take one.  A job that a worker died on
 * goes to a fresh one: what the old one left behind may be to blame. */
static void pool_assign(struct ml_pool *pool, size_t stage)
{
    struct ml_run *run = pool->run;
    struct ml_link *link = &run->links[stage - 1];
    uint32_t index;
    while (ml_queue_try_peek(&link->ready, &index)) {
        struct ml_job *job = &run->jobs[index];
        struct ml_pool_worker *worker = NULL;
        if (pool->broken && job->error.status == ML_OK) {
            ml_fail(&job->error, ML_ERR_CANCELLED, "not done", NULL,
                    "the workers cannot go on");
            job->error.step = run->settings.plan.stages[stage].first;
        }
        if (!ml_line_skips(run, stage, job)) {
            worker = pool_choose(pool, stage, job);
            if (pool->broken)
                continue;
            if (!worker && job->wants_fresh)
                pool_refresh(pool, stage);
            if (!worker || !pool_move_in(pool, link, job))
                return;
        }
        const bool taken = ml_queue_try_pop(&link->ready, &index);
        assert(taken);
        (void)taken;
        job->wants_fresh = false;
        ml_line_tell_depth(run, stage - 1, pool->track);
        if (job->error.status != ML_OK)
            ml_line_pass(run, stage, job, pool->track);
        else
            ml_pool_send(pool, worker, index);
    }
}

/* ---- deaths ---- */

static void pool_requeue(struct ml_pool *pool,
                         const struct ml_pool_worker *worker,
                         const struct ml_job *job)
{
    struct ml_run *run = pool->run;
    ml_queue_push_front(&run->links[worker->stage - 1].ready,
                        (uint32_t)(job - run->jobs));
}

/* The oldest job of the dead worker: once more, or no more.  One that it says
 * it had not begun is let off many times, but not for ever: it may lie. */
static void pool_blame(struct ml_pool *pool, struct ml_pool_worker *worker,
                       struct ml_job *job, bool begun,
                       const struct ml_process_end *end)
{
    struct ml_run *run = pool->run;
    const struct ml_plan_stage *stage =
        &run->settings.plan.stages[worker->stage];
    bool again;
    if (!begun) {
        again = ++job->losses < POOL_LOSSES;
    } else {
        job->deaths++;
        job->kills += end->from_outside;
        again = end->from_outside ? job->kills < POOL_KILLS
                                  : job->deaths - job->kills < POOL_TRIES;
    }
    if (job->charged_work && stage->first == ML_STEP_DECODE) {
        ml_budget_give(&run->work_budget, job->charged_work);
        job->charged_work = 0; /* the next try asks again */
    }
    if (again && !pool->broken) {
        job->wants_fresh = true;
        pool_requeue(pool, worker, job);
        return;
    }
    const char *remedy = "keep the file out and report it";
    if (end->from_outside)
        remedy = "find out who kills minilab's workers";
    else if (!begun)
        remedy = "run minilab doctor; try --mode threads";
    ml_fail(&job->error, ML_ERR_CRASH, "the worker process died on it", remedy,
            "%s, %u times", end->text, job->deaths + job->losses);
    job->error.step = stage->first;
    ml_line_pass(run, worker->stage, job, pool->track);
}

/* All that lay with a dead worker and has no reply.  It begins its commands in
 * order, so only the oldest can be to blame, but for one that lied about its
 * replies. */
static void pool_recover(struct ml_pool *pool, struct ml_pool_worker *worker,
                         const struct ml_process_end *end)
{
    struct ml_run *run = pool->run;
    /* Acquire: it is reaped, nothing comes after this. */
    const uint32_t started = atomic_load_explicit(
        &worker->process.channel->started_seq, memory_order_acquire);
    const uint32_t blamed =
        worker->breach ? worker->suspect : worker->replied + 1;
    /* Newest first: pushed to the front, they come out oldest first. */
    for (uint32_t seq = worker->sent; seq != worker->replied; seq--) {
        const uint32_t entry = seq % ML_CHANNEL_DEPTH;
        struct ml_job *job = &run->jobs[worker->jobs[entry]];
        pool_box_home(worker, worker->boxes[entry]);
        if (seq == blamed)
            pool_blame(pool, worker, job, started != worker->replied, end);
        else
            pool_requeue(pool, worker, job);
    }
    worker->replied = worker->sent;
}

/* How long it took to start, by its own account: believed if it can be. */
static void pool_count_start(struct ml_run *run,
                             const struct ml_pool_worker *worker)
{
    const uint64_t ready_ns = atomic_load_explicit(
        &worker->process.channel->ready_ns, memory_order_relaxed);
    const bool sane = ready_ns > worker->spawned_ns && ready_ns < ml_now_ns();
    const uint64_t start_ns = sane ? ready_ns - worker->spawned_ns : 0;
    ml_mutex_lock(&run->lock);
    run->starts.workers++;
    run->starts.sum_ns += start_ns;
    if (start_ns > run->starts.most_ns)
        run->starts.most_ns = start_ns;
    ml_mutex_unlock(&run->lock);
}

static void pool_bury(struct ml_pool *pool, struct ml_pool_worker *worker)
{
    struct ml_process_end end;
    struct ml_error err;
    ml_process_reap(&worker->process, &end); /* then nothing more is written */
    pool_note_pid(pool, worker, 0);
    pool_count_start(pool->run, worker);
    ml_pool_take_replies(pool, worker);
    ml_pool_withdraw_ask(pool, worker);
    if (worker->breach) {
        end.clean = end.from_outside = false;
        (void)snprintf(end.text, sizeof end.text, "killed for %s",
                       worker->breach);
    }
    const bool expected = worker->state == POOL_ENDING && end.clean;
    if (worker->state == POOL_ENDING) {
        worker->replied = worker->sent; /* the exit has no reply */
    } else {
        pool_recover(pool, worker, &end);
    }
    worker->state = POOL_DEAD;
    ml_pool_leave(pool, worker, expected);
    if (expected)
        return;
    ml_mutex_lock(&pool->run->lock);
    pool->run->worker_deaths++;
    ml_mutex_unlock(&pool->run->lock);
    if (++pool->deaths_in_row < POOL_DEATHS_IN_ROW || pool->broken)
        return;
    ml_fail(&err, ML_ERR_CRASH, "workers die again and again",
            "run minilab doctor; try --mode threads",
            "%u in a row without one success; the last was %s",
            pool->deaths_in_row, end.text);
    pool_break(pool, &err);
}

/* ---- the dispatcher ---- */

static void pool_tend(struct ml_pool *pool, struct ml_pool_worker *worker)
{
    uint32_t outbox;
    while (ml_queue_try_pop(&worker->returned, &outbox))
        pool_box_home(worker, outbox);
    ml_pool_serve_ask(pool, worker);
    if (worker->state != POOL_DEAD || !pool_outboxes_home(worker))
        return;
    ml_process_close(&worker->process);
    worker->state = POOL_GONE;
    if (!pool->broken && !ml_pool_stage_of(pool, worker->stage)->ended)
        pool_start_worker(pool, worker);
}

/* A stage ends when its input has ended and nothing lies with its workers. */
static void pool_end_stage(struct ml_pool *pool, struct ml_pool_stage *stage)
{
    struct ml_run *run = pool->run;
    if (stage->ended || !ml_queue_ended(&run->links[stage->index - 1].ready))
        return;
    for (size_t i = 0; i < pool->worker_count; i++) {
        if (pool->workers[i].stage == stage->index &&
            ml_pool_outstanding(&pool->workers[i]) > 0)
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
        struct ml_pool_worker *worker = &pool->workers[i];
        if (worker->state == POOL_LIVING && pool_outboxes_home(worker) &&
            ml_pool_stage_of(pool, worker->stage)->ended)
            ml_pool_send_exit(worker);
        gone = gone &&
               (worker->state == POOL_GONE || worker->state == POOL_UNBORN);
    }
    for (size_t i = 0; i < pool->stage_count; i++)
        gone = gone && pool->stages[i].ended;
    return gone;
}

/* What the dispatcher is to be woken for, beside ends: jobs when a worker could
 * soon be idle, outboxes when they are waited for. */
static unsigned pool_wants(const struct ml_pool *pool)
{
    unsigned wants = pool->broken ? ML_BELL_WORK | ML_BELL_BOX : 0;
    for (size_t i = 0; i < pool->worker_count; i++) {
        const struct ml_pool_worker *worker = &pool->workers[i];
        const uint32_t outstanding = ml_pool_outstanding(worker);
        if (worker->state == POOL_UNBORN)
            wants |= ML_BELL_WORK;
        else if (worker->state != POOL_LIVING)
            wants |= ML_BELL_BOX;
        else if (outstanding < ML_CHANNEL_LONG)
            wants |= ML_BELL_WORK;
        if (outstanding < ML_CHANNEL_LONG && worker->boxes_out > 0)
            wants |= ML_BELL_BOX;
    }
    return wants;
}

/* Only what is open is waited for: poll() refuses more entries than there may
 * be open files, closed ones too. */
static void pool_wait(struct ml_pool *pool, uint32_t seen)
{
    struct ml_bell *bell = &pool->run->bell;
    size_t count = 1;
    pool->polls[0] = (struct pollfd){.fd = bell->fd, .events = POLLIN};
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct ml_pool_worker *worker = &pool->workers[i];
        worker->poll_at = 0;
        if (worker->state != POOL_LIVING && worker->state != POOL_ENDING)
            continue;
        worker->poll_at = count;
        pool->polls[count++] =
            (struct pollfd){.fd = worker->process.replies_fd, .events = POLLIN};
        pool->polls[count++] =
            (struct pollfd){.fd = worker->process.pidfd, .events = POLLIN};
    }
    if (!ml_bell_rest(bell, seen, pool_wants(pool))) {
        for (size_t i = 0; i < count; i++)
            pool->polls[i].revents = 0;
        return;
    }
    ml_trace_begin_for(pool->track, ML_TRACE_IDLE, ML_TRACE_NO_JOB,
                       ML_CAUSE_EVENT);
    while (poll(pool->polls, (nfds_t)count, -1) < 0 && errno == EINTR)
        continue;
    ml_trace_end(pool->track);
    ml_bell_rise(bell, pool->polls[0].revents != 0);
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
    ml_pool_hear(pool, worker);
    if (heard[1].revents)
        pool_bury(pool, worker);
}

/* Wake whom the last round gave something: workers, and the next stages. */
static void pool_ring(struct ml_pool *pool)
{
    for (size_t i = 0; i < pool->worker_count; i++) {
        if (pool->workers[i].state == POOL_LIVING)
            ml_pool_ring(&pool->workers[i]);
    }
    for (size_t i = 0; i < pool->stage_count; i++)
        ml_line_ring(pool->run, pool->stages[i].index);
}

void *ml_pool_main(void *context)
{
    struct ml_pool *pool = context;
    for (;;) {
        const uint32_t seen = ml_bell_rings(&pool->run->bell);
        for (size_t i = 0; i < pool->worker_count; i++)
            pool_tend(pool, &pool->workers[i]);
        for (size_t i = 0; i < pool->stage_count; i++) {
            pool_assign(pool, pool->stages[i].index);
            pool_end_stage(pool, &pool->stages[i]);
        }
        pool_ring(pool);
        if (pool_all_gone(pool))
            break;
        pool_wait(pool, seen);
        for (size_t i = 0; i < pool->worker_count; i++)
            pool_hear(pool, i);
    }
    return NULL;
}
