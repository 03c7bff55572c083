/* transform_settings.h: what a run does to every picture, and how a worker
 * acquires memory beyond its share. */
#ifndef ML_PIPELINE_PICTURE_TRANSFORM_SETTINGS_H
#define ML_PIPELINE_PICTURE_TRANSFORM_SETTINGS_H

#include "chain/chain_exec.h"
#include "codec/codec.h"

/* What a run does to every picture; read-only while the run executes. */
struct ml_transform_settings {
    const struct ml_chain *chain;
    struct ml_source_options source;
    struct ml_sink_options sink;
    const struct ml_codec *to; /* NULL: the input's own format */
    uint8_t background[3]; /* under transparency that a format cannot store */
    enum ml_shrink shrink; /* how far a source may shrink on load */
    unsigned threads_per_picture; /* for one picture; from 2 on, decoding and
                                     encoding get threads of their own, and this
                                     number computes the rows of a filter */
    unsigned repeat_count; /* times each stage does its work; 0: once.  The
                              output is the same. */
    bool headers_only;     /* read headers and shapes; no pixels, no output */
    bool separate_steps;   /* the plan separates decode, filter, encode */
};

/* How a worker acquires memory for a picture beyond its share. request_memory()
 * blocks until the request is granted; ML_ERR_LIMIT when it exceeds the whole
 * budget. */
struct ml_admission {
    void *context;
    uint64_t share_bytes; /* usable without a request */
    enum ml_status (*request_memory)(void *context, uint64_t bytes,
                                     struct ml_error *err);
};

#endif
