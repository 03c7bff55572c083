/* coordinator_pipe.c: the transports that send pictures as messages through two
 * pipes a worker; see coordinator.h and message.h.
 *
 *     dispatcher -> puts[] -> feeder -> pipe -> worker -> pipe -> reader
 *
 * With a feeder, the dispatcher only queues a put and returns; the feeder makes
 * the message when it is about to write it.  Inline, the dispatcher makes and
 * writes the message itself.
 *
 * The reader never blocks on memory: the result buffer of a command is reserved
 * until the reply has arrived.  So a writer that waits for a full pipe waits
 * for a process that reads, or for one that has exited: then feeder and reader
 * find the pipe broken and end.
 *
 * Inline, only one command is outstanding at a worker.  With a second one the
 * dispatcher could block on a pipe to a worker that itself waits for the answer
 * to a memory request.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "os/mutex.h"
#include "pipeline/ipc/message.h"
#include "pipeline/ipc/process.h"

struct pipe_put {
    struct ml_wire_command command;
    struct ml_bytes bytes;
    uint64_t at_ns;
};

struct ml_pipes {
    struct ml_process *process;
    int to_worker, from_worker;
    struct ml_transport_fds worker_fds; /* the worker's ends, until the spawn */
    struct ml_slots sending, receiving; /* a message each */
    pthread_t feeder, reader;
    bool feeder_started, reader_started;
    /* Guards everything below; no other lock is taken while it is held. */
    struct ml_mutex lock;
    struct ml_cond more; /* put_seq or ending has changed; the feeder waits */
    struct pipe_put puts[ML_CHANNEL_DEPTH];
    struct ml_wire_reply replies[ML_CHANNEL_DEPTH];
    uint32_t put_seq, packed_seq, arrived_seq; /* the last put, the last made a
                                                  message, the last reply */
    bool ending;
    const char *protocol_error;
    struct ml_transport_counts counts;
};

static void pipe_count_switches(struct ml_pipes *pipes)
{
    struct rusage used;
    if (getrusage(RUSAGE_THREAD, &used) != 0)
        return;
    ml_mutex_lock(&pipes->lock);
    pipes->counts.switches += (uint64_t)used.ru_nvcsw;
    ml_mutex_unlock(&pipes->lock);
}

/* ---- to the worker ---- */

/* Make a message of a put and write it; false: the worker has exited. */
static bool pipe_feed(struct ml_pipes *pipes, uint32_t seq,
                      const struct pipe_put *put)
{
    struct ml_message_head head = {.seq = seq};
    uint8_t *message = ml_slot(&pipes->sending, 0);
    uint64_t full_waits = 0;
    const size_t size = ml_message_pack(message, &head, &put->command,
                                        sizeof put->command, put->bytes);
    /* From here on the reply may arrive, and the slot may be reused. */
    ml_mutex_lock(&pipes->lock);
    pipes->packed_seq = seq;
    ml_mutex_unlock(&pipes->lock);
    const bool ok = ml_pipe_write(pipes->to_worker, message, size, &full_waits);
    ml_slot_release(&pipes->sending, 0, size);
    ml_mutex_lock(&pipes->lock);
    pipes->counts.pipe_full_waits += full_waits;
    pipes->counts.transfer_ns += ml_now_ns() - put->at_ns;
    if (ok)
        pipes->counts.bytes_copied += ML_MESSAGE_COPIES * put->bytes.size;
    ml_mutex_unlock(&pipes->lock);
    return ok;
}

/* Wait for put `seq`; false at the end. */
static bool pipe_next_put(struct ml_pipes *pipes, uint32_t seq,
                          struct pipe_put *put)
{
    ml_mutex_lock(&pipes->lock);
    while (!pipes->ending && (int32_t)(pipes->put_seq - seq) < 0)
        ml_cond_wait(&pipes->more, &pipes->lock);
    const bool available = !pipes->ending;
    if (available)
        *put = pipes->puts[seq % ML_CHANNEL_DEPTH];
    ml_mutex_unlock(&pipes->lock);
    return available;
}

static void *pipe_feeder_main(void *context)
{
    struct ml_pipes *pipes = context;
    struct pipe_put put;
    for (uint32_t seq = 1; pipe_next_put(pipes, seq, &put); seq++) {
        if (!pipe_feed(pipes, seq, &put))
            break;
    }
    pipe_count_switches(pipes);
    return NULL;
}

static void pipe_send(struct ml_process *process, uint32_t seq,
                      const struct ml_wire_command *command,
                      struct ml_bytes bytes)
{
    struct ml_pipes *pipes = process->pipes;
    const struct pipe_put put = {
        .command = *command, .bytes = bytes, .at_ns = ml_now_ns()};
    ml_mutex_lock(&pipes->lock);
    pipes->put_seq = seq;
    pipes->puts[seq % ML_CHANNEL_DEPTH] = put;
    if (pipes->feeder_started)
        ml_cond_signal(&pipes->more);
    ml_mutex_unlock(&pipes->lock);
    if (!pipes->feeder_started)
        (void)pipe_feed(pipes, seq,
                        &put); /* the dispatcher polls for its exit */
    ml_mutex_lock(&pipes->lock);
    pipes->counts.put_ns += ml_now_ns() - put.at_ns;
    ml_mutex_unlock(&pipes->lock);
}

static void pipe_wake(struct ml_process *process)
{
    (void)process; /* the message wakes the worker */
}

/* ---- from the worker ---- */

/* Is this the head of the next reply, to a command that was sent, and does the
 * result fit its buffer? */
static bool pipe_head_is_sound(struct ml_pipes *pipes,
                               const struct ml_message_head *head)
{
    const size_t min_bytes =
        ml_message_room(sizeof(struct ml_wire_reply), 0) - sizeof head->bytes;
    ml_mutex_lock(&pipes->lock);
    const bool due = head->seq == pipes->arrived_seq + 1 &&
                     (int32_t)(pipes->packed_seq - head->seq) >= 0;
    ml_mutex_unlock(&pipes->lock);
    return due && head->bytes >= min_bytes &&
           head->bytes - min_bytes <= pipes->process->result_buffers.slot_bytes;
}

/* Copy the reply out of its message, and the picture to its result buffer. */
static void pipe_unpack(struct ml_pipes *pipes,
                        const struct ml_message_head *head,
                        const uint8_t *message, size_t size)
{
    const uint32_t entry = head->seq % ML_CHANNEL_DEPTH;
    struct ml_wire_reply reply;
    memcpy(&reply, message, sizeof reply);
    size -= sizeof reply;
    if (reply.used != size)
        reply.used = UINT64_MAX; /* inconsistent: the reply check refuses it */
    ml_mutex_lock(&pipes->lock);
    const uint32_t buffer = pipes->puts[entry].command.result_buffer;
    ml_mutex_unlock(&pipes->lock);
    memcpy(ml_slot(&pipes->process->result_buffers, buffer),
           message + sizeof reply, size);
    ml_mutex_lock(&pipes->lock);
    pipes->replies[entry] = reply;
    pipes->arrived_seq = head->seq;
    pipes->counts.bytes_copied += ML_MESSAGE_COPIES * size;
    ml_mutex_unlock(&pipes->lock);
}

/* Read one reply; false at the end of the pipe or after a protocol error. */
static bool pipe_receive(struct ml_pipes *pipes)
{
    struct ml_message_head head;
    uint8_t *message = ml_slot(&pipes->receiving, 0);
    if (!ml_pipe_read(pipes->from_worker, &head, sizeof head))
        return false;
    if (!pipe_head_is_sound(pipes, &head)) {
        ml_mutex_lock(&pipes->lock);
        pipes->protocol_error = "an invalid message";
        ml_mutex_unlock(&pipes->lock);
        return false;
    }
    const size_t size = (size_t)head.bytes - (sizeof head - sizeof head.bytes);
    const bool whole = ml_pipe_read(pipes->from_worker, message, size);
    if (whole)
        pipe_unpack(pipes, &head, message, size);
    ml_slot_release(&pipes->receiving, 0, size);
    return whole;
}

static void *pipe_reader_main(void *context)
{
    struct ml_pipes *pipes = context;
    bool more = true;
    while (more) {
        more = pipe_receive(pipes);
        (void)eventfd_write(pipes->process->replies_fd, 1);
    }
    pipe_count_switches(pipes);
    return NULL;
}

static uint32_t pipe_arrived(struct ml_process *process,
                             const char **protocol_error_out)
{
    struct ml_pipes *pipes = process->pipes;
    ml_mutex_lock(&pipes->lock);
    const uint32_t seq = pipes->arrived_seq;
    if (pipes->protocol_error)
        *protocol_error_out = pipes->protocol_error;
    ml_mutex_unlock(&pipes->lock);
    return seq;
}

static void pipe_reply(struct ml_process *process, uint32_t seq,
                       struct ml_wire_reply *reply_out)
{
    struct ml_pipes *pipes = process->pipes;
    ml_mutex_lock(&pipes->lock);
    *reply_out = pipes->replies[seq % ML_CHANNEL_DEPTH];
    ml_mutex_unlock(&pipes->lock);
}

/* ---- open and close ---- */

static enum ml_status pipe_open_pipes(struct ml_pipes *pipes,
                                      struct ml_error *err)
{
    enum ml_status status =
        ml_pipe_open(&pipes->worker_fds.inputs, &pipes->to_worker, err);
    if (status == ML_OK)
        status = ml_pipe_open(&pipes->from_worker,
                              &pipes->worker_fds.result_buffers, err);
    if (status == ML_OK &&
        fcntl(pipes->to_worker, F_SETFL, O_WRONLY | O_NONBLOCK) != 0)
        status = ml_fail_os(err, errno, "cannot set up a pipe", NULL);
    return status;
}

static enum ml_status
pipe_open_memory(struct ml_pipes *pipes,
                 const struct ml_process_template *template,
                 struct ml_error *err)
{
    struct ml_process *process = pipes->process;
    enum ml_status status = ml_slots_open_private(
        &process->result_buffers, template->result_buffer_count,
        template->result_buffer_bytes, err);
    if (status == ML_OK)
        status = ml_slots_open_private(
            &pipes->sending, 1,
            ml_message_room(sizeof(struct ml_wire_command),
                            template->input_bytes),
            err);
    if (status == ML_OK)
        status = ml_slots_open_private(
            &pipes->receiving, 1,
            ml_message_room(sizeof(struct ml_wire_reply),
                            process->result_buffers.slot_bytes),
            err);
    return status;
}

static enum ml_status pipe_start_threads(struct ml_pipes *pipes,
                                         bool has_feeder, struct ml_error *err)
{
    int rc = pthread_create(&pipes->reader, NULL, pipe_reader_main, pipes);
    pipes->reader_started = rc == 0;
    if (rc == 0 && has_feeder) {
        rc = pthread_create(&pipes->feeder, NULL, pipe_feeder_main, pipes);
        pipes->feeder_started = rc == 0;
    }
    if (rc != 0)
        return ml_fail_os(err, rc, "cannot start a thread of the transport",
                          "lower --jobs, or use --transport shm");
    return ML_OK;
}

static enum ml_status pipe_open(struct ml_process *process,
                                const struct ml_process_template *template,
                                bool has_feeder,
                                struct ml_transport_fds *fds_out,
                                struct ml_error *err)
{
    struct ml_pipes *pipes = calloc(1, sizeof *pipes);
    if (!pipes)
        return ml_fail_os(err, ENOMEM, "cannot allocate a pipe transport",
                          NULL);
    process->pipes = pipes;
    pipes->process = process;
    pipes->to_worker = pipes->from_worker = -1;
    pipes->worker_fds = (struct ml_transport_fds){-1, -1};
    ml_mutex_open(&pipes->lock);
    ml_cond_open(&pipes->more);
    enum ml_status status = pipe_open_pipes(pipes, err);
    if (status == ML_OK)
        status = pipe_open_memory(pipes, template, err);
    if (status == ML_OK)
        status = pipe_start_threads(pipes, has_feeder, err);
    *fds_out = pipes->worker_fds;
    return status;
}

static enum ml_status pipe_open_fed(struct ml_process *process,
                                    const struct ml_process_template *template,
                                    struct ml_transport_fds *fds_out,
                                    struct ml_error *err)
{
    return pipe_open(process, template, true, fds_out, err);
}

static enum ml_status
pipe_open_inline(struct ml_process *process,
                 const struct ml_process_template *template,
                 struct ml_transport_fds *fds_out, struct ml_error *err)
{
    return pipe_open(process, template, false, fds_out, err);
}

/* With the worker's ends of the pipes open here too, reader and feeder would
 * not notice its exit. */
static void pipe_spawned(struct ml_process *process)
{
    ml_pipe_close_end(&process->pipes->worker_fds.inputs);
    ml_pipe_close_end(&process->pipes->worker_fds.result_buffers);
}

static void pipe_stop(struct ml_process *process)
{
    struct ml_pipes *pipes = process->pipes;
    pipe_spawned(process);
    ml_mutex_lock(&pipes->lock);
    pipes->ending = true;
    ml_cond_signal(&pipes->more);
    ml_mutex_unlock(&pipes->lock);
    if (pipes->feeder_started)
        (void)pthread_join(pipes->feeder, NULL);
    if (pipes->reader_started)
        (void)pthread_join(pipes->reader, NULL);
    pipes->feeder_started = pipes->reader_started = false;
    pipes->counts.messages = process->counts.messages;
    process->counts = pipes->counts;
    /* Relaxed: a statistic of a process that has exited. */
    process->counts.pipe_full_waits += atomic_load_explicit(
        &process->channel->full_waits, memory_order_relaxed);
}

static void pipe_close(struct ml_process *process)
{
    struct ml_pipes *pipes = process->pipes;
    if (!pipes)
        return;
    pipe_stop(process);
    ml_pipe_close_end(&pipes->to_worker);
    ml_pipe_close_end(&pipes->from_worker);
    if (pipes->sending.memory)
        ml_slots_close(&pipes->sending);
    if (pipes->receiving.memory)
        ml_slots_close(&pipes->receiving);
    ml_cond_close(&pipes->more);
    ml_mutex_close(&pipes->lock);
    free(pipes);
    process->pipes = NULL;
}

const struct ml_transport_ops ml_transport_pickle = {
    .name = "pickle",
    .depth = ML_CHANNEL_DEPTH,
    .open = pipe_open_fed,
    .spawned = pipe_spawned,
    .send = pipe_send,
    .wake = pipe_wake,
    .arrived = pipe_arrived,
    .reply = pipe_reply,
    .stop = pipe_stop,
    .close = pipe_close,
};

const struct ml_transport_ops ml_transport_pickle_inline = {
    .name = "pickle-inline",
    .depth = 1,
    .open = pipe_open_inline,
    .spawned = pipe_spawned,
    .send = pipe_send,
    .wake = pipe_wake,
    .arrived = pipe_arrived,
    .reply = pipe_reply,
    .stop = pipe_stop,
    .close = pipe_close,
};
