/* process.h: one worker process, seen from the coordinator: its start, its
 * shared memory, its exit status.  Used by the dispatcher thread only. */
#ifndef ML_PIPELINE_IPC_PROCESS_H
#define ML_PIPELINE_IPC_PROCESS_H

#include "os/subprocess.h"
#include "pipeline/core/slots.h"
#include "pipeline/ipc/channel.h"
#include "pipeline/ipc/coordinator.h"

/* What every worker of a stage is started with. */
struct ml_process_template {
    const char *program; /* path of the worker program */
    int settings_fd;     /* sealed memfd: ml_process_settings_fd() */
    int inputs_fd;       /* input slots, read-only; -1: not mapped */
    size_t input_bytes;  /* upper bound of an input */
    size_t result_buffer_bytes;
    uint32_t result_buffer_count;
    uint32_t tracks; /* of a worker, for the trace; or 0 */
    const struct ml_transport_ops *transport;
};

struct ml_process {
    struct ml_subprocess child;
    int commands_fd; /* eventfds */
    int replies_fd;
    struct ml_slots channel_memory; /* one slot: struct ml_channel */
    struct ml_channel *channel;
    struct ml_slots result_buffers; /* template->result_buffer_count */
    const struct ml_transport_ops *transport;
    struct ml_pipes *pipes; /* coordinator_pipe.c; owned, or NULL */
    bool wake_pending;      /* commands were sent without a wake-up */
    struct ml_transport_counts counts; /* complete once it was reaped */
};

/* Start a worker process with new memory.  The child is killed when the calling
 * thread exits.  On failure nothing is left to close. */
ML_MUST_CHECK enum ml_status
ml_process_open(struct ml_process *process,
                const struct ml_process_template *template,
                struct ml_error *err);
/* Reap the process; blocks until it has exited.  On return all that it sent has
 * arrived. */
void ml_process_reap(struct ml_process *process, struct ml_subprocess_end *end);
/* Free the memory of a process that was reaped. */
void ml_process_close(struct ml_process *process);

/* A sealed memfd of the settings followed by the recipe text; -1 and *err on
 * failure. */
int ml_process_settings_fd(const struct ml_wire_settings *transform,
                           const char *recipe, struct ml_error *err);

#endif
