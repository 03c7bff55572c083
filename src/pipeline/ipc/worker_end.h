/* worker_end.h: the worker's side of a transport, which brings pictures to a
 * worker process and takes results back; the coordinator's side is
 * coordinator.h.
 *
 * One thread, the worker's main thread, calls all functions.
 */
#ifndef ML_PIPELINE_IPC_WORKER_END_H
#define ML_PIPELINE_IPC_WORKER_END_H

#include "pipeline/core/slots.h"
#include "pipeline/ipc/channel.h"

struct ml_worker_end_ops;
struct ml_worker_end_pipes;

struct ml_worker_end {
    const struct ml_worker_end_ops *ops;
    struct ml_channel *channel;
    const struct ml_wire_settings *wire;
    struct ml_trace_track *track; /* the worker's, or NULL; set by open */
    /* With shared memory: */
    const uint8_t *inputs;
    uint8_t *result_buffers;
    uint64_t last_wake_ns; /* when it last woke the coordinator */
    bool wake_pending;     /* replies were published without a wake-up */
    /* With pipes; owned: */
    struct ml_worker_end_pipes *pipes;
};

struct ml_worker_end_ops {
    ML_MUST_CHECK enum ml_status (*open)(struct ml_worker_end *end,
                                         struct ml_error *err);
    /* Wait for command `seq` and its picture, which stays valid until the next
     * call; false: no further command will come. */
    bool (*receive)(struct ml_worker_end *end, uint32_t seq,
                    struct ml_wire_command *command_out,
                    struct ml_bytes *bytes_out);
    /* The memory for the result of a command: wire->result_buffer_bytes. */
    uint8_t *(*result_buffer)(struct ml_worker_end *end, uint32_t seq,
                              const struct ml_wire_command *command);
    /* Wake the coordinator for pending replies: the next picture may take long.
     */
    void (*flush_before_slow)(struct ml_worker_end *end);
    /* Send the reply to command `seq`; its result is in the result buffer. */
    void (*send_reply)(struct ml_worker_end *end, uint32_t seq,
                       const struct ml_wire_reply *send_reply);
    /* Send pending replies and release what open() acquired. */
    void (*close)(struct ml_worker_end *end);
};

/* Sleep until the coordinator wakes this process; false on an error. */
bool ml_worker_end_wait(void);
/* Map the memory of a descriptor and close that; NULL on failure. */
void *ml_worker_end_map(int fd, size_t bytes, int protection);

extern const struct ml_worker_end_ops ml_worker_end_shm, ml_worker_end_pickle,
    ml_worker_end_pickle_inline;

#endif
