/* thread_stage.c: stages done by threads of this process, and by the caller
 * alone.
 *
 * A hand takes a job from the link before its stage, does the stage's steps,
 * and passes it on.  It takes the slot for its result before it starts to
 * compute: so whoever computes never waits, and whatever it was admitted for
 * comes free again in bounded time.
 */
#include "pipeline/core/pipeline.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static const struct ml_plan_stage *hand_stage(const struct ml_hand *hand)
{
    return &hand->run->settings.plan.stages[hand->stage];
}

static bool hand_works_in(const struct ml_plan_stage *stage)
{
    return stage->executor != ML_PROCESSES && stage->executor != ML_LOOP;
}

/* ---- the steps ---- */

static enum ml_status hand_stopped(struct ml_error *err)
{
    return ml_fail(err, ML_ERR_CANCELLED, "not done", NULL,
                   "the run was stopped");
}

/* Wake the next stage for what was passed quietly. */
static void hand_ring(struct ml_hand *hand)
{
    if (!hand->owes)
        return;
    ml_pipeline_flush_wakeups(hand->run, hand->stage);
    hand->owes = false;
    hand->rung_ns = ml_now_ns();
}

/* Pop what may have to be waited for, without the interpreter lock. */
static bool hand_pop(struct ml_hand *hand, struct ml_queue *queue, size_t cause,
                     uint32_t *item_out)
{
    ml_gil_guard_save_thread(hand->guard);
    const uint64_t start = ml_wait_begins(hand->track);
    const bool taken = ml_queue_pop(queue, item_out);
    ml_wait_ended(hand->track, ML_TRACE_QUEUE, ML_TRACE_NO_JOB, (unsigned)cause,
                  start);
    ml_gil_guard_restore_thread(hand->guard);
    return taken;
}

/* Memory for `job` that may have to be waited for. */
static enum ml_status hand_take_memory(struct ml_hand *hand,
                                       struct ml_budget *budget, uint64_t bytes,
                                       const struct ml_job *job,
                                       enum ml_span_cause cause,
                                       struct ml_error *err)
{
    const uint64_t start = ml_wait_begins(hand->track);
    const enum ml_status status = ml_budget_take(budget, bytes, err);
    ml_wait_ended(hand->track, ML_TRACE_LOCK, (uint32_t)job->number, cause,
                  start);
    return status;
}

/* A step of a job, since `start_ns`. */
static void hand_note(const struct ml_hand *hand, enum ml_trace_kind kind,
                      const struct ml_job *job, uint64_t start_ns,
                      uint64_t *sum_ns)
{
    const uint64_t end_ns = ml_now_ns();
    *sum_ns += end_ns - start_ns;
    ml_trace_add(hand->track, kind, (uint32_t)job->number, 0, start_ns, end_ns);
}

/* A place for the result of this stage's step `last`: the hand's own when the
 * stage goes on with it, else a slot of the link behind; `bytes` of the file
 * that it comes from say whether it is one of those for small ones. */
static enum ml_status hand_take_buffer(struct ml_hand *hand,
                                       struct ml_slots *own, uint64_t bytes,
                                       struct ml_buffer_ref *buffer,
                                       struct ml_error *err)
{
    memset(buffer, 0, sizeof *buffer);
    if (own->memory) {
        buffer->slots = own;
        return ML_OK;
    }
    struct ml_link *link = &hand->run->links[hand->stage];
    const bool small = bytes <= ML_SLOT_SMALL && link->small_count > 0;
    struct ml_queue *slots = small ? &link->small_free : &link->free;
    if (!ml_queue_try_pop(slots, &buffer->index)) {
        hand_ring(hand);
        if (!hand_pop(hand, slots, ML_CAUSE_SLOT + hand->stage, &buffer->index))
            return hand_stopped(err);
    }
    buffer->slots = &link->slots;
    buffer->free_list = slots;
    return ML_OK;
}

/* Fill a place with the bytes of the opened input. */
static enum ml_status hand_fill(struct ml_hand *hand, struct ml_job *job,
                                struct ml_buffer_ref *buffer, uint64_t size)
{
    struct ml_run *run = hand->run;
    const struct ml_job_io *io = &run->settings.io;
    const bool known = size != ML_SIZE_UNKNOWN;
    enum ml_status status = ML_OK;
    if (known) {
        status = hand_take_memory(hand, &run->input_budget, size, job,
                                  ML_CAUSE_INPUT_MEMORY, &job->error);
        if (status == ML_OK) {
            job->charged_input = size;
            status = ml_slot_reserve(buffer->slots, buffer->index, (size_t)size,
                                     &job->error);
        }
    }
    if (status != ML_OK) {
        io->abandon(io->context, job);
        return status;
    }
    return io->read(io->context, job, ml_slot(buffer->slots, buffer->index),
                    known ? (size_t)size : buffer->slots->slot_bytes,
                    &buffer->used, &job->error);
}

static enum ml_status hand_read(struct ml_hand *hand, struct ml_job *job)
{
    const struct ml_job_io *io = &hand->run->settings.io;
    struct ml_buffer_ref buffer;
    uint64_t size;
    uint64_t start = ml_now_ns();
    ml_gil_guard_save_thread(hand->guard);
    enum ml_status status = ml_delay_wait(&hand->run->delay)
                                ? io->open(io->context, job, &size, &job->error)
                                : hand_stopped(&job->error);
    hand_note(hand, ML_TRACE_READ, job, start, &job->read_ns);
    ml_gil_guard_restore_thread(hand->guard);
    if (status != ML_OK)
        return status;
    status = hand_take_buffer(hand, &hand->inbox, size, &buffer, &job->error);
    if (status != ML_OK) {
        io->abandon(io->context, job);
        return status;
    }
    start = ml_now_ns();
    ml_gil_guard_save_thread(hand->guard);
    status = hand_fill(hand, job, &buffer, size);
    hand_note(hand, ML_TRACE_READ, job, start, &job->read_ns);
    ml_gil_guard_restore_thread(hand->guard);
    if (status != ML_OK) {
        ml_buffer_release(&buffer);
        return status;
    }
    job->input_bytes = buffer.used;
    job->buffer = buffer;
    return ML_OK;
}

static enum ml_status hand_compute(struct ml_hand *hand, struct ml_job *job)
{
    const struct ml_plan_stage *stage = hand_stage(hand);
    const enum ml_step first = ml_stage_computes_from(stage);
    const enum ml_step last = ml_stage_computes_to(stage);
    struct ml_buffer_ref buffer;
    if (job->buffer.used > ML_SLOT_SMALL)
        hand_ring(hand); /* it may take long, and what was passed is done */
    enum ml_status status = hand_take_buffer(
        hand, &hand->outbox, job->input_bytes, &buffer, &job->error);
    if (status != ML_OK)
        return status;
    struct ml_output output = {
        .data = ml_slot(buffer.slots, buffer.index),
        .capacity = buffer.slots->slot_bytes,
    };
    hand->job = job;
    hand->tools->job = (uint32_t)job->number;
    hand->tools->pauses = ml_gil_guard_begin_compute(hand->guard);
    status =
        ml_picture_do(hand->tools, first, last, ml_buffer_bytes(&job->buffer),
                      &output, &job->report, &job->error);
    ml_gil_guard_end_compute(hand->guard, first, last, &job->report.times);
    buffer.used = status == ML_OK ? output.used : buffer.slots->slot_bytes;
    ml_buffer_release(&job->buffer);
    if (status != ML_OK) {
        ml_buffer_release(&buffer);
        return status;
    }
    job->buffer = buffer;
    return ML_OK;
}

static enum ml_status hand_write(struct ml_hand *hand, struct ml_job *job)
{
    const struct ml_job_io *io = &hand->run->settings.io;
    const uint64_t start = ml_now_ns();
    job->output_bytes = job->buffer.used;
    ml_gil_guard_save_thread(hand->guard);
    const enum ml_status status =
        io->write(io->context, job, ml_buffer_bytes(&job->buffer), &job->error);
    hand_note(hand, ML_TRACE_WRITE, job, start, &job->write_ns);
    ml_gil_guard_restore_thread(hand->guard);
    return status;
}

/* Errors of read and write get their step here; those of the picture have it.
 */
static void hand_do(struct ml_hand *hand, struct ml_job *job)
{
    const struct ml_plan_stage *stage = hand_stage(hand);
    enum ml_status status = ML_OK;
    if (ml_stage_does(stage, ML_STEP_READ)) {
        status = hand_read(hand, job);
        if (status != ML_OK)
            job->error.step = ML_STEP_READ;
    }
    if (status == ML_OK && ml_stage_computes(stage))
        status = hand_compute(hand, job);
    if (status == ML_OK && ml_stage_does(stage, ML_STEP_WRITE)) {
        status = hand_write(hand, job);
        if (status != ML_OK)
            job->error.step = ML_STEP_WRITE;
    }
    assert(job->error.status == status);
}

/* The thread's part of admission: wait for the memory, and charge the job. */
static enum ml_status hand_ask(void *context, uint64_t bytes,
                               struct ml_error *err)
{
    struct ml_hand *hand = context;
    struct ml_run *run = hand->run;
    if (!run->settings.order.split)
        bytes -= run->share_bytes;
    hand_ring(hand); /* what it waits for may lie with what was passed */
    ml_gil_guard_save_thread(hand->guard);
    const enum ml_status status = hand_take_memory(
        hand, &run->work_budget, bytes, hand->job, ML_CAUSE_WORK_MEMORY, err);
    ml_gil_guard_restore_thread(hand->guard);
    if (status == ML_OK)
        hand->job->charged_work = bytes;
    return status;
}

/* ---- the executors ---- */

/* The next job for this hand, or NULL when there will be none. */
static struct ml_job *hand_next(struct ml_hand *hand)
{
    struct ml_run *run = hand->run;
    uint32_t index;
    if (hand->stage == 0) {
        ml_gil_guard_save_thread(hand->guard);
        struct ml_job *job = ml_pipeline_next_job(run, hand->track);
        ml_gil_guard_restore_thread(hand->guard);
        return job;
    }
    struct ml_queue *ready = &run->links[hand->stage - 1].ready;
    if (!ml_queue_try_pop(ready, &index)) {
        hand_ring(hand);
        if (!hand_pop(hand, ready, ML_CAUSE_READY + hand->stage - 1, &index))
            return NULL;
    }
    ml_pipeline_trace_depth(run, hand->stage - 1, hand->track);
    return &run->jobs[index];
}

/* Results for writers may lie a little: those wake for several at one time.
 * Who computes is woken at once, for a processor may be idle; who reads may
 * wait for others in ways not known here, so it owes nothing. */
static void hand_pass(struct ml_hand *hand, struct ml_job *job)
{
    struct ml_run *run = hand->run;
    if (hand->stage + 1 == run->settings.plan.count) { /* it ends: ends.done */
        ml_gil_guard_save_thread(hand->guard);
        ml_pipeline_forward(run, hand->stage, job, hand->track);
        ml_gil_guard_restore_thread(hand->guard);
        return;
    }
    if (hand->stage == 0 || hand_stage(hand)->last != ML_STEP_ENCODE) {
        ml_pipeline_forward(run, hand->stage, job, hand->track);
        return;
    }
    ml_pipeline_forward_deferred(run, hand->stage, job, hand->track);
    hand->owes = true;
    if (ml_now_ns() - hand->rung_ns >= ML_WAKE_DELAY_MAX_NS)
        hand_ring(hand);
}

static void *hand_main(void *context)
{
    struct ml_hand *hand = context;
    struct ml_run *run = hand->run;
    struct ml_job *job;
    ml_trace_add(hand->track, ML_TRACE_START, ML_TRACE_NO_JOB, 0, hand->born_ns,
                 ml_wait_begins(hand->track));
    ml_gil_guard_acquire(hand->guard);
    while ((job = hand_next(hand)) != NULL) {
        ml_gil_guard_job(hand->guard, (uint32_t)job->number);
        if (!ml_pipeline_should_skip(run, hand->stage, job))
            hand_do(hand, job);
        hand_pass(hand, job);
    }
    hand_ring(hand);
    ml_pipeline_producer_done(run, hand->stage);
    ml_gil_guard_release(hand->guard);
    return NULL;
}

void ml_hands_inline(struct ml_run *run)
{
    struct ml_job *job;
    while ((job = ml_pipeline_next_job(run, run->hands[0].track)) != NULL) {
        for (size_t s = 0; s < run->hand_count; s++) {
            uint32_t index;
            if (job->error.status == ML_OK)
                hand_do(&run->hands[s], job);
            ml_pipeline_forward(run, s, job, run->hands[s].track);
            if (s + 1 < run->hand_count) {
                const bool there =
                    ml_queue_try_pop(&run->links[s].ready, &index);
                assert(there);
                (void)there;
                ml_pipeline_trace_depth(run, s, run->hands[s].track);
            }
        }
    }
}

/* Track `which` of those of this hand; all inline ones share that of the
 * first, and only what computes has ends with threads. */
static struct ml_trace_track *hand_track(const struct ml_hand *hand,
                                         unsigned number, unsigned which)
{
    const struct ml_run *run = hand->run;
    char name[ML_TRACE_NAME];
    if (hand_stage(hand)->executor == ML_INLINE && which == 0 &&
        hand->stage > 0)
        return run->hands[0].track;
    if (which >= ml_spans_count(&run->settings.order))
        return NULL;
    ml_spans_worker_name(name, hand_stage(hand), number, which);
    return ml_trace_track(
        run->settings.trace, name, getpid(),
        (int)((hand - run->hands) * ML_SPAN_TRACKS + which + 1));
}

static enum ml_status hand_open_tools(struct ml_hand *hand, unsigned number,
                                      struct ml_error *err)
{
    struct ml_run *run = hand->run;
    struct ml_tools *tools = calloc(1, sizeof *tools);
    if (!tools)
        return ml_fail_os(err, ENOMEM, "memory of a worker", NULL);
    hand->tools = tools;
    tools->order = &run->settings.order;
    tools->track = hand->track;
    tools->ahead_track = hand_track(hand, number, 1);
    tools->behind_track = hand_track(hand, number, 2);
    tools->admission = (struct ml_admission){
        .context = hand,
        .share_bytes = run->share_bytes,
        .ask = hand_ask,
    };
    return ml_tools_open(tools, err);
}

static enum ml_status hand_open_turn(struct ml_hand *hand, struct ml_error *err)
{
    struct ml_gil_guard *guard = calloc(1, sizeof *guard);
    if (!guard)
        return ml_fail_os(err, ENOMEM, "memory of a worker", NULL);
    hand->guard = guard;
    const enum ml_status status =
        ml_gil_guard_open(guard, &hand->run->settings.gil, hand->run->gil, err);
    guard->track = hand->track;
    return status;
}

static enum ml_status hand_open(struct ml_hand *hand, struct ml_run *run,
                                size_t stage_index, unsigned number,
                                struct ml_error *err)
{
    const struct ml_plan_stage *stage = &run->settings.plan.stages[stage_index];
    const struct ml_order *order = &run->settings.order;
    enum ml_status status = ML_OK;
    hand->run = run;
    hand->stage = stage_index;
    hand->track = hand_track(hand, number, 0);
    if (stage->executor == ML_GIL)
        status = hand_open_turn(hand, err);
    if (status == ML_OK && ml_stage_computes(stage))
        status = hand_open_tools(hand, number, err);
    if (status == ML_OK && ml_stage_does(stage, ML_STEP_READ) &&
        ml_stage_does(stage, ML_STEP_DECODE))
        status = ml_slots_open_private(
            &hand->inbox, 1, ml_output_capacity(order, ML_STEP_READ), err);
    if (status == ML_OK && ml_stage_does(stage, ML_STEP_ENCODE) &&
        ml_stage_does(stage, ML_STEP_WRITE))
        status = ml_slots_open_private(
            &hand->outbox, 1, ml_output_capacity(order, ML_STEP_ENCODE), err);
    return status;
}

enum ml_status ml_hands_open(struct ml_run *run, struct ml_error *err)
{
    const struct ml_plan *plan = &run->settings.plan;
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        if (hand_works_in(&plan->stages[i]))
            count += plan->stages[i].width;
    }
    if (count == 0) /* the loop and processes do all */
        return ML_OK;
    run->hands = calloc(count, sizeof *run->hands);
    if (!run->hands)
        return ml_fail_os(err, ENOMEM, "table of workers", NULL);
    for (size_t i = 0; i < plan->count; i++) {
        const struct ml_plan_stage *stage = &plan->stages[i];
        for (unsigned k = 0; hand_works_in(stage) && k < stage->width; k++) {
            struct ml_hand *hand = &run->hands[run->hand_count++];
            const enum ml_status status = hand_open(hand, run, i, k, err);
            if (status != ML_OK)
                return status;
        }
    }
    return ML_OK;
}

enum ml_status ml_hands_start(struct ml_run *run, struct ml_error *err)
{
    enum ml_status status = ML_OK;
    /* Writers first: should a thread not start, those before it see an end. */
    for (size_t i = run->hand_count; i-- > 0;) {
        struct ml_hand *hand = &run->hands[i];
        int rc = EAGAIN;
        hand->born_ns = ml_now_ns();
        if (status == ML_OK)
            rc = pthread_create(&hand->thread, NULL, hand_main, hand);
        hand->started = rc == 0;
        if (rc != 0) {
            if (status == ML_OK)
                status = ml_fail_os(err, rc, "cannot start a thread",
                                    "lower --jobs, or " ML_MORE_PROCESSES);
            ml_pipeline_producer_done(run, hand->stage);
        }
    }
    return status;
}

void ml_hands_join(struct ml_run *run)
{
    for (size_t i = 0; i < run->hand_count; i++) {
        if (run->hands[i].started)
            (void)pthread_join(run->hands[i].thread, NULL);
    }
}

void ml_hands_count_turns(const struct ml_run *run, struct ml_gil_stats *counts)
{
    for (size_t i = 0; i < run->hand_count; i++) {
        if (run->hands[i].guard)
            ml_gil_stats_add(counts, run->hands[i].guard);
    }
}

void ml_hands_close(struct ml_run *run)
{
    for (size_t i = 0; i < run->hand_count; i++) {
        struct ml_hand *hand = &run->hands[i];
        if (hand->tools)
            ml_tools_close(hand->tools);
        free(hand->tools);
        ml_gil_guard_close(hand->guard);
        free(hand->guard);
        if (hand->inbox.memory)
            ml_slots_close(&hand->inbox);
        if (hand->outbox.memory)
            ml_slots_close(&hand->outbox);
    }
    free(run->hands);
    run->hands = NULL;
    run->hand_count = 0;
}
