/* worker_context.h: what one worker owns and keeps from picture to picture: its
 * order, its memory, and chains that it has prepared.
 *
 * To prepare a chain is to make its tables (weights of a resize, curves), which
 * for a small picture may cost as much as using them.  A folder mostly holds
 * pictures of few shapes, upright and lying ones of one camera, so some
 * prepared chains are kept, each with tables of its own, the one unused for
 * longest making room.  One thread uses its tools; nothing here is shared.
 */
#ifndef ML_PIPELINE_PICTURE_WORKER_CONTEXT_H
#define ML_PIPELINE_PICTURE_WORKER_CONTEXT_H

#include "chain/yield_points.h"
#include "codec/codec.h"
#include "pipeline/picture/transform_settings.h"

#define ML_PREPARED_CHAINS 8

struct ml_trace_track;

/* A chain prepared for pictures of certain facts. */
struct ml_prepared_chain {
    struct ml_arena tables;
    struct ml_chain_exec exec;
    struct ml_picture_input facts;
    const struct ml_codec *codec_out; /* NULL: not prepared */
    uint64_t used_at;                 /* in pictures; the larger the later */
};

struct ml_worker_context {
    const struct ml_transform_settings *transform;
    struct ml_admission admission;
    /* Of who works with them, and of its pictures' ends when those have
     * threads; NULL without a trace.  Not owned; set before tools are opened.
     */
    struct ml_trace_track *filter_track, *decode_track, *encode_track;
    uint32_t job;          /* what is at work, for the tracks */
    struct ml_arena arena; /* empty between pictures */
    struct ml_prepared_chain prepared_chains[ML_PREPARED_CHAINS];
    struct ml_chain_exec identity_chain; /* of rows that no filter changes */
    struct ml_yield_hooks *yield_hooks;  /* for other threads; NULL: none */
    uint64_t pictures;
    unsigned threads; /* as ml_worker_context_threads() found it; 0: not yet */
};

/* Reserve the memory of tools whose order and admission are set; nothing to
 * close after a failure. */
ML_MUST_CHECK enum ml_status
ml_worker_context_open(struct ml_worker_context *worker_context,
                       struct ml_error *err);
void ml_worker_context_close(struct ml_worker_context *worker_context);

/* The kit prepared for these facts and this codec, or the one that was unused
 * for longest, empty: then the caller prepares its work and says so by setting
 * facts and codec_out, unless the tables are good for one picture only. */
struct ml_prepared_chain *
ml_prepared_chain_get(struct ml_worker_context *worker_context,
                      const struct ml_picture_input *facts,
                      const struct ml_codec *codec_out);

/* Threads that may make the rows of a filter side by side: order->inner, or as
 * many of these as the system lets start. */
unsigned ml_worker_context_threads(struct ml_worker_context *worker_context);

/* After a picture: empty the arena, give back what only it needed. */
void ml_worker_context_reset(struct ml_worker_context *worker_context);

#endif
