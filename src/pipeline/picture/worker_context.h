/* worker_context.h: what one worker owns and keeps from picture to picture: its
 * settings, its memory, and chains that it has prepared.
 *
 * Preparing a chain computes its tables (weights of a resize, curves), which
 * for a small picture may cost as much as applying them.  A folder mostly holds
 * pictures of few shapes, portrait and landscape of one camera, so up to
 * ML_PREPARED_CHAINS are cached, each with its own tables; the least recently
 * used one is replaced.  One thread uses a worker context; nothing is shared.
 */
#ifndef ML_PIPELINE_PICTURE_WORKER_CONTEXT_H
#define ML_PIPELINE_PICTURE_WORKER_CONTEXT_H

#include "chain/yield_points.h"
#include "codec/codec.h"
#include "pipeline/picture/transform_settings.h"

#define ML_PREPARED_CHAINS 8

struct ml_trace_track;

/* A chain prepared for one kind of input and one output codec. */
struct ml_prepared_chain {
    struct ml_arena tables;
    struct ml_chain_exec exec;
    struct ml_picture_input input;
    const struct ml_codec *codec_out; /* NULL: not prepared */
    uint64_t used_at; /* value of ml_worker_context.pictures at the
                         last use */
};

struct ml_worker_context {
    const struct ml_transform_settings *transform;
    struct ml_admission admission;
    /* Tracks of the worker's thread, and of the decoder and the encoder thread
     * of its pictures; NULL without a trace.  Not owned; set before the open.
     */
    struct ml_trace_track *filter_track, *decode_track, *encode_track;
    uint32_t job;          /* number of the job in progress, for the tracks */
    struct ml_arena arena; /* empty between pictures */
    struct ml_prepared_chain prepared_chains[ML_PREPARED_CHAINS];
    struct ml_chain_exec identity_chain; /* passes rows unchanged */
    struct ml_yield_hooks *yield_hooks;  /* called between strips; NULL: none */
    uint64_t pictures;                   /* looked for in the cache so far */
    unsigned threads; /* cached by ml_worker_context_threads(); 0: not yet */
};

/* Reserve the memory of a worker context whose settings, admission and tracks
 * are set.  After a failure there is nothing to close. */
ML_MUST_CHECK enum ml_status
ml_worker_context_open(struct ml_worker_context *worker_context,
                       struct ml_error *err);
void ml_worker_context_close(struct ml_worker_context *worker_context);

/* The chain prepared for this input and this codec, or else the least recently
 * used entry, emptied (codec_out is NULL).  The caller prepares an empty entry
 * and sets its `input` and `codec_out`, unless the tables fit one picture
 * only. */
struct ml_prepared_chain *
ml_prepared_chain_get(struct ml_worker_context *worker_context,
                      const struct ml_picture_input *input,
                      const struct ml_codec *codec_out);

/* Threads that may compute the rows of a filter in parallel:
 * threads_per_picture, or fewer if the system does not let them start. */
unsigned ml_worker_context_threads(struct ml_worker_context *worker_context);

/* After a picture: empty the arena and return the memory that only a large
 * picture needs. */
void ml_worker_context_reset(struct ml_worker_context *worker_context);

#endif
