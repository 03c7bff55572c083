/* channel.h: what the coordinator and one worker process share.
 *
 * One page of shared memory a worker, two eventfds (one each way), the input
 * slots of its stage (read-only for it) and its outboxes.  At most
 * ML_CHANNEL_DEPTH commands lie with a worker, two when pictures take long; the
 * entry of command `seq` is seq % depth, its outbox is named in it, and replies
 * come in the order of the commands.
 *
 * Sleeping and waking cost more than a small picture.  So the coordinator rings
 * only when the worker says that it sleeps, and the worker rings when it has
 * little left to do, before it begins a picture that may take long, or
 * ML_WAKE_DELAY_MAX_NS after it last did; replies are there to be seen all the
 * same.
 *
 * Each side writes its own fields, then publishes by storing a sequence number
 * with release; the other loads it with acquire, and copies what it reads once
 * before checking it.  The coordinator never believes a worker.
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

#define ML_CHANNEL_DEPTH 8            /* commands that may lie with a worker */
#define ML_CHANNEL_LONG 2             /* of these, when pictures take long */
#define ML_RESULT_BUFFERS 16          /* a worker: the writer holds some */
#define ML_WORKER_ARGUMENT "--worker" /* argv[1] of a worker process */

/* Descriptors a worker is started with. */
enum ml_worker_fd {
    ML_WORKER_FD_CHANNEL = 3, /* struct ml_channel */
    ML_WORKER_FD_SETTINGS, /* struct ml_wire_settings and the recipe, sealed */
    ML_WORKER_FD_INPUTS,   /* input slots, read-only */
    ML_WORKER_FD_RESULTS,
    ML_WORKER_FD_COMMANDS, /* eventfd: coordinator to worker */
    ML_WORKER_FD_REPLIES,  /* eventfd: worker to coordinator */
    ML_WORKER_FD_END
};

enum ml_command_kind { ML_COMMAND_PICTURE = 1, ML_COMMAND_EXIT };

struct ml_wire_command {
    uint32_t kind;
    uint32_t slot;                   /* of the inputs */
    uint32_t result_buffer;          /* for the result */
    uint64_t used;                   /* bytes in it */
    uint64_t number;                 /* of the job: for the worker's tracks */
    struct ml_picture_result result; /* of the steps before this stage */
};

struct ml_wire_reply {
    uint64_t used; /* bytes in the outbox */
    struct ml_error error;
    struct ml_picture_result result;
};

struct ml_channel {
    /* Written by the coordinator. */
    _Atomic uint32_t command_seq; /* commands[] up to here are published */
    _Atomic uint32_t grant_seq;   /* asks up to here are answered */
    uint32_t grant_status;        /* enum ml_status of the answer */
    struct ml_wire_command commands[ML_CHANNEL_DEPTH];
    /* Written by the worker. */
    _Atomic uint64_t ready_ns;    /* when it could take its first command */
    _Atomic uint64_t full_waits;  /* it found its pipe full so often */
    _Atomic uint32_t started_seq; /* the last command it began */
    _Atomic uint32_t reply_seq;   /* replies[] up to here are published */
    _Atomic uint32_t request_seq; /* asks for memory so far */
    _Atomic uint32_t asleep;      /* it is to be rung for a command */
    uint64_t request_bytes;
    struct ml_wire_reply replies[ML_CHANNEL_DEPTH];
};

static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2,
              "a lock in shared memory could die with its holder");

/* Behind the channel lie the tracks of the worker's threads,
 * ML_TRACKS_PER_WORKER at most, none without a trace; all zero when it starts.
 */
static inline size_t ml_channel_bytes(uint32_t tracks)
{
    return ml_round_up(sizeof(struct ml_channel), 64) +
           tracks * sizeof(struct ml_trace_track);
}

/* Track `which` of `tracks`; NULL when it has no such. */
static inline struct ml_trace_track *
ml_channel_track(struct ml_channel *channel, uint32_t tracks, uint32_t which)
{
    uint8_t *behind =
        (uint8_t *)channel + ml_round_up(sizeof(struct ml_channel), 64);
    struct ml_trace_track *first = (void *)behind;
    return which < tracks ? first + which : NULL;
}

/* What a worker of the same program is to do, as it crosses to it. */
struct ml_wire_settings {
    uint64_t wire_bytes; /* sizeof this: both sides are one build */
    int32_t parent_pid;
    uint32_t first, last; /* steps of the stage */
    uint64_t share_bytes;
    uint64_t input_slot_bytes, result_buffer_bytes;
    uint32_t input_slot_count;
    uint32_t result_buffer_count;
    uint32_t tracks;       /* behind the channel */
    uint32_t transport;    /* enum ml_transport_id */
    uint32_t recipe_bytes; /* text behind this struct */
    /* The run's own, whole, but for its two pointers, which are NULL here: the
     * chain crosses as the recipe, the codec as its index in ml_codecs(). */
    struct ml_transform_settings transform;
    int32_t to; /* or -1 */
};

#endif
