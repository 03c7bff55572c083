/* worker_end.h: a worker process's end of the way that pictures come and go by;
 * the coordinator's is coordinator.h.
 *
 * One thread, the worker's main one, uses a port.  Opening is its last use of
 * the descriptors that it was started with.
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
    /* Of shared memory: */
    const uint8_t *inputs;
    uint8_t *result_buffers;
    uint64_t last_wake_ns; /* when it last told of replies */
    bool wake_pending;     /* there are replies that it has not told of */
    /* Of pipes; owned: */
    struct ml_worker_end_pipes *pipes;
};

struct ml_worker_end_ops {
    ML_MUST_CHECK enum ml_status (*open)(struct ml_worker_end *end,
                                         struct ml_error *err);
    /* Wait for command `seq` and its picture, which stays until the next call;
     * false: there will be none. */
    bool (*receive)(struct ml_worker_end *end, uint32_t seq,
                    struct ml_wire_command *command_out,
                    struct ml_bytes *bytes_out);
    /* Where the result of a command goes: wire->result_buffer_bytes of memory.
     */
    uint8_t *(*result_buffer)(struct ml_worker_end *end, uint32_t seq,
                              const struct ml_wire_command *command);
    /* Let nothing lie that was replied: what comes next may take long. */
    void (*flush_before_slow)(struct ml_worker_end *end);
    /* The reply to command `seq`; its result lies in the outbox. */
    void (*send_reply)(struct ml_worker_end *end, uint32_t seq,
                       const struct ml_wire_reply *send_reply);
    /* All replies are on their way; frees what open() took. */
    void (*close)(struct ml_worker_end *end);
};

/* Sleep until the coordinator rings; false: it cannot any more. */
bool ml_worker_end_wait(void);
/* Map what lies at a descriptor, and close that; NULL on failure. */
void *ml_worker_end_map(int fd, size_t bytes, int protection);

extern const struct ml_worker_end_ops ml_worker_end_shm, ml_worker_end_pickle,
    ml_worker_end_pickle_inline;

#endif
