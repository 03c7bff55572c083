/* worker_end_shm.c: the transport that maps the input slots, read-only, and the
 * result buffers; see worker_end.h and channel.h.
 *
 * The worker wakes the coordinator when fewer than ML_CHANNEL_LONG commands are
 * left, before a picture that may take long, or ML_WAKE_DELAY_MAX_NS after the
 * last wake-up.
 */
#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "pipeline/core/waker.h"
#include "pipeline/ipc/worker_end.h"
#include "pipeline/picture/trace_names.h"

static enum ml_status shm_open_end(struct ml_worker_end *end,
                                   struct ml_error *err)
{
    const struct ml_wire_settings *wire = end->wire;
    end->inputs = ml_worker_end_map(
        ML_WORKER_FD_INPUTS, wire->input_slot_bytes * wire->input_slot_count,
        PROT_READ);
    end->result_buffers =
        ml_worker_end_map(ML_WORKER_FD_RESULTS,
                          wire->result_buffer_bytes * wire->result_buffer_count,
                          PROT_READ | PROT_WRITE);
    if (end->inputs && end->result_buffers)
        return ML_OK;
    return ml_fail_os(err, errno, "cannot map shared memory", NULL);
}

static void shm_wake_coordinator(struct ml_worker_end *end)
{
    (void)eventfd_write(ML_WORKER_FD_REPLIES, 1);
    end->last_wake_ns = ml_now_ns();
    end->wake_pending = false;
}

/* Commands published after `seq`; sequence numbers wrap at 2^32. */
static int32_t shm_commands_after(const struct ml_worker_end *end, uint32_t seq)
{
    /* Acquire: pairs with the store of command_seq in coordinator_shm.c, which
     * publishes the commands. */
    return (int32_t)(atomic_load_explicit(&end->channel->command_seq,
                                          memory_order_acquire) -
                     seq);
}

static bool shm_wait_command(struct ml_worker_end *end, uint32_t seq)
{
    struct ml_channel *channel = end->channel;
    bool ok = true;
    ml_trace_begin_for(end->track, ML_TRACE_QUEUE, ML_TRACE_NO_JOB,
                       ML_WAIT_COMMAND);
    while (ok && shm_commands_after(end, seq) < 0) {
        /* Sequentially consistent, both: see shm_send() of coordinator_shm.c.
         */
        atomic_store(&channel->asleep, 1);
        if ((int32_t)(atomic_load(&channel->command_seq) - seq) < 0)
            ok = ml_worker_end_wait();
        atomic_store(&channel->asleep, 0);
    }
    ml_trace_end(end->track);
    return ok;
}

static bool shm_receive(struct ml_worker_end *end, uint32_t seq,
                        struct ml_wire_command *command_out,
                        struct ml_bytes *bytes_out)
{
    if (!shm_wait_command(end, seq))
        return false;
    *command_out = end->channel->commands[seq % ML_CHANNEL_DEPTH];
    *bytes_out = (struct ml_bytes){
        end->inputs + (size_t)command_out->slot * end->wire->input_slot_bytes,
        command_out->used,
    };
    return true;
}

static uint8_t *shm_result_buffer(struct ml_worker_end *end, uint32_t seq,
                                  const struct ml_wire_command *command)
{
    (void)seq;
    return end->result_buffers +
           (size_t)command->result_buffer * end->wire->result_buffer_bytes;
}

static void shm_flush_before_slow(struct ml_worker_end *end)
{
    if (end->wake_pending)
        shm_wake_coordinator(end);
}

static void shm_reply(struct ml_worker_end *end, uint32_t seq,
                      const struct ml_wire_reply *reply)
{
    end->channel->replies[seq % ML_CHANNEL_DEPTH] = *reply;
    /* Release: publishes the reply and the result buffer; pairs with the
     * acquire in shm_arrived() of coordinator_shm.c. */
    atomic_store_explicit(&end->channel->reply_seq, seq, memory_order_release);
    end->wake_pending = true;
    /* While enough commands are left, one wake-up serves several replies. */
    if (shm_commands_after(end, seq) < ML_CHANNEL_LONG ||
        ml_now_ns() - end->last_wake_ns >= ML_WAKE_DELAY_MAX_NS)
        shm_wake_coordinator(end);
}

static void shm_close_end(struct ml_worker_end *end)
{
    (void)end; /* the mappings end with the process */
}

const struct ml_worker_end_ops ml_worker_end_shm = {
    .open = shm_open_end,
    .receive = shm_receive,
    .result_buffer = shm_result_buffer,
    .flush_before_slow = shm_flush_before_slow,
    .send_reply = shm_reply,
    .close = shm_close_end,
};
