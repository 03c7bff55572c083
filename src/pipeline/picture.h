/* picture.h: decode, filter and encode, or any consecutive part of them, on one
 * picture: bytes or a frame in, bytes or a frame out.
 *
 * The one function that every executor calls, in whatever thread or process.
 * It opens no file and takes no lock; its memory is the arena in its tools.
 */
#ifndef ML_PIPELINE_PICTURE_H
#define ML_PIPELINE_PICTURE_H

#include "chain/work.h"
#include "codec/codec.h"

/* What is to be done to every picture of a run; read-only while it runs. */
struct ml_order {
    const struct ml_chain *chain;
    struct ml_source_options source;
    struct ml_sink_options sink;
    const struct ml_codec *to; /* NULL: the input's own format */
    uint8_t background[3];     /* behind transparency a format cannot store */
    bool exact;                /* sources never shrink on load */
    unsigned inner; /* processors that one picture may use: from 2 on, decoding
                       and encoding have threads of their own */
    bool probe;     /* headers only: facts and shapes, no pixels, no output */
    bool split;     /* the plan separates decode, filter, encode */
};

/* What is told of a picture; no pointers: it crosses processes. */
struct ml_report {
    char format_in[8], format_out[8]; /* codec names */
    char coding[48];
    struct ml_shape shape_in; /* as stored */
    struct ml_shape shape_out;
    uint8_t orientation; /* EXIF of the input */
    bool icc, exif;      /* the input has them */
    uint32_t dropped;    /* enum ml_dropped */
    uint32_t warnings;
    char warning[96]; /* the first */
    struct ml_work_times times;
    uint64_t need_bytes; /* asked leave for */
};

/* Leave to use memory for a picture beyond what every worker may; waits until
 * there is room.  ML_ERR_LIMIT when there never will be. */
struct ml_admission {
    void *context;
    uint64_t share_bytes; /* what may be used without asking */
    enum ml_status (*ask)(void *context, uint64_t bytes, struct ml_error *err);
};

/* What one worker owns. */
struct ml_tools {
    const struct ml_order *order;
    struct ml_admission admission;
    struct ml_arena arena; /* empty between pictures */
    struct ml_arena tables;
    /* Stays prepared, and its tables made, while pictures are alike: then
     * `alike` is the codec of their outputs, else NULL. */
    struct ml_work work;
    struct ml_work_facts facts;
    const struct ml_codec *alike;
};

/* Reserve the memory of tools whose order and admission are set; nothing to
 * close after a failure. */
ML_MUST_CHECK enum ml_status ml_tools_open(struct ml_tools *tools,
                                           struct ml_error *err);
void ml_tools_close(struct ml_tools *tools);

/* Most bytes that an output of a stage ending with `last` can have. */
size_t ml_output_capacity(const struct ml_order *order, enum ml_step last);

/* Do the steps [first, last] (within decode..encode).  `in` is the bytes of a
 * file when first is decode, else a frame.  *report is filled as far as the
 * work got (zeroed first when the stage decodes).  On failure err->step names
 * the step.  The arena is empty again when it returns. */
ML_MUST_CHECK enum ml_status
ml_picture_do(struct ml_tools *tools, enum ml_step first, enum ml_step last,
              struct ml_bytes in, struct ml_output *out,
              struct ml_report *report, struct ml_error *err);

#endif
