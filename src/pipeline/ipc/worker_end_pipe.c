/* worker_end_pipe.c: the transports that receive pictures and send results as
 * messages through two pipes; see worker_end.h, message.h and coordinator.h.
 *
 * With a feeder thread the worker computes its next picture while the feeder
 * writes the last result; the worker fills one of two result buffers while the
 * other waits for the feeder.  Inline, the worker writes the message itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/mutex.h"
#include "pipeline/ipc/message.h"
#include "pipeline/ipc/worker_end.h"
#include "pipeline/picture/trace_names.h"

#define WORKER_END_BUFFERS 2U
#define WORKER_END_EXIT_BROKEN 70

struct worker_end_put {
    struct ml_wire_reply reply;
    uint32_t seq;
};

struct ml_worker_end_pipes {
    struct ml_slots input, result_buffers; /* a picture, and results */
    struct ml_slots receiving, sending;    /* a message each */
    size_t taken;                          /* bytes of the picture in `input` */
    uint64_t full_waits;                   /* used by the writing thread only */
    pthread_t feeder;
    bool has_feeder;
    /* Guards everything below; the innermost lock. */
    struct ml_mutex lock;
    struct ml_cond changed;
    struct worker_end_put
        puts[WORKER_END_BUFFERS]; /* of seq % WORKER_END_BUFFERS */
    uint32_t put_seq,
        packed_seq; /* the last result put; the last made a message */
    bool ending;
};

/* ---- results ---- */

static size_t worker_end_pack(struct ml_worker_end *end,
                              const struct worker_end_put *put)
{
    struct ml_worker_end_pipes *pipes = end->pipes;
    struct ml_message_head head = {.seq = put->seq};
    const struct ml_bytes body = {
        ml_slot(&pipes->result_buffers, put->seq % WORKER_END_BUFFERS),
        put->reply.used};
    const size_t size = ml_message_pack(ml_slot(&pipes->sending, 0), &head,
                                        &put->reply, sizeof put->reply, body);
    ml_slot_release(&pipes->result_buffers, put->seq % WORKER_END_BUFFERS,
                    (size_t)put->reply.used);
    return size;
}

/* If the write fails, the coordinator is gone: exit. */
static void worker_end_write(struct ml_worker_end *end, size_t size)
{
    struct ml_worker_end_pipes *pipes = end->pipes;
    if (!ml_pipe_write(ML_WORKER_FD_RESULTS, ml_slot(&pipes->sending, 0), size,
                       &pipes->full_waits))
        _exit(WORKER_END_EXIT_BROKEN);
    /* Relaxed: a statistic, read once this process has exited. */
    atomic_store_explicit(&end->channel->full_waits, pipes->full_waits,
                          memory_order_relaxed);
    ml_slot_release(&pipes->sending, 0, size);
}

/* Wait for the next result; false at the end, once all are packed. */
static bool worker_end_next_put(struct ml_worker_end_pipes *pipes,
                                struct worker_end_put *put)
{
    ml_mutex_lock(&pipes->lock);
    while (!pipes->ending && pipes->put_seq == pipes->packed_seq)
        ml_cond_wait(&pipes->changed, &pipes->lock);
    const bool available = pipes->put_seq != pipes->packed_seq;
    if (available)
        *put = pipes->puts[(pipes->packed_seq + 1) % WORKER_END_BUFFERS];
    ml_mutex_unlock(&pipes->lock);
    return available;
}

static void *worker_end_feeder_main(void *context)
{
    struct ml_worker_end *end = context;
    struct ml_worker_end_pipes *pipes = end->pipes;
    struct worker_end_put put;
    while (worker_end_next_put(pipes, &put)) {
        const size_t size = worker_end_pack(end, &put);
        ml_mutex_lock(&pipes->lock);
        pipes->packed_seq = put.seq; /* its result buffer is free */
        ml_cond_signal(&pipes->changed);
        ml_mutex_unlock(&pipes->lock);
        worker_end_write(end, size);
    }
    return NULL;
}

static uint8_t *pipe_result_buffer(struct ml_worker_end *end, uint32_t seq,
                                   const struct ml_wire_command *command)
{
    struct ml_worker_end_pipes *pipes = end->pipes;
    (void)command; /* names a result buffer of the coordinator */
    ml_mutex_lock(&pipes->lock);
    while (seq - pipes->packed_seq > WORKER_END_BUFFERS)
        ml_cond_wait(&pipes->changed, &pipes->lock);
    ml_mutex_unlock(&pipes->lock);
    return ml_slot(&pipes->result_buffers, seq % WORKER_END_BUFFERS);
}

static void pipe_reply(struct ml_worker_end *end, uint32_t seq,
                       const struct ml_wire_reply *reply)
{
    struct ml_worker_end_pipes *pipes = end->pipes;
    const struct worker_end_put put = {.reply = *reply, .seq = seq};
    if (!pipes->has_feeder) {
        ml_trace_begin(end->track, ML_TRACE_COPY, ML_TRACE_NO_JOB);
        worker_end_write(end, worker_end_pack(end, &put));
        ml_trace_end(end->track);
        pipes->packed_seq = seq;
        return;
    }
    ml_mutex_lock(&pipes->lock);
    pipes->puts[seq % WORKER_END_BUFFERS] = put;
    pipes->put_seq = seq;
    ml_cond_signal(&pipes->changed);
    ml_mutex_unlock(&pipes->lock);
}

/* ---- pictures ---- */

static bool worker_end_read_head(struct ml_worker_end *end,
                                 struct ml_message_head *head)
{
    ml_trace_begin_for(end->track, ML_TRACE_QUEUE, ML_TRACE_NO_JOB,
                       ML_WAIT_COMMAND);
    const bool ok = ml_pipe_read(ML_WORKER_FD_INPUTS, head, sizeof *head);
    ml_trace_end(end->track);
    return ok;
}

/* Read the message after the head; copy the command and the picture out of it.
 */
static bool worker_end_unpack(struct ml_worker_end *end,
                              const struct ml_message_head *head,
                              struct ml_wire_command *command_out)
{
    struct ml_worker_end_pipes *pipes = end->pipes;
    uint8_t *message = ml_slot(&pipes->receiving, 0);
    const size_t size =
        (size_t)head->bytes - (sizeof *head - sizeof head->bytes);
    if (!ml_pipe_read(ML_WORKER_FD_INPUTS, message, size))
        return false;
    pipes->taken = size - sizeof *command_out;
    memcpy(command_out, message, sizeof *command_out);
    memcpy(ml_slot(&pipes->input, 0), message + sizeof *command_out,
           pipes->taken);
    ml_slot_release(&pipes->receiving, 0, size);
    return true;
}

static bool pipe_receive_command(struct ml_worker_end *end, uint32_t seq,
                                 struct ml_wire_command *command_out,
                                 struct ml_bytes *bytes_out)
{
    struct ml_worker_end_pipes *pipes = end->pipes;
    struct ml_message_head head;
    ml_slot_release(&pipes->input, 0, pipes->taken);
    if (!worker_end_read_head(end, &head) || head.seq != seq)
        return false;
    ml_trace_begin(end->track, ML_TRACE_COPY, ML_TRACE_NO_JOB);
    const bool ok = worker_end_unpack(end, &head, command_out);
    ml_trace_end(end->track);
    if (!ok)
        return false;
    *bytes_out = (struct ml_bytes){ml_slot(&pipes->input, 0), pipes->taken};
    return true;
}

static void pipe_flush_before_slow(struct ml_worker_end *end)
{
    (void)end; /* the feeder sends results at once */
}

/* ---- open and close ---- */

static enum ml_status worker_end_open_memory(struct ml_worker_end *end,
                                             struct ml_error *err)
{
    const struct ml_wire_settings *wire = end->wire;
    struct ml_worker_end_pipes *pipes = end->pipes;
    enum ml_status status =
        ml_slots_open_private(&pipes->input, 1, wire->input_slot_bytes, err);
    if (status == ML_OK)
        status =
            ml_slots_open_private(&pipes->result_buffers, WORKER_END_BUFFERS,
                                  wire->result_buffer_bytes, err);
    if (status == ML_OK)
        status = ml_slots_open_private(
            &pipes->receiving, 1,
            ml_message_room(sizeof(struct ml_wire_command),
                            wire->input_slot_bytes),
            err);
    if (status == ML_OK)
        status =
            ml_slots_open_private(&pipes->sending, 1,
                                  ml_message_room(sizeof(struct ml_wire_reply),
                                                  wire->result_buffer_bytes),
                                  err);
    return status;
}

/* After a failure the process exits: nothing is released. */
static enum ml_status pipe_open(struct ml_worker_end *end, bool has_feeder,
                                struct ml_error *err)
{
    struct ml_worker_end_pipes *pipes = calloc(1, sizeof *pipes);
    if (!pipes)
        return ml_fail_os(err, ENOMEM, "cannot allocate a pipe transport",
                          NULL);
    end->pipes = pipes;
    pipes->has_feeder = has_feeder;
    ml_mutex_open(&pipes->lock);
    ml_cond_open(&pipes->changed);
    if (worker_end_open_memory(end, err) != ML_OK)
        return err->status;
    if (fcntl(ML_WORKER_FD_RESULTS, F_SETFL, O_WRONLY | O_NONBLOCK) != 0)
        return ml_fail_os(err, errno, "cannot set up a pipe", NULL);
    const int rc = has_feeder ? pthread_create(&pipes->feeder, NULL,
                                               worker_end_feeder_main, end)
                              : 0;
    return rc == 0 ? ML_OK
                   : ml_fail_os(err, rc, "cannot start a thread",
                                ML_MORE_PROCESSES);
}

static enum ml_status pipe_open_fed(struct ml_worker_end *end,
                                    struct ml_error *err)
{
    return pipe_open(end, true, err);
}

static enum ml_status pipe_open_inline(struct ml_worker_end *end,
                                       struct ml_error *err)
{
    return pipe_open(end, false, err);
}

static void pipe_close(struct ml_worker_end *end)
{
    struct ml_worker_end_pipes *pipes = end->pipes;
    ml_mutex_lock(&pipes->lock);
    pipes->ending = true;
    ml_cond_signal(&pipes->changed);
    ml_mutex_unlock(&pipes->lock);
    if (pipes->has_feeder)
        (void)pthread_join(pipes->feeder, NULL);
    ml_slots_close(&pipes->input);
    ml_slots_close(&pipes->result_buffers);
    ml_slots_close(&pipes->receiving);
    ml_slots_close(&pipes->sending);
    ml_cond_close(&pipes->changed);
    ml_mutex_close(&pipes->lock);
    free(pipes);
    end->pipes = NULL;
}

const struct ml_worker_end_ops ml_worker_end_pickle = {
    .open = pipe_open_fed,
    .receive = pipe_receive_command,
    .result_buffer = pipe_result_buffer,
    .flush_before_slow = pipe_flush_before_slow,
    .send_reply = pipe_reply,
    .close = pipe_close,
};

const struct ml_worker_end_ops ml_worker_end_pickle_inline = {
    .open = pipe_open_inline,
    .receive = pipe_receive_command,
    .result_buffer = pipe_result_buffer,
    .flush_before_slow = pipe_flush_before_slow,
    .send_reply = pipe_reply,
    .close = pipe_close,
};
