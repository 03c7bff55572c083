/* worker_end_shm.c: pictures are mapped, read-only, and so are the outboxes for
 * results; see worker_end.h and channel.h.
 *
 * The worker rings when it has little left to do, before it begins a picture
 * that may take long, or ML_WAKE_DELAY_MAX_NS after it last did.
 */
#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "pipeline/ipc/worker_end.h"
#include "pipeline/picture/trace_names.h"

static enum ml_status shm_open_port(struct ml_port *port, struct ml_error *err)
{
    const struct ml_wire_settings *wire = port->wire;
    port->inputs =
        ml_port_map(ML_WORKER_FD_INPUTS,
                    wire->input_slot_bytes * wire->input_slot_count, PROT_READ);
    port->outboxes = ml_port_map(ML_WORKER_FD_OUTBOXES,
                                 wire->outbox_bytes * wire->outbox_count,
                                 PROT_READ | PROT_WRITE);
    if (port->inputs && port->outboxes)
        return ML_OK;
    return ml_fail_os(err, errno, "cannot map shared memory", NULL);
}

static void shm_tell(struct ml_port *port)
{
    (void)eventfd_write(ML_WORKER_FD_REPLIES, 1);
    port->rung_ns = ml_now_ns();
    port->owes = false;
}

/* Commands that wait for it behind `seq`; numbers go round after 2^32. */
static int32_t shm_behind(const struct ml_port *port, uint32_t seq)
{
    /* Acquire: pairs with the store in coordinator_shm.c; the commands were
     * written before. */
    return (int32_t)(atomic_load_explicit(&port->channel->command_seq,
                                          memory_order_acquire) -
                     seq);
}

static bool shm_await(struct ml_port *port, uint32_t seq)
{
    struct ml_channel *channel = port->channel;
    bool well = true;
    ml_trace_begin_for(port->track, ML_TRACE_QUEUE, ML_TRACE_NO_JOB,
                       ML_CAUSE_COMMAND);
    while (well && shm_behind(port, seq) < 0) {
        /* Sequentially consistent, both: see coordinator_shm.c. */
        atomic_store(&channel->asleep, 1);
        if ((int32_t)(atomic_load(&channel->command_seq) - seq) < 0)
            well = ml_port_wait();
        atomic_store(&channel->asleep, 0);
    }
    ml_trace_end(port->track);
    return well;
}

static bool shm_take(struct ml_port *port, uint32_t seq,
                     struct ml_wire_command *command_out,
                     struct ml_bytes *bytes_out)
{
    if (!shm_await(port, seq))
        return false;
    *command_out = port->channel->commands[seq % ML_CHANNEL_DEPTH];
    *bytes_out = (struct ml_bytes){
        port->inputs + (size_t)command_out->slot * port->wire->input_slot_bytes,
        command_out->used,
    };
    return true;
}

static uint8_t *shm_outbox(struct ml_port *port, uint32_t seq,
                           const struct ml_wire_command *command)
{
    (void)seq;
    return port->outboxes + (size_t)command->outbox * port->wire->outbox_bytes;
}

static void shm_before_long(struct ml_port *port)
{
    if (port->owes)
        shm_tell(port);
}

static void shm_reply(struct ml_port *port, uint32_t seq,
                      const struct ml_wire_reply *reply)
{
    port->channel->replies[seq % ML_CHANNEL_DEPTH] = *reply;
    /* Release: publishes the reply and the outbox; pairs with the acquire in
     * coordinator_shm.c. */
    atomic_store_explicit(&port->channel->reply_seq, seq, memory_order_release);
    port->owes = true;
    /* With enough to go on with, small pictures are told of together. */
    if (shm_behind(port, seq) < ML_CHANNEL_LONG ||
        ml_now_ns() - port->rung_ns >= ML_WAKE_DELAY_MAX_NS)
        shm_tell(port);
}

static void shm_close_port(struct ml_port *port)
{
    (void)port; /* the mappings go with the process */
}

const struct ml_port_kind ml_port_shm = {
    .open = shm_open_port,
    .take = shm_take,
    .outbox = shm_outbox,
    .before_long = shm_before_long,
    .reply = shm_reply,
    .close = shm_close_port,
};
