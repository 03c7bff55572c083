/* worker_end_pipe.c: pictures come as messages through a pipe, results go
 * through another; see worker_end.h, message.h and coordinator.h.
 *
 * With a feeder the worker goes on with its next picture while the result of
 * the last is being written; of two outboxes it fills one while the other waits
 * for its turn.  Inline it writes the message itself.
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
    uint64_t full_waits;                   /* whoever writes counts them */
    pthread_t feeder;
    bool feeds;
    /* Guards everything below; the innermost lock. */
    struct ml_mutex lock;
    struct ml_cond changed;
    struct worker_end_put
        puts[WORKER_END_BUFFERS]; /* of seq % WORKER_END_BUFFERS */
    uint32_t put_seq, packed_seq; /* results put; made a message of */
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

/* Who cannot write any more has nobody to work for. */
static void worker_end_write(struct ml_worker_end *end, size_t size)
{
    struct ml_worker_end_pipes *pipes = end->pipes;
    if (!ml_pipe_write(ML_WORKER_FD_RESULTS, ml_slot(&pipes->sending, 0), size,
                       &pipes->full_waits))
        _exit(WORKER_END_EXIT_BROKEN);
    /* Relaxed: a figure for statistics, read once this process is gone. */
    atomic_store_explicit(&end->channel->full_waits, pipes->full_waits,
                          memory_order_relaxed);
    ml_slot_release(&pipes->sending, 0, size);
}

/* The next result for the feeder; false when all are written and no more come.
 */
static bool worker_end_next_put(struct ml_worker_end_pipes *pipes,
                                struct worker_end_put *put)
{
    ml_mutex_lock(&pipes->lock);
    while (!pipes->ending && pipes->put_seq == pipes->packed_seq)
        ml_cond_wait(&pipes->changed, &pipes->lock);
    const bool there = pipes->put_seq != pipes->packed_seq;
    if (there)
        *put = pipes->puts[(pipes->packed_seq + 1) % WORKER_END_BUFFERS];
    ml_mutex_unlock(&pipes->lock);
    return there;
}

static void *worker_end_feeder_main(void *context)
{
    struct ml_worker_end *end = context;
    struct ml_worker_end_pipes *pipes = end->pipes;
    struct worker_end_put put;
    while (worker_end_next_put(pipes, &put)) {
        const size_t size = worker_end_pack(end, &put);
        ml_mutex_lock(&pipes->lock);
        pipes->packed_seq = put.seq; /* its outbox is free */
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
    (void)command; /* its outbox is one of the coordinator's */
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
    if (!pipes->feeds) {
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

static bool worker_end_await_head(struct ml_worker_end *end,
                                  struct ml_message_head *head)
{
    ml_trace_begin_for(end->track, ML_TRACE_QUEUE, ML_TRACE_NO_JOB,
                       ML_WAIT_COMMAND);
    const bool well = ml_pipe_read(ML_WORKER_FD_INPUTS, head, sizeof *head);
    ml_trace_end(end->track);
    return well;
}

/* The message behind the head, and out of it the command and the picture. */
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

static bool pipe_take(struct ml_worker_end *end, uint32_t seq,
                      struct ml_wire_command *command_out,
                      struct ml_bytes *bytes_out)
{
    struct ml_worker_end_pipes *pipes = end->pipes;
    struct ml_message_head head;
    ml_slot_release(&pipes->input, 0, pipes->taken);
    if (!worker_end_await_head(end, &head) || head.seq != seq)
        return false;
    ml_trace_begin(end->track, ML_TRACE_COPY, ML_TRACE_NO_JOB);
    const bool well = worker_end_unpack(end, &head, command_out);
    ml_trace_end(end->track);
    if (!well)
        return false;
    *bytes_out = (struct ml_bytes){ml_slot(&pipes->input, 0), pipes->taken};
    return true;
}

static void pipe_before_long(struct ml_worker_end *end)
{
    (void)end; /* results are on their way already */
}

/* ---- beginning and end ---- */

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

/* After a failure the process ends: nothing is taken back. */
static enum ml_status pipe_open(struct ml_worker_end *end, bool feeds,
                                struct ml_error *err)
{
    struct ml_worker_end_pipes *pipes = calloc(1, sizeof *pipes);
    if (!pipes)
        return ml_fail_os(err, ENOMEM, "memory of a pipe", NULL);
    end->pipes = pipes;
    pipes->feeds = feeds;
    ml_mutex_open(&pipes->lock);
    ml_cond_open(&pipes->changed);
    if (worker_end_open_memory(end, err) != ML_OK)
        return err->status;
    if (fcntl(ML_WORKER_FD_RESULTS, F_SETFL, O_WRONLY | O_NONBLOCK) != 0)
        return ml_fail_os(err, errno, "cannot set up a pipe", NULL);
    const int rc = feeds ? pthread_create(&pipes->feeder, NULL,
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
    if (pipes->feeds)
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
    .receive = pipe_take,
    .result_buffer = pipe_result_buffer,
    .flush_before_slow = pipe_before_long,
    .send_reply = pipe_reply,
    .close = pipe_close,
};

const struct ml_worker_end_ops ml_worker_end_pickle_inline = {
    .open = pipe_open_inline,
    .receive = pipe_take,
    .result_buffer = pipe_result_buffer,
    .flush_before_slow = pipe_before_long,
    .send_reply = pipe_reply,
    .close = pipe_close,
};
