/* protocol.c: messages to and from workers: settings, commands, replies, memory
 * requests.
 *
 * What a worker writes is copied once, then checked, then used.  A worker that
 * breaks the protocol is killed and its further replies are ignored: its exit
 * is handled as any other, and the job in progress counts as the cause.
 */
#include "pipeline/processes/pool_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "codec/registry.h"
#include "pipeline/ipc/transports.h"
#include "pipeline/picture/picture.h"

void ml_pool_kill_worker(struct ml_pool_worker *worker, uint32_t suspect_seq,
                         const char *protocol_error)
{
    worker->protocol_error = protocol_error;
    worker->suspect_seq = suspect_seq;
    ml_subprocess_kill(&worker->process.child);
}

/* ---- settings ---- */

enum ml_status ml_pool_template_open(struct ml_run *run, size_t index,
                                     struct ml_process_template *template,
                                     struct ml_error *err)
{
    static const size_t recipe_capacity = (size_t)256 << 10;
    const struct ml_transform_settings *transform = &run->settings.transform;
    const struct ml_plan_stage *stage = &run->settings.plan.stages[index];
    const struct ml_slots *inputs = &run->links[index - 1].slots;
    size_t codec_count;
    const struct ml_codec *const *codecs = ml_codecs(&codec_count);
    struct ml_strbuf recipe;
    char *text = malloc(recipe_capacity);
    if (!text)
        return ml_fail_os(err, ENOMEM, "cannot allocate the recipe", NULL);
    ml_strbuf_open(&recipe, text, recipe_capacity);
    ml_recipe_print(transform->chain, &recipe);
    template->program = run->settings.worker_program
                            ? run->settings.worker_program
                            : "/proc/self/exe";
    template->transport = ml_transport(run->settings.pool.transport);
    template->input_bytes = inputs->slot_bytes;
    template->result_buffer_bytes = ml_output_capacity(transform, stage->last);
    template->tracks =
        run->settings.trace ? ml_trace_tracks_per_worker(transform) : 0;
    /* Frames are large: no more buffers than commands in progress. */
    template->result_buffer_count =
        ml_stage_gives_frame(stage) ? ML_CHANNEL_LONG : ML_RESULT_BUFFERS;
    struct ml_wire_settings wire = {
        .wire_bytes = sizeof wire,
        .parent_pid = getpid(),
        .first = stage->first,
        .last = stage->last,
        .share_bytes = run->share_bytes,
        .input_slot_bytes = inputs->slot_bytes,
        .input_slot_count = inputs->count,
        .result_buffer_count = template->result_buffer_count,
        .recipe_bytes = (uint32_t)recipe.used,
        .tracks = template->tracks,
        .transport = run->settings.pool.transport,
        .transform = *transform,
        .to = -1,
    };
    wire.transform.chain = NULL;
    wire.transform.to = NULL;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    wire.result_buffer_bytes =
        (template->result_buffer_bytes + page - 1) / page * page;
    for (size_t i = 0; transform->to && i < codec_count; i++) {
        if (codecs[i] == transform->to)
            wire.to = (int32_t)i;
    }
    template->settings_fd = ml_process_settings_fd(&wire, text, err);
    free(text);
    if (template->settings_fd < 0)
        return err->status;
    return template->transport->maps_slots
               ? ml_slots_read_only(inputs, &template->inputs_fd, err)
               : ML_OK;
}

/* ---- commands ---- */

static uint32_t protocol_free_buffer(const struct ml_pool_worker *worker)
{
    uint32_t buffer = 0;
    while (!worker->buffer_is_free[buffer])
        buffer++;
    return buffer;
}

void ml_pool_send(struct ml_pool *pool, struct ml_pool_worker *worker,
                  uint32_t index)
{
    const struct ml_job *job = &pool->run->jobs[index];
    struct ml_process *process = &worker->process;
    const uint32_t seq = worker->sent + 1;
    const uint32_t entry = seq % ML_CHANNEL_DEPTH;
    const uint32_t buffer = protocol_free_buffer(worker);
    const struct ml_wire_command command = {
        .kind = ML_COMMAND_PICTURE,
        .slot = job->buffer.index,
        .result_buffer = buffer,
        .used = job->buffer.used,
        .number = job->number,
        .result = job->result,
    };
    worker->jobs[entry] = index;
    worker->buffers[entry] = buffer;
    worker->buffer_is_free[buffer] = false;
    worker->buffers_in_use++;
    worker->sent = seq;
    process->counts.messages++;
    process->transport->send(process, seq, &command,
                             ml_buffer_bytes(&job->buffer));
}

void ml_pool_send_exit(struct ml_pool_worker *worker)
{
    struct ml_process *process = &worker->process;
    const struct ml_wire_command command = {.kind = ML_COMMAND_EXIT};
    process->transport->send(process, ++worker->sent, &command,
                             (struct ml_bytes){NULL, 0});
    process->transport->wake(process);
    worker->state = POOL_STOPPING;
    worker->stop_requested = true;
}

/* ---- replies ---- */

static bool protocol_reply_is_sound(const struct ml_wire_reply *reply,
                                    const struct ml_pool_worker *worker,
                                    bool probe)
{
    const bool done = reply->error.status == ML_OK;
    return (unsigned)reply->error.status < ML_STATUS_COUNT &&
           (unsigned)reply->error.step <= ML_STEP_NONE &&
           reply->used <= worker->process.result_buffers.slot_bytes &&
           (reply->used > 0 || !done || probe) &&
           (unsigned)reply->result.shape_out.layout < ML_LAYOUT_COUNT &&
           (unsigned)reply->result.shape_in.layout < ML_LAYOUT_COUNT &&
           reply->result.orientation <= 8;
}

/* A bool that another process wrote may hold any byte. */
static void protocol_sanitize_bool(bool *flag)
{
    unsigned char byte;
    memcpy(&byte, flag, sizeof byte);
    *flag = byte != 0;
}

static void protocol_sanitize_reply(struct ml_wire_reply *reply)
{
    struct ml_error *error = &reply->error;
    struct ml_picture_result *result = &reply->result;
    error->what[sizeof error->what - 1] = '\0';
    error->why[sizeof error->why - 1] = '\0';
    error->remedy[sizeof error->remedy - 1] = '\0';
    result->format_in[sizeof result->format_in - 1] = '\0';
    result->format_out[sizeof result->format_out - 1] = '\0';
    result->coding[sizeof result->coding - 1] = '\0';
    result->warning[sizeof result->warning - 1] = '\0';
    protocol_sanitize_bool(&result->icc);
    protocol_sanitize_bool(&result->exif);
    protocol_sanitize_bool(&result->single_threaded);
}

/* Update the recent time of one picture, which decides how many commands a
 * worker has outstanding.  A longer time replaces it; a shorter one halves the
 * difference. */
static void protocol_record_time(struct ml_pool_stage *stage,
                                 const struct ml_picture_result *result)
{
    const struct ml_step_times *times = &result->times;
    const uint64_t parts[] = {times->source_ns, times->filter_ns,
                              times->sink_ns};
    uint64_t ns = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        ns += parts[i] < ML_NS_PER_S ? parts[i] : ML_NS_PER_S;
    stage->picture_ns = ns > stage->picture_ns
                            ? ns
                            : stage->picture_ns - (stage->picture_ns - ns) / 2;
}

/* Take the result of command `seq` and forward its job. */
static void protocol_accept(struct ml_pool *pool, struct ml_pool_worker *worker,
                            uint32_t seq, const struct ml_wire_reply *reply)
{
    struct ml_run *run = pool->run;
    const uint32_t entry = seq % ML_CHANNEL_DEPTH;
    struct ml_job *job = &run->jobs[worker->jobs[entry]];
    const bool done = reply->error.status == ML_OK;
    struct ml_slots *result_buffers = &worker->process.result_buffers;
    struct ml_buffer_ref buffer = {.slots = result_buffers,
                                   .index = worker->buffers[entry],
                                   .used = done ? reply->used
                                                : result_buffers->slot_bytes,
                                   .free_list = &worker->returned};
    ml_buffer_release(&job->buffer);
    job->result = reply->result;
    job->error = reply->error;
    pool->deaths_in_row = 0;
    protocol_record_time(ml_pool_stage_of(pool, worker->stage), &reply->result);
    if (done)
        job->buffer = buffer;
    else
        ml_buffer_release(&buffer);
    ml_pipeline_forward_deferred(run, worker->stage, job,
                                 pool->track); /* woken after the iteration */
}

/* The command in progress as the worker reports it, if that is an outstanding
 * one; else the oldest. */
static uint32_t protocol_current_seq(const struct ml_pool_worker *worker)
{
    /* Relaxed: started_seq only decides which job counts as the cause. */
    const uint32_t started = atomic_load_explicit(
        &worker->process.channel->started_seq, memory_order_relaxed);
    const uint32_t ahead = started - worker->replied;
    return ahead >= 1 && ahead <= ml_pool_outstanding(worker)
               ? started
               : worker->replied + 1;
}

void ml_pool_take_replies(struct ml_pool *pool, struct ml_pool_worker *worker)
{
    struct ml_process *process = &worker->process;
    const char *protocol_error = NULL;
    if (worker->state != POOL_RUNNING || worker->protocol_error)
        return;
    const uint32_t upto = process->transport->arrived(process, &protocol_error);
    if (upto - worker->replied > ml_pool_outstanding(worker)) {
        ml_pool_kill_worker(worker, protocol_current_seq(worker),
                            "a reply without a command");
        return;
    }
    while (worker->replied != upto) {
        const uint32_t seq = worker->replied + 1;
        struct ml_wire_reply reply;
        process->transport->reply(process, seq, &reply);
        if (worker->request_pending ||
            !protocol_reply_is_sound(
                &reply, worker, pool->run->settings.transform.headers_only)) {
            ml_pool_kill_worker(worker, seq,
                                worker->request_pending
                                    ? "a reply during a memory request"
                                    : "an invalid reply");
            return;
        }
        protocol_sanitize_reply(&reply);
        worker->replied = seq;
        process->counts.messages++;
        protocol_accept(pool, worker, seq, &reply);
    }
    if (protocol_error)
        ml_pool_kill_worker(worker, protocol_current_seq(worker),
                            protocol_error);
}

/* ---- memory ---- */

void ml_pool_cancel_memory_request(struct ml_pool *pool,
                                   struct ml_pool_worker *worker)
{
    if (worker->request_pending)
        ml_budget_cancel(&pool->run->work_budget, &worker->request);
    worker->request_pending = false;
}

static void protocol_answer(struct ml_pool_worker *worker,
                            enum ml_status status)
{
    struct ml_channel *channel = worker->process.channel;
    channel->grant_status = status;
    /* Release: publishes grant_status; pairs with worker_request_memory(). */
    atomic_store_explicit(&channel->grant_seq, worker->request_seq,
                          memory_order_release);
    (void)eventfd_write(worker->process.commands_fd, 1);
}

/* `request_seq` is the number of requests that the worker has published. */
static void protocol_read_request(struct ml_pool *pool,
                                  struct ml_pool_worker *worker,
                                  uint32_t request_seq)
{
    struct ml_run *run = pool->run;
    const volatile uint64_t *request_bytes =
        &worker->process.channel->request_bytes;
    struct ml_error err;
    if (worker->state != POOL_RUNNING || worker->protocol_error ||
        request_seq == worker->request_seq)
        return;
    /* Replies sent before the request may not have arrived yet. */
    if (protocol_current_seq(worker) != worker->replied + 1)
        return;
    if (request_seq != worker->request_seq + 1 || worker->request_pending ||
        ml_pool_outstanding(worker) == 0) {
        ml_pool_kill_worker(worker, worker->replied + 1,
                            "an out-of-order memory request");
        return;
    }
    worker->request_seq = request_seq;
    uint64_t bytes = *request_bytes; /* read once */
    if (!run->settings.transform.separate_steps && bytes > run->share_bytes)
        bytes -= run->share_bytes;
    if (ml_budget_request(&run->work_budget, &worker->request, bytes,
                          &run->waker, &err) != ML_OK) {
        protocol_answer(worker, ML_ERR_LIMIT);
        return;
    }
    worker->request_pending = true;
}

void ml_pool_handle_replies(struct ml_pool *pool, struct ml_pool_worker *worker)
{
    /* Acquire: pairs with the release in worker_request_memory().  Loaded
     * before the replies: so all replies published before the request are
     * taken, and the request is charged to the oldest job without a reply,
     * which made it. */
    const uint32_t request_seq = atomic_load_explicit(
        &worker->process.channel->request_seq, memory_order_acquire);
    ml_pool_take_replies(pool, worker);
    protocol_read_request(pool, worker, request_seq);
}

void ml_pool_handle_memory_request(struct ml_pool *pool,
                                   struct ml_pool_worker *worker)
{
    struct ml_run *run = pool->run;
    if (!worker->request_pending)
        return;
    if (ml_budget_granted(&run->work_budget, &worker->request)) {
        const uint32_t entry = (worker->replied + 1) % ML_CHANNEL_DEPTH;
        run->jobs[worker->jobs[entry]].charged_work += worker->request.bytes;
        worker->request_pending = false;
        protocol_answer(worker, ML_OK);
    } else if (atomic_load(&run->stopping)) {
        ml_pool_cancel_memory_request(pool, worker);
        protocol_answer(worker, ML_ERR_CANCELLED);
    }
}
