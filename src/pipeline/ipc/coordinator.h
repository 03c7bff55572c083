/* coordinator.h: how pictures travel between the coordinator and one worker
 * process, seen from the coordinator; the other end is worker_end.h.
 *
 * shm: the bytes lie in shared memory, a slot's number travels.
 * pickle: the bytes travel, as those of a picture put into a
 * multiprocessing.Queue of CPython do: a feeder thread copies them into a
 * message and writes it through a pipe of 64 KiB, the worker reads the message
 * and copies them out of it; results come back alike, to a reader thread.
 * pickle-inline: likewise, but as with multiprocessing.SimpleQueue who puts a
 * picture writes it itself, and waits whenever the pipe is full.
 *
 * Under each of them the channel stays: who began what, and asks for memory.
 * One thread, the dispatcher, calls all of this.  What a worker sent is private
 * memory once it is here, and not yet believed.
 */
#ifndef ML_PIPELINE_IPC_COORDINATOR_H
#define ML_PIPELINE_IPC_COORDINATOR_H

#include "pipeline/core/run_settings.h"
#include "pipeline/ipc/channel.h"

struct ml_process;
struct ml_process_template;

/* What a worker is started with at ML_WORKER_FD_INPUTS, ML_WORKER_FD_RESULTS.
 */
struct ml_transport_fds {
    int inputs, result_buffers;
};

struct ml_transport_ops {
    const char *name;
    /* Workers map the slots of their stage: a picture must lie in one. */
    bool maps_slots;
    uint32_t depth; /* commands that may lie with a worker */
    /* Make the outboxes and what else is needed; before the spawn. */
    enum ml_status (*open)(struct ml_process *process,
                           const struct ml_process_template *template,
                           struct ml_transport_fds *fds_out,
                           struct ml_error *err);
    /* After the spawn, well or not: the worker has its ends now. */
    void (*spawned)(struct ml_process *process);
    /* Command `seq` and its picture; both stay where they are until its reply
     * is taken or stop() has returned. */
    void (*send)(struct ml_process *process, uint32_t seq,
                 const struct ml_wire_command *command, struct ml_bytes bytes);
    /* Wake the worker for what was sent, if that is needed. */
    void (*ring)(struct ml_process *process);
    /* The last command whose reply is here; *breach_out says how the worker
     * broke the protocol, or stays as it is. */
    uint32_t (*arrived)(struct ml_process *process,
                        const char **protocol_error_out);
    /* A copy of a reply that arrived. */
    void (*reply)(struct ml_process *process, uint32_t seq,
                  struct ml_wire_reply *reply_out);
    /* The worker was reaped: what it sent has arrived, no slot is read any
     * more. */
    void (*stop)(struct ml_process *process);
    /* Give back all that open() made. */
    void (*close)(struct ml_process *process);
};

extern const struct ml_transport_ops ml_transport_shm, ml_transport_pickle,
    ml_transport_pickle_inline;

#endif
