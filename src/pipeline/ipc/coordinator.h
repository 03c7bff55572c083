/* coordinator.h: the coordinator's side of a transport, which carries pictures
 * to one worker process and back; the worker's side is worker_end.h.
 *
 * shm: the bytes stay in shared memory and a slot number is sent.
 *
 * pickle: the bytes are sent, as multiprocessing.Queue of CPython sends a
 * picture: a feeder thread copies them into a message and writes it to a pipe
 * of 64 KiB; the worker reads the message and copies them out of it.  Results
 * come back the same way, to a reader thread.
 *
 * pickle-inline: the same, but as in multiprocessing.SimpleQueue the dispatcher
 * writes the message itself, and blocks while the pipe is full.
 *
 * With every transport the channel carries the sequence number of the command
 * in progress and the memory requests.  One thread, the dispatcher, calls all
 * functions.  A reply is copied to private memory before it is checked.
 */
#ifndef ML_PIPELINE_IPC_COORDINATOR_H
#define ML_PIPELINE_IPC_COORDINATOR_H

#include "pipeline/core/run_settings.h"
#include "pipeline/ipc/channel.h"

struct ml_process;
struct ml_process_template;

/* Become ML_WORKER_FD_INPUTS and ML_WORKER_FD_RESULTS of the worker. */
struct ml_transport_fds {
    int inputs, result_buffers;
};

struct ml_transport_ops {
    const char *name;
    /* Workers map the slots of their stage, so a picture must be in one. */
    bool maps_slots;
    uint32_t depth; /* commands outstanding at a worker, at most */
    /* Create the result buffers and all else; called before the spawn. */
    enum ml_status (*open)(struct ml_process *process,
                           const struct ml_process_template *template,
                           struct ml_transport_fds *fds_out,
                           struct ml_error *err);
    /* Close the descriptors that the worker inherited; called after the spawn,
     * whether that failed or not. */
    void (*spawned)(struct ml_process *process);
    /* Send command `seq` and its picture.  `bytes` must stay valid until the
     * reply is taken or stop() has returned. */
    void (*send)(struct ml_process *process, uint32_t seq,
                 const struct ml_wire_command *command, struct ml_bytes bytes);
    /* Wake the worker if it sleeps and commands were sent. */
    void (*wake)(struct ml_process *process);
    /* The last command whose reply has arrived.  *protocol_error_out is set to
     * the protocol error of the worker, if there was one. */
    uint32_t (*arrived)(struct ml_process *process,
                        const char **protocol_error_out);
    /* Copy the reply to command `seq`, which has arrived. */
    void (*reply)(struct ml_process *process, uint32_t seq,
                  struct ml_wire_reply *reply_out);
    /* Called once the worker was reaped.  On return all its replies have
     * arrived and no slot is read. */
    void (*stop)(struct ml_process *process);
    /* Release all that open() acquired. */
    void (*close)(struct ml_process *process);
};

extern const struct ml_transport_ops ml_transport_shm, ml_transport_pickle,
    ml_transport_pickle_inline;

#endif
