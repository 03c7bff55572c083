/* process.h: one worker process, seen from the coordinator: starting it, its
 * shared memory, how it ended.  Used by the dispatcher thread alone. */
#ifndef ML_PIPELINE_IPC_PROCESS_H
#define ML_PIPELINE_IPC_PROCESS_H

#include "os/subprocess.h"
#include "pipeline/core/slots.h"
#include "pipeline/ipc/channel.h"
#include "pipeline/ipc/coordinator.h"

/* What all workers of one stage are started with. */
struct ml_process_template {
    const char *program; /* path of the worker program */
    int settings_fd;     /* sealed memfd with the order */
    int inputs_fd;       /* input slots, read-only; -1: none are mapped */
    size_t input_bytes;  /* most that a picture for it has */
    size_t result_buffer_bytes;
    uint32_t result_buffer_count;
    uint32_t tracks; /* for a trace, or 0 */
    const struct ml_transport_ops *transport;
};

struct ml_process {
    struct ml_subprocess child;
    int commands_fd; /* eventfds */
    int replies_fd;
    struct ml_slots channel_memory; /* one slot: struct ml_channel */
    struct ml_channel *channel;
    struct ml_slots result_buffers; /* result_buffer_count of them */
    const struct ml_transport_ops *transport;
    struct ml_pipes *pipes; /* coordinator_pipe.c; owned, or NULL */
    bool unrung;            /* commands were published, it was not told */
    struct ml_transport_counts counts; /* whole once it was reaped */
};

/* Start a worker with fresh memory.  The death signal of the child is bound to
 * the calling thread.  On failure nothing is left. */
ML_MUST_CHECK enum ml_status
ml_process_open(struct ml_process *process,
                const struct ml_process_template *template,
                struct ml_error *err);
/* Reap a process that has ended, or wait for it.  What it sent has
 * arrived then, and nothing more comes. */
void ml_process_reap(struct ml_process *process, struct ml_subprocess_end *end);
/* Free the memory of a process that was reaped. */
void ml_process_close(struct ml_process *process);

/* A sealed memfd with `order` and the recipe text behind it; -1 and *err on
 * failure. */
int ml_process_settings_fd(const struct ml_wire_settings *transform,
                           const char *recipe, struct ml_error *err);

#endif
