/* encoder.h: a PNG sink: functions of the codec table, contracts in codec.h. */
#ifndef ML_CODEC_PNG_ENCODER_H
#define ML_CODEC_PNG_ENCODER_H

#include "codec/codec.h"

void ml_png_sink_prepare(struct ml_sink *sink);
enum ml_status ml_png_sink_open(struct ml_sink *sink, struct ml_error *err);
enum ml_status ml_png_sink_write(struct ml_sink *sink, const struct ml_src *src,
                                 struct ml_error *err);
enum ml_status ml_png_sink_end(struct ml_sink *sink, struct ml_error *err);
void ml_png_sink_close(struct ml_sink *sink);

#endif
