/* worker.c: the worker process; see worker.h and channel.h. */
#include "pipeline/processes/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "codec/registry.h"
#include "os/subprocess.h"
#include "pipeline/core/slots.h"
#include "pipeline/ipc/transports.h"
#include "pipeline/picture/picture.h"
#include "pipeline/picture/trace_names.h"

#define WORKER_EXIT_SETUP 70

struct worker {
    const struct ml_wire_settings *wire; /* sealed: cannot change */
    struct ml_worker_end end;
    struct ml_chain chain;
    struct ml_transform_settings transform;
    struct ml_worker_context worker_context;
};

static bool worker_map_settings(struct worker *worker)
{
    struct stat stat;
    if (fstat(ML_WORKER_FD_SETTINGS, &stat) != 0 ||
        (size_t)stat.st_size < sizeof *worker->wire)
        return false;
    worker->wire = ml_worker_end_map(ML_WORKER_FD_SETTINGS,
                                     (size_t)stat.st_size, PROT_READ);
    return worker->wire && worker->wire->wire_bytes == sizeof *worker->wire &&
           worker->wire->recipe_bytes + sizeof *worker->wire ==
               (size_t)stat.st_size;
}

static bool worker_map_channel(struct worker *worker)
{
    worker->end.channel = ml_worker_end_map(
        ML_WORKER_FD_CHANNEL, ml_channel_bytes(worker->wire->tracks),
        PROT_READ | PROT_WRITE);
    worker->end.wire = worker->wire;
    return worker->end.channel != NULL;
}

/* Request memory beyond the worker's share, and wait for the answer. */
static enum ml_status worker_request_memory(void *context, uint64_t bytes,
                                            struct ml_error *err)
{
    struct worker *worker = context;
    struct ml_channel *channel = worker->end.channel;
    const uint32_t request_seq =
        atomic_load_explicit(&channel->request_seq, memory_order_relaxed) + 1;
    ml_trace_begin_for(worker->worker_context.filter_track, ML_TRACE_LOCK,
                       worker->worker_context.job, ML_WAIT_WORK_MEMORY);
    channel->request_bytes = bytes;
    /* Release: publishes request_bytes; pairs with the acquire in
     * ml_pool_handle_replies(). */
    atomic_store_explicit(&channel->request_seq, request_seq,
                          memory_order_release);
    (void)eventfd_write(ML_WORKER_FD_REPLIES, 1);
    /* Acquire: pairs with protocol_answer(), which publishes grant_status. */
    while (atomic_load_explicit(&channel->grant_seq, memory_order_acquire) !=
           request_seq) {
        if (!ml_worker_end_wait())
            _exit(WORKER_EXIT_SETUP);
    }
    ml_trace_end(worker->worker_context.filter_track);
    if (channel->grant_status == ML_OK)
        return ML_OK;
    if (channel->grant_status == ML_ERR_CANCELLED)
        return ml_fail(err, ML_ERR_CANCELLED, "not done", NULL,
                       "the run was stopped");
    return ml_fail(err, ML_ERR_LIMIT,
                   "picture needs more memory than is allowed",
                   "raise --memory", "%llu MiB needed",
                   (unsigned long long)(bytes >> 20) + 1);
}

static bool worker_open_context(struct worker *worker, struct ml_error *err)
{
    const struct ml_wire_settings *wire = worker->wire;
    size_t codec_count;
    const struct ml_codec *const *codecs = ml_codecs(&codec_count);
    const char *recipe = (const char *)(wire + 1);
    if (ml_recipe_parse(&worker->chain, "settings", recipe, wire->recipe_bytes,
                        err) != ML_OK)
        return false;
    worker->transform = wire->transform;
    worker->transform.chain = &worker->chain;
    worker->transform.to = wire->to < 0 ? NULL : codecs[wire->to];
    worker->worker_context.filter_track =
        ml_channel_track(worker->end.channel, wire->tracks, 0);
    worker->worker_context.decode_track =
        ml_channel_track(worker->end.channel, wire->tracks, 1);
    worker->worker_context.encode_track =
        ml_channel_track(worker->end.channel, wire->tracks, 2);
    worker->worker_context.transform = &worker->transform;
    worker->worker_context.admission = (struct ml_admission){
        .context = worker,
        .share_bytes = wire->share_bytes,
        .request_memory = worker_request_memory,
    };
    return ml_worker_context_open(&worker->worker_context, err) == ML_OK;
}

static void worker_picture(struct worker *worker, uint32_t seq,
                           const struct ml_wire_command *command,
                           struct ml_bytes in)
{
    const struct ml_wire_settings *wire = worker->wire;
    struct ml_worker_end *end = &worker->end;
    struct ml_output output = {
        .data = end->ops->result_buffer(end, seq, command),
        .capacity = wire->result_buffer_bytes,
    };
    struct ml_wire_reply reply = {.result = command->result};
    struct ml_error error = {.status = ML_OK};
    if (in.size > ML_SLOT_SMALL)
        end->ops->flush_before_slow(end);
    worker->worker_context.job = (uint32_t)command->number;
    const enum ml_status status = ml_picture_process(
        &worker->worker_context, (enum ml_step)wire->first,
        (enum ml_step)wire->last, in, &output, &reply.result, &error);
    if (status != ML_OK)
        reply.error = error;
    reply.used = status == ML_OK ? output.used : 0;
    end->ops->send_reply(end, seq, &reply);
}

static int worker_serve(struct worker *worker)
{
    struct ml_worker_end *end = &worker->end;
    for (uint32_t seq = 1;; seq++) {
        struct ml_wire_command command;
        struct ml_bytes bytes;
        if (!end->ops->receive(end, seq, &command, &bytes))
            return WORKER_EXIT_SETUP;
        if (command.kind == ML_COMMAND_EXIT)
            return 0;
        /* Release is not needed for order: started_seq only decides which job
         * counts as the cause of a crash. */
        atomic_store_explicit(&end->channel->started_seq, seq,
                              memory_order_release);
        worker_picture(worker, seq, &command, bytes);
    }
}

int ml_worker_main(void)
{
    /* Too large for the stack: it holds the chain and the steps of a picture.
     */
    struct worker *worker = calloc(1, sizeof *worker);
    struct ml_error err;
    (void)signal(SIGINT, SIG_IGN); /* the coordinator decides */
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    if (!worker || !worker_map_settings(worker) ||
        !worker_map_channel(worker)) {
        (void)fprintf(stderr, "minilab: worker: no settings inherited: only "
                              "minilab itself starts it: use minilab run\n");
        free(worker);
        return 2;
    }
    /* The parent thread is the dispatcher, which lives as long as the run. */
    if (!ml_subprocess_die_with_parent(worker->wire->parent_pid))
        return WORKER_EXIT_SETUP;
    if (ml_worker_end_open(&worker->end, &err) != ML_OK ||
        !worker_open_context(worker, &err)) {
        (void)fprintf(stderr, "minilab: worker: %s: %s\n", err.what, err.why);
        return WORKER_EXIT_SETUP;
    }
    /* Relaxed: a statistic, read once this process has exited. */
    atomic_store_explicit(&worker->end.channel->ready_ns, ml_now_ns(),
                          memory_order_relaxed);
    ml_trace_end(
        worker->worker_context.filter_track); /* the span of the start */
    const int code = worker_serve(worker);
    worker->end.ops->close(&worker->end);
    ml_worker_context_close(&worker->worker_context);
    free(worker);
    return code;
}
