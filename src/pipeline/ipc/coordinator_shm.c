/* coordinator_shm.c: the transport that leaves pictures in shared memory; see
 * coordinator.h and channel.h.
 *
 * Commands and replies are entries of the channel, published by one sequence
 * number each way.
 */
#include <string.h>
#include <sys/eventfd.h>

#include "pipeline/ipc/process.h"

static enum ml_status
shm_open_result_buffers(struct ml_process *process,
                        const struct ml_process_template *template,
                        struct ml_transport_fds *fds_out, struct ml_error *err)
{
    const enum ml_status status =
        ml_slots_open(&process->result_buffers, template->result_buffer_count,
                      template->result_buffer_bytes, err);
    if (status == ML_OK)
        *fds_out = (struct ml_transport_fds){.inputs = template->inputs_fd,
                                             .result_buffers =
                                                 process->result_buffers.fd};
    return status;
}

static void shm_nothing(struct ml_process *process)
{
    (void)process;
}

static void shm_send(struct ml_process *process, uint32_t seq,
                     const struct ml_wire_command *command,
                     struct ml_bytes bytes)
{
    struct ml_channel *channel = process->channel;
    (void)bytes; /* they are in the slot that the command names */
    channel->commands[seq % ML_CHANNEL_DEPTH] = *command;
    /* Publishes the command; pairs with the acquire in shm_commands_after() of
     * worker_end_shm.c.  Sequentially consistent, as the load of `asleep` in
     * shm_wake(): either that load finds the worker asleep, or the worker finds
     * the command before it sleeps. */
    atomic_store(&channel->command_seq, seq);
    process->wake_pending = true;
}

static void shm_wake(struct ml_process *process)
{
    if (process->wake_pending && atomic_load(&process->channel->asleep) != 0)
        (void)eventfd_write(process->commands_fd, 1);
    process->wake_pending = false;
}

static uint32_t shm_arrived(struct ml_process *process,
                            const char **protocol_error_out)
{
    (void)protocol_error_out;
    /* Acquire: pairs with the release of shm_reply() in worker_end_shm.c. */
    return atomic_load_explicit(&process->channel->reply_seq,
                                memory_order_acquire);
}

static void shm_reply(struct ml_process *process, uint32_t seq,
                      struct ml_wire_reply *reply_out)
{
    memcpy(reply_out, &process->channel->replies[seq % ML_CHANNEL_DEPTH],
           sizeof *reply_out);
    /* The worker may still write to the reply.  Without the fence the compiler
     * might read a field there again after its copy was checked. */
    atomic_signal_fence(memory_order_seq_cst);
}

const struct ml_transport_ops ml_transport_shm = {
    .name = "shm",
    .maps_slots = true,
    .depth = ML_CHANNEL_DEPTH,
    .open = shm_open_result_buffers,
    .spawned = shm_nothing,
    .send = shm_send,
    .wake = shm_wake,
    .arrived = shm_arrived,
    .reply = shm_reply,
    .stop = shm_nothing,
    .close = shm_nothing, /* process.c closes the result buffers */
};
