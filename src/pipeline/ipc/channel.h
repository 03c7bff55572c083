/* channel.h: what the coordinator and one worker process share.
 *
 * Each worker has a channel in shared memory, two eventfds (one each way), the
 * input slots of its stage (mapped read-only) and its result buffers.  Up to
 * ML_CHANNEL_DEPTH commands are outstanding at a worker, two if pictures take
 * long.  The entry of command `seq` is seq % ML_CHANNEL_DEPTH; it names the
 * result buffer; replies come in the order of the commands.
 *
 * Sleeping and waking cost more than a small picture.  So the coordinator wakes
 * the worker only if the worker says that it sleeps, and the worker wakes the
 * coordinator when it has few commands left, before it begins a picture that
 * may take long, or ML_WAKE_DELAY_MAX_NS after the last wake-up.  Replies are
 * published without a wake-up too.
 *
 * Each side writes its own fields, then publishes them by storing a sequence
 * number with release; the other side loads that with acquire, copies what it
 * reads once, and checks the copy.  The coordinator trusts nothing that a
 * worker writes.
 */
#ifndef ML_PIPELINE_IPC_CHANNEL_H
#define ML_PIPELINE_IPC_CHANNEL_H

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/size_math.h"
#include "pipeline/picture/picture_result.h"
#include "pipeline/picture/transform_settings.h"
#include "trace/trace.h"

#define ML_CHANNEL_DEPTH 8            /* commands outstanding at a worker */
#define ML_CHANNEL_LONG 2             /* the same, if pictures take long */
#define ML_RESULT_BUFFERS 16          /* of a worker; later stages hold some */
#define ML_WORKER_ARGUMENT "--worker" /* argv[1] of a worker process */

/* Descriptors that a worker process inherits. */
enum ml_worker_fd {
    ML_WORKER_FD_CHANNEL = 3, /* struct ml_channel */
    ML_WORKER_FD_SETTINGS, /* struct ml_wire_settings and the recipe, sealed */
    ML_WORKER_FD_INPUTS,   /* input slots, read-only; or a pipe */
    ML_WORKER_FD_RESULTS,  /* result buffers; or a pipe */
    ML_WORKER_FD_COMMANDS, /* eventfd: coordinator to worker */
    ML_WORKER_FD_REPLIES,  /* eventfd: worker to coordinator */
    ML_WORKER_FD_END
};

enum ml_command_kind { ML_COMMAND_PICTURE = 1, ML_COMMAND_EXIT };

struct ml_wire_command {
    uint32_t kind;
    uint32_t slot;                   /* index of the input slot */
    uint32_t result_buffer;          /* index, for the result */
    uint64_t used;                   /* bytes in the slot */
    uint64_t number;                 /* of the job, for the worker's tracks */
    struct ml_picture_result result; /* of the steps before this stage */
};

struct ml_wire_reply {
    uint64_t used; /* bytes in the result buffer */
    struct ml_error error;
    struct ml_picture_result result;
};

struct ml_channel {
    /* Written by the coordinator. */
    _Atomic uint32_t command_seq; /* commands[] up to here are published */
    _Atomic uint32_t grant_seq;   /* requests up to here are answered */
    uint32_t grant_status;        /* enum ml_status of the answer */
    struct ml_wire_command commands[ML_CHANNEL_DEPTH];
    /* Written by the worker. */
    _Atomic uint64_t ready_ns;    /* when it was ready for its first command */
    _Atomic uint64_t full_waits;  /* times it found its pipe full */
    _Atomic uint32_t started_seq; /* the last command it began */
    _Atomic uint32_t reply_seq;   /* replies[] up to here are published */
    _Atomic uint32_t request_seq; /* memory requests so far */
    _Atomic uint32_t asleep;      /* a command needs a wake-up */
    uint64_t request_bytes;
    struct ml_wire_reply replies[ML_CHANNEL_DEPTH];
};

static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2,
              "a process could exit while it holds a lock in shared memory");

/* The channel is followed by the tracks of the worker's threads: up to
 * ML_TRACKS_PER_WORKER, none without a trace; all zero when the worker starts.
 */
static inline size_t ml_channel_bytes(uint32_t tracks)
{
    return ml_round_up(sizeof(struct ml_channel), 64) +
           tracks * sizeof(struct ml_trace_track);
}

/* Track `which` of `tracks`; NULL if there is no such track. */
static inline struct ml_trace_track *
ml_channel_track(struct ml_channel *channel, uint32_t tracks, uint32_t which)
{
    uint8_t *behind =
        (uint8_t *)channel + ml_round_up(sizeof(struct ml_channel), 64);
    struct ml_trace_track *first = (void *)behind;
    return which < tracks ? first + which : NULL;
}

/* The settings of a worker process, in the form that it receives. */
struct ml_wire_settings {
    uint64_t wire_bytes; /* sizeof this struct: both sides are one build */
    int32_t parent_pid;
    uint32_t first, last; /* steps of the stage */
    uint64_t share_bytes;
    uint64_t input_slot_bytes, result_buffer_bytes;
    uint32_t input_slot_count;
    uint32_t result_buffer_count;
    uint32_t tracks;       /* after the channel */
    uint32_t transport;    /* enum ml_transport_id */
    uint32_t recipe_bytes; /* text after this struct */
    /* A copy of the run's, but its two pointers are NULL: the chain crosses as
     * the recipe, the codec as its index in ml_codecs(). */
    struct ml_transform_settings transform;
    int32_t to; /* index of the codec, or -1 */
};

#endif
