/* picture_state.h: the state of one picture in progress; shared by picture.c
 * (open, run the chain, close) and prepare.c (shapes, planes, memory). */
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
    struct ml_source source;   /* if first is decode */
    struct ml_frame frame_in;  /* if it is not */
    struct ml_sink sink;       /* if last is encode */
    struct ml_frame frame_out; /* if it is not */
    const struct ml_codec *codec_in, *codec_out;
    struct ml_metadata metadata; /* of the input */
    struct ml_picture_input input;
    struct ml_chain_exec *exec; /* of the prepared chain, or identity_chain */
    size_t tables_bytes;        /* of the prepared chain */
    struct ml_output *out;
    struct ml_picture_result *result;
    struct ml_error *err;
    bool is_repeat; /* not the first of repeat_count: memory was granted */
    bool source_open, sink_open;
    bool has_strip_threads; /* decoder and encoder have their own threads */
    struct ml_strip_threads strip_threads;
};

/* Call once picture->input is known: choose the output codec and the layout,
 * prepare the part of the chain that this stage runs, set the sink and, if
 * first is decode, request the memory.  On failure err->step is set. */
ML_MUST_CHECK enum ml_status ml_picture_prepare(struct ml_picture *picture);

#endif
