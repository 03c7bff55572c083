/* picture_state.h: one picture at work; shared by picture.c (in, pull, out)
 * and prepare.c (shapes, planes, memory). */
#ifndef ML_PIPELINE_PICTURE_PICTURE_STATE_H
#define ML_PIPELINE_PICTURE_PICTURE_STATE_H

#include "pipeline/picture/frame.h"
#include "pipeline/picture/picture_result.h"
#include "pipeline/picture/strip_threads.h"
#include "pipeline/picture/worker_context.h"

/* One call of ml_picture_process. */
struct ml_picture {
    struct ml_worker_context *worker_context;
    const struct ml_transform_settings *transform;
    enum ml_step first, last;
    struct ml_source source;  /* first is decode */
    struct ml_frame frame_in; /* first is not */
    struct ml_sink sink;      /* last is encode */
    struct ml_frame frame_out;
    const struct ml_codec *codec_in, *codec_out;
    struct ml_metadata metadata; /* of the input */
    struct ml_picture_input facts;
    struct ml_chain_exec *exec; /* of the kit, or passing */
    size_t tables_bytes;        /* of the kit */
    struct ml_output *out;
    struct ml_picture_result *result;
    struct ml_error *err;
    bool again; /* not the first time: leave for the memory was given */
    bool source_open, sink_open;
    bool has_strip_threads; /* its ends have threads of their own */
    struct ml_strip_threads strip_threads;
};

/* The picture's facts are known: choose the codec of the output and the layout,
 * prepare the chain's part that this stage does, set the sink, and ask leave
 * for the memory (first is decode).  err->step is set. */
ML_MUST_CHECK enum ml_status ml_picture_prepare(struct ml_picture *picture);

#endif
