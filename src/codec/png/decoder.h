/* decoder.h: a PNG source: functions of the codec table, contracts in codec.h.
 */
#ifndef ML_CODEC_PNG_DECODER_H
#define ML_CODEC_PNG_DECODER_H

#include "codec/codec.h"

enum ml_status ml_png_open(struct ml_source *source, struct ml_error *err);
enum ml_status ml_png_start(struct ml_source *source, struct ml_error *err);
enum ml_status ml_png_read(struct ml_source *source, const struct ml_dst *dst,
                           struct ml_error *err);
enum ml_status ml_png_end(struct ml_source *source, struct ml_error *err);
void ml_png_close(struct ml_source *source);

/* For tests and benches that compare the two ways of reading.  ml_png_stream(),
 * between open and start: let libpng read all pixels.  ml_png_is_whole(), after
 * start: were the pixels inflated at once? */
void ml_png_stream(struct ml_source *source);
bool ml_png_is_whole(const struct ml_source *source);

#endif
