/* transform_settings.h: what a run does to every picture, and how a worker
 * acquires memory beyond its share. */
#ifndef ML_PIPELINE_PICTURE_TRANSFORM_SETTINGS_H
#define ML_PIPELINE_PICTURE_TRANSFORM_SETTINGS_H

#include "chain/chain_exec.h"
#include "codec/codec.h"

/* What is to be done to every picture of a run; read-only while it runs. */
struct ml_transform_settings {
    const struct ml_chain *chain;
    struct ml_source_options source;
    struct ml_sink_options sink;
    const struct ml_codec *to; /* NULL: the input's own format */
    uint8_t background[3];     /* behind transparency a format cannot store */
    enum ml_shrink shrink;     /* how far sources may, on load */
    unsigned threads_per_picture; /* processors that one picture may use: from 2
                       on, decoding and encoding have threads of their own, and
                       so many make the rows of a filter */
    unsigned
        repeat_count; /* do the work of each stage so often: same bytes; 0: once
                       */
    bool
        headers_only; /* headers only: facts and shapes, no pixels, no output */
    bool separate_steps; /* the plan separates decode, filter, encode */
};

/* Leave to use memory for a picture beyond what every worker may; waits until
 * there is room.  ML_ERR_LIMIT when there never will be. */
struct ml_admission {
    void *context;
    uint64_t share_bytes; /* what may be used without asking */
    enum ml_status (*request_memory)(void *context, uint64_t bytes,
                                     struct ml_error *err);
};

#endif
