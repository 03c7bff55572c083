/* header.h: size, layout, coding and metadata of a JPEG file. */
#ifndef ML_CODEC_JPEG_HEADER_H
#define ML_CODEC_JPEG_HEADER_H

#include "codec/jpeg/decoder_state.h"

/* Fill source->header from a header just read; may jump. */
enum ml_status ml_jpeg_fill_header(struct ml_source *source,
                                   struct ml_error *err);
/* Set shape and planes of source->header for the current scale, and for planes
 * or luma if requested; may jump. */
void ml_jpeg_describe(struct ml_source *source);
/* The colours that libjpeg converts to: gray, RGB, or four. */
J_COLOR_SPACE ml_jpeg_output_colour(const struct ml_jpeg_source *s);

#endif
