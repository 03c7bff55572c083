/* picture.h: decode, filter and encode, or any consecutive part of them, on one
 * picture: bytes or a frame in, bytes or a frame out.
 *
 * The one function that every executor calls, in whatever thread or process.
 * It opens no file and takes no lock; its memory is the arena in its tools.
 */
#ifndef ML_PIPELINE_PICTURE_PICTURE_H
#define ML_PIPELINE_PICTURE_PICTURE_H

#include "pipeline/picture/picture_result.h"
#include "pipeline/picture/worker_context.h"

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
