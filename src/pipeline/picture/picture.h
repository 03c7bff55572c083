/* picture.h: decode, filter and encode, or any consecutive part of them, on one
 * picture: bytes or a frame in, bytes or a frame out.
 *
 * The one function that every executor calls, in whatever thread or process.
 * It opens no file and takes no lock; its memory is the arena in its tools.
 */
#ifndef ML_PIPELINE_PICTURE_PICTURE_H
#define ML_PIPELINE_PICTURE_PICTURE_H

#include "pipeline/picture/worker_context.h"

/* What is told of a picture; no pointers: it crosses processes. */
struct ml_picture_result {
    char format_in[8], format_out[8]; /* codec names */
    char coding[48];
    struct ml_shape shape_in; /* as stored */
    struct ml_shape shape_out;
    uint8_t orientation; /* EXIF of the input */
    bool icc, exif;      /* the input has them */
    uint32_t dropped;    /* enum ml_dropped */
    uint32_t warnings;
    char warning[96]; /* the first */
    struct ml_step_times times;
    uint64_t need_bytes;  /* asked leave for */
    bool single_threaded; /* done by one thread: more than one would need more
                   memory than there is */
};

/* Most bytes that an output of a stage ending with `last` can have. */
size_t ml_output_capacity(const struct ml_transform_settings *transform,
                          enum ml_step last);

/* Do the steps [first, last] (within decode..encode).  `in` is the bytes of a
 * file when first is decode, else a frame.  *report is filled as far as the
 * work got (zeroed first when the stage decodes).  On failure err->step names
 * the step.  The arena is empty again when it returns. */
ML_MUST_CHECK enum ml_status
ml_picture_process(struct ml_worker_context *worker_context, enum ml_step first,
                   enum ml_step last, struct ml_bytes in, struct ml_output *out,
                   struct ml_picture_result *result, struct ml_error *err);

/* A stage that does not decode reads a frame, one that does not encode writes
 * one: what its ends took belongs to its own first and last step. */
void ml_picture_assign_times(struct ml_step_times *times, enum ml_step first,
                             enum ml_step last);

#endif
