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

#define PORT_BOXES 2U
#define PORT_EXIT_BROKEN 70

struct port_put {
    struct ml_wire_reply reply;
    uint32_t seq;
};

struct ml_port_pipes {
    struct ml_slots input, outboxes;    /* a picture, and results */
    struct ml_slots receiving, sending; /* a message each */
    size_t taken;                       /* bytes of the picture in `input` */
    uint64_t full_waits;                /* whoever writes counts them */
    pthread_t feeder;
    bool feeds;
    /* Guards everything below; the innermost lock. */
    struct ml_mutex lock;
    struct ml_cond changed;
    struct port_put puts[PORT_BOXES]; /* of seq % PORT_BOXES */
    uint32_t put_seq, packed_seq;     /* results put; made a message of */
    bool ending;
};

/* ---- results ---- */

static size_t port_pack(struct ml_port *port, const struct port_put *put)
{
    struct ml_port_pipes *pipes = port->pipes;
    struct ml_message_head head = {.seq = put->seq};
    const struct ml_bytes body = {
        ml_slot(&pipes->outboxes, put->seq % PORT_BOXES), put->reply.used};
    const size_t size = ml_message_pack(ml_slot(&pipes->sending, 0), &head,
                                        &put->reply, sizeof put->reply, body);
    ml_slot_release(&pipes->outboxes, put->seq % PORT_BOXES,
                    (size_t)put->reply.used);
    return size;
}

/* Who cannot write any more has nobody to work for. */
static void port_write(struct ml_port *port, size_t size)
{
    struct ml_port_pipes *pipes = port->pipes;
    if (!ml_pipe_write(ML_WORKER_FD_OUTBOXES, ml_slot(&pipes->sending, 0), size,
                       &pipes->full_waits))
        _exit(PORT_EXIT_BROKEN);
    /* Relaxed: a figure for statistics, read once this process is gone. */
    atomic_store_explicit(&port->channel->full_waits, pipes->full_waits,
                          memory_order_relaxed);
    ml_slot_release(&pipes->sending, 0, size);
}

/* The next result for the feeder; false when all are written and no more come.
 */
static bool port_next_put(struct ml_port_pipes *pipes, struct port_put *put)
{
    ml_mutex_lock(&pipes->lock);
    while (!pipes->ending && pipes->put_seq == pipes->packed_seq)
        ml_cond_wait(&pipes->changed, &pipes->lock);
    const bool there = pipes->put_seq != pipes->packed_seq;
    if (there)
        *put = pipes->puts[(pipes->packed_seq + 1) % PORT_BOXES];
    ml_mutex_unlock(&pipes->lock);
    return there;
}

static void *port_feeder_main(void *context)
{
    struct ml_port *port = context;
    struct ml_port_pipes *pipes = port->pipes;
    struct port_put put;
    while (port_next_put(pipes, &put)) {
        const size_t size = port_pack(port, &put);
        ml_mutex_lock(&pipes->lock);
        pipes->packed_seq = put.seq; /* its outbox is free */
        ml_cond_signal(&pipes->changed);
        ml_mutex_unlock(&pipes->lock);
        port_write(port, size);
    }
    return NULL;
}

static uint8_t *pipe_outbox(struct ml_port *port, uint32_t seq,
                            const struct ml_wire_command *command)
{
    struct ml_port_pipes *pipes = port->pipes;
    (void)command; /* its outbox is one of the coordinator's */
    ml_mutex_lock(&pipes->lock);
    while (seq - pipes->packed_seq > PORT_BOXES)
        ml_cond_wait(&pipes->changed, &pipes->lock);
    ml_mutex_unlock(&pipes->lock);
    return ml_slot(&pipes->outboxes, seq % PORT_BOXES);
}

static void pipe_reply(struct ml_port *port, uint32_t seq,
                       const struct ml_wire_reply *reply)
{
    struct ml_port_pipes *pipes = port->pipes;
    const struct port_put put = {.reply = *reply, .seq = seq};
    if (!pipes->feeds) {
        ml_trace_begin(port->track, ML_TRACE_COPY, ML_TRACE_NO_JOB);
        port_write(port, port_pack(port, &put));
        ml_trace_end(port->track);
        pipes->packed_seq = seq;
        return;
    }
    ml_mutex_lock(&pipes->lock);
    pipes->puts[seq % PORT_BOXES] = put;
    pipes->put_seq = seq;
    ml_cond_signal(&pipes->changed);
    ml_mutex_unlock(&pipes->lock);
}

/* ---- pictures ---- */

static bool port_await_head(struct ml_port *port, struct ml_message_head *head)
{
    ml_trace_begin_for(port->track, ML_TRACE_QUEUE, ML_TRACE_NO_JOB,
                       ML_CAUSE_COMMAND);
    const bool well = ml_pipe_read(ML_WORKER_FD_INPUTS, head, sizeof *head);
    ml_trace_end(port->track);
    return well;
}

/* The message behind the head, and out of it the command and the picture. */
static bool port_unpack(struct ml_port *port,
                        const struct ml_message_head *head,
                        struct ml_wire_command *command_out)
{
    struct ml_port_pipes *pipes = port->pipes;
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

static bool pipe_take(struct ml_port *port, uint32_t seq,
                      struct ml_wire_command *command_out,
                      struct ml_bytes *bytes_out)
{
    struct ml_port_pipes *pipes = port->pipes;
    struct ml_message_head head;
    ml_slot_release(&pipes->input, 0, pipes->taken);
    if (!port_await_head(port, &head) || head.seq != seq)
        return false;
    ml_trace_begin(port->track, ML_TRACE_COPY, ML_TRACE_NO_JOB);
    const bool well = port_unpack(port, &head, command_out);
    ml_trace_end(port->track);
    if (!well)
        return false;
    *bytes_out = (struct ml_bytes){ml_slot(&pipes->input, 0), pipes->taken};
    return true;
}

static void pipe_before_long(struct ml_port *port)
{
    (void)port; /* results are on their way already */
}

/* ---- beginning and end ---- */

static enum ml_status port_open_memory(struct ml_port *port,
                                       struct ml_error *err)
{
    const struct ml_wire_settings *wire = port->wire;
    struct ml_port_pipes *pipes = port->pipes;
    enum ml_status status =
        ml_slots_open_private(&pipes->input, 1, wire->input_slot_bytes, err);
    if (status == ML_OK)
        status = ml_slots_open_private(&pipes->outboxes, PORT_BOXES,
                                       wire->outbox_bytes, err);
    if (status == ML_OK)
        status = ml_slots_open_private(
            &pipes->receiving, 1,
            ml_message_room(sizeof(struct ml_wire_command),
                            wire->input_slot_bytes),
            err);
    if (status == ML_OK)
        status = ml_slots_open_private(
            &pipes->sending, 1,
            ml_message_room(sizeof(struct ml_wire_reply), wire->outbox_bytes),
            err);
    return status;
}

/* After a failure the process ends: nothing is taken back. */
static enum ml_status pipe_open(struct ml_port *port, bool feeds,
                                struct ml_error *err)
{
    struct ml_port_pipes *pipes = calloc(1, sizeof *pipes);
    if (!pipes)
        return ml_fail_os(err, ENOMEM, "memory of a pipe", NULL);
    port->pipes = pipes;
    pipes->feeds = feeds;
    ml_mutex_open(&pipes->lock);
    ml_cond_open(&pipes->changed);
    if (port_open_memory(port, err) != ML_OK)
        return err->status;
    if (fcntl(ML_WORKER_FD_OUTBOXES, F_SETFL, O_WRONLY | O_NONBLOCK) != 0)
        return ml_fail_os(err, errno, "cannot set up a pipe", NULL);
    const int rc =
        feeds ? pthread_create(&pipes->feeder, NULL, port_feeder_main, port)
              : 0;
    return rc == 0 ? ML_OK
                   : ml_fail_os(err, rc, "cannot start a thread",
                                ML_MORE_PROCESSES);
}

static enum ml_status pipe_open_fed(struct ml_port *port, struct ml_error *err)
{
    return pipe_open(port, true, err);
}

static enum ml_status pipe_open_inline(struct ml_port *port,
                                       struct ml_error *err)
{
    return pipe_open(port, false, err);
}

static void pipe_close(struct ml_port *port)
{
    struct ml_port_pipes *pipes = port->pipes;
    ml_mutex_lock(&pipes->lock);
    pipes->ending = true;
    ml_cond_signal(&pipes->changed);
    ml_mutex_unlock(&pipes->lock);
    if (pipes->feeds)
        (void)pthread_join(pipes->feeder, NULL);
    ml_slots_close(&pipes->input);
    ml_slots_close(&pipes->outboxes);
    ml_slots_close(&pipes->receiving);
    ml_slots_close(&pipes->sending);
    ml_cond_close(&pipes->changed);
    ml_mutex_close(&pipes->lock);
    free(pipes);
    port->pipes = NULL;
}

const struct ml_port_kind ml_port_pickle = {
    .open = pipe_open_fed,
    .take = pipe_take,
    .outbox = pipe_outbox,
    .before_long = pipe_before_long,
    .reply = pipe_reply,
    .close = pipe_close,
};

const struct ml_port_kind ml_port_pickle_inline = {
    .open = pipe_open_inline,
    .take = pipe_take,
    .outbox = pipe_outbox,
    .before_long = pipe_before_long,
    .reply = pipe_reply,
    .close = pipe_close,
};
