/* picture.h: decode, filter and encode one picture, or any consecutive part of
 * these steps: file bytes or a frame in, file bytes or a frame out.
 *
 * Every executor calls ml_picture_process(), from any thread or process.  It
 * opens no file and takes no lock; its memory is the arena of its worker
 * context.
 */
#ifndef ML_PIPELINE_PICTURE_PICTURE_H
#define ML_PIPELINE_PICTURE_PICTURE_H

#include "pipeline/picture/picture_result.h"
#include "pipeline/picture/worker_context.h"

/* Upper bound, in bytes, of the output of a stage that ends with `last`. */
size_t ml_output_capacity(const struct ml_transform_settings *transform,
                          enum ml_step last);

/* Do the steps [first, last] (within decode..encode).  `in` holds the bytes of
 * a file when `first` is decode, else a frame.  *result is zeroed first when
 * the stage decodes, and is filled up to the step that fails.  On failure
 * err->step names that step.  The arena is empty on return. */
ML_MUST_CHECK enum ml_status
ml_picture_process(struct ml_worker_context *worker_context, enum ml_step first,
                   enum ml_step last, struct ml_bytes in, struct ml_output *out,
                   struct ml_picture_result *result, struct ml_error *err);

/* Add the time of reading a frame to the stage's first step, and that of
 * writing one to its last step.  A stage that does not decode reads a frame,
 * one that does not encode writes one. */
void ml_picture_assign_times(struct ml_step_times *times, enum ml_step first,
                             enum ml_step last);

#endif
