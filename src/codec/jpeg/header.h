/* header.h: size, layout, coding and metadata of a JPEG file. */
#ifndef ML_CODEC_JPEG_HEADER_H
#define ML_CODEC_JPEG_HEADER_H

#include "codec/jpeg/decoder_state.h"

/* Fill source->header from a header just read; may jump. */
enum ml_status ml_jpeg_fill_header(struct ml_source *source,
                                   struct ml_error *err);
/* Set shape and planes of source->header for the scale and the planes asked
 * for; may jump. */
void ml_jpeg_describe(struct ml_source *source);
/* What libjpeg is to convert to: gray, RGB, or four colours. */
J_COLOR_SPACE ml_jpeg_output_colour(const struct ml_jpeg_source *s);

#endif
