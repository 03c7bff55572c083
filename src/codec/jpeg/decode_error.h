/* decode_error.h: damage of a JPEG file, as an error that names the place in
 * the file and a remedy.
 */
#ifndef ML_CODEC_JPEG_DECODE_ERROR_H
#define ML_CODEC_JPEG_DECODE_ERROR_H

#include "codec/jpeg/decoder_state.h"

/* The `what` of an error with this status. */
const char *ml_jpeg_source_what(enum ml_status status);
/* Fill *err after a jump of the trap; returns its status. */
enum ml_status ml_jpeg_source_fail(const struct ml_jpeg_source *s,
                                   struct ml_error *err);
/* Copy the warnings that the trap has counted to the source. */
void ml_jpeg_note_warnings(struct ml_source *source);

#endif
